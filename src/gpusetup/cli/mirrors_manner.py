"""How `gpusetup mirrors` was called, and which clients are meant."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from gpusetup.mirrors.catalogue import Client

if TYPE_CHECKING:
    from gpusetup.probe.client_files import ClientFiles


@dataclass(frozen=True)
class Manner:
    """The flags. `clients` None: those that are meant by themselves."""

    clients: tuple[Client, ...] | None = None
    dry_run: bool = False
    env_only: bool = False
    yes: bool = False

    def chosen(self, files: Mapping[Client, ClientFiles]) -> tuple[Client, ...]:
        """Those that were named; else all but a pixi that is not on this machine.

        conda, pip and uv are set even before they are installed: what installs next reads it.
        """
        if self.clients is not None:
            return self.clients
        return tuple(
            each for each in Client if each is not Client.PIXI or files[Client.PIXI].is_there
        )

    def asks(self) -> bool:
        """Naming a mirror is a wish; who sits at a terminal sees the changes and is asked once."""
        from gpusetup.terminal.session import session
        from gpusetup.terminal.show import is_terminal

        quiet = session().json or bool(os.environ.get("GPUSETUP_NO_PROMPT"))
        here = is_terminal(sys.stdin) and is_terminal(sys.stdout)
        return here and not (self.yes or self.dry_run or quiet)
