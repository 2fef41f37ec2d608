"""Programs that a killed run has left at work: they would go on changing what is put back."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.basics.errors import Refused
from gpusetup.effects.journal import Run

_PROGRAMS = ("uv", "conda", "mamba", "micromamba")


def check_none_works(run: Run, prefix: str) -> None:
    """A run that was killed may have left its installer behind.

    Raises:
        Refused: it is still at work in the environment.
    """
    if run.state() != "open":
        return
    for pid in _pids():
        if is_installer(_argv(pid), prefix):
            raise Refused("run.still-working", pid=pid, prefix=prefix)


def users_of(prefix: str) -> tuple[int, ...]:
    """The processes that run a program of an environment."""
    return tuple(pid for pid in _pids() if pid != os.getpid() and _runs_in(_argv(pid), prefix))


def _runs_in(argv: list[str], prefix: str) -> bool:
    return any(word.startswith(f"{prefix}{os.sep}") for word in argv[:2])


def is_installer(argv: list[str], prefix: str) -> bool:
    """Whether a command line is one of ours (conda is a script: its name is not the first word)."""
    starts = [os.path.basename(word) for word in argv[:3]]  # noqa: PTH119
    known = any(name in starts for name in _PROGRAMS) or "gpusetup" in argv[:3]
    at = any(word == prefix or word.startswith(f"{prefix}{os.sep}") for word in argv[1:])
    acts = any(word in argv for word in ("install", "create", "remove", "pip", "venv"))
    return known and at and acts


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:  # no /proc: nothing can be known
        return []


def _argv(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(each) for each in raw.split(b"\0") if each]
