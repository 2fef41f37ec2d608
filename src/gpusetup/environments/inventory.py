"""The environments of a machine, and what earlier runs keep. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gpusetup.environments.installed import Installed


class State(str, Enum):
    HEALTHY = "healthy"
    BROKEN = "broken"  # something in it is missing or contradicts itself
    UNFINISHED = "unfinished"  # a run of ours stopped in the middle


class What(str, Enum):
    BEFORE = "before"  # an environment as it was before --into
    REMOVED = "removed"


@dataclass(frozen=True)
class Size:
    """In MiB. `own` is what its removal gives back: the rest is shared with a package cache."""

    total: int
    own: int


@dataclass(frozen=True)
class Environment:
    """One environment. `run` made it, or was making it, if it is ours."""

    name: str
    installed: Installed
    state: State
    is_ours: bool = False
    is_active: bool = False
    is_base: bool = False  # it holds conda itself
    is_writable: bool = True
    run: str | None = None
    size: Size | None = None

    @property
    def path(self) -> str:
        return self.installed.prefix


@dataclass(frozen=True)
class Kept:
    """What can be had back with `undo`, until it is deleted for good."""

    what: What
    path: str
    prefix: str  # of the environment
    run: str | None
    size: Size | None = None
