"""What `gpusetup mirrors` found and did: the values behind the screen and the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.flaws import Found
from gpusetup.mirrors.planning import Overruled
from gpusetup.mirrors.uses import Use

if TYPE_CHECKING:
    from gpusetup.mirrors.verdicts import Verdict
    from gpusetup.probe.mirror_choice import Proven


@dataclass(frozen=True)
class FileChange:
    """One file. `action`: write, same, delete, private, no-route, no-file."""

    client: Client
    path: str  # no-file: the variable that says so
    action: str
    old: bytes | None = None
    new: bytes | None = None
    backup: str | None = None
    kept: tuple[str, ...] = ()  # keys that the user changed since

    @property
    def changes(self) -> bool:
        return self.action in ("write", "delete")


@dataclass(frozen=True)
class ClientCheck:
    """What a client says. `status`: agrees, overruled, broken, failed, not-asked."""

    client: Client
    program: str | None
    status: str
    expected: tuple[Use, ...] = ()
    found: tuple[Use, ...] = ()
    overruled: tuple[Overruled, ...] = ()
    besides: tuple[Use, ...] = ()
    failed: str | None = None


@dataclass(frozen=True)
class Measured:
    """What a client uses now, and whether it answers."""

    client: Client
    use: Use
    verdict: Verdict | None = None  # None: not asked


@dataclass(frozen=True)
class Report:
    """One call. `action`: use, show, restore, environment."""

    action: str
    dry_run: bool = False
    changed: bool = False
    clients: tuple[Client, ...] = ()
    mirror: str | None = None  # the one that was named; None: the fastest, or none
    proven: Proven | None = None
    files: tuple[FileChange, ...] = ()
    environment: Mapping[str, str] | None = None
    checks: tuple[ClientCheck, ...] = ()
    uses: tuple[Measured, ...] = ()
    flaws: tuple[Found, ...] = ()
    run: str | None = None
