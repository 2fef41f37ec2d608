"""What can be done to a machine: commands and file writes, each with its undo. Values only."""

from __future__ import annotations

from enum import Enum
from typing import Mapping, Union

from gpusetup.basics.values import dataclass, field

KEEP_OLD = ("gpusetup", "engine", "keep")
PUT_BACK = ("gpusetup", "engine", "put-back")
"""The commands that keep an environment as it is, and give it that back: we do it ourselves."""


class UndoKind(str, Enum):
    COMMAND = "command"
    RESTORE = "restore"  # put the old bytes back
    REMOVE = "remove"  # delete what the step created


@dataclass(frozen=True)
class Undo:
    kind: UndoKind
    path: str | None = None
    argv: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Command:
    """A step that runs a program. `env` is added to the environment; None removes a name."""

    id: str
    argv: tuple[str, ...]
    text: str  # the message code of what the step does
    env: Mapping[str, str | None] = field(default_factory=dict)
    undo: Undo | None = None
    creates: str | None = None  # the folder that the step makes, if any
    timeout_s: float = 3600.0
    when_cut: tuple[str, ...] = ()  # more words, after an attempt that stopped in the middle
    downloads: bool = False  # it says on its output how far its downloads are


@dataclass(frozen=True)
class WriteFile:
    """A step that writes a whole file, keeping the old bytes."""

    id: str
    path: str
    content: str
    text: str
    mode: int | None = None
    undo: Undo | None = None
    secret: bool = False  # the content holds credentials: never shown whole
    before: str | None = None  # the user's own file as it is: only what changes is shown

    @property
    def changed_lines(self) -> tuple[str, ...]:
        """ "-old" and "+new", without the lines that stay."""
        import difflib

        old, new = (self.before or "").splitlines(), self.content.splitlines()
        head_and_lines = list(difflib.unified_diff(old, new, n=0, lineterm=""))
        return tuple(each for each in head_and_lines[2:] if not each.startswith("@@"))


Step = Union[Command, WriteFile]


@dataclass(frozen=True)
class Plan:
    """Steps in order. `prefix` is the environment that they make."""

    steps: tuple[Step, ...]
    prefix: str
    python: str  # the environment's own interpreter, once made
    dry_run: Command | None = None  # asks a conda engine what the plan would install
