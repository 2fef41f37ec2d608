"""The few exceptions, and the exit codes of INTERFACE: docs/reference/exit-codes.md."""

from __future__ import annotations

from enum import IntEnum
from typing import Mapping

from gpusetup.basics.values import dataclass, field


class Exit(IntEnum):
    OK = 0
    FOUND = 1  # doctor found an error, verification failed
    USAGE = 2
    REFUSED = 3
    STEP_FAILED = 4
    BUG = 70
    INTERRUPTED = 130


class GpusetupError(Exception):
    """An expected end: a code of `messages`, its facts and an exit code."""

    exit = Exit.USAGE

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Mapping[str, object] = facts


class UsageError(GpusetupError):
    """Wrong usage, no terminal to ask on, unreadable input."""


class Refused(GpusetupError):
    """Known before anything changed: name taken, disk too small, nothing reachable ..."""

    exit = Exit.REFUSED


class Interrupted(GpusetupError):
    """Ctrl-C in the middle of a run, with what was done and what was not."""

    exit = Exit.INTERRUPTED


class StepFailed(GpusetupError):
    """A step of a plan ended badly."""

    exit = Exit.STEP_FAILED


@dataclass(frozen=True)
class Problem:
    """One of several things wrong in a text that was read.

    `path` is like gpus[0].name, empty for the whole text.
    `code` and `facts` belong to `messages`; an error carries them as its fact `problems`.
    """

    code: str
    path: str
    line: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
