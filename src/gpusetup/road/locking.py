"""One gpusetup at a time per environment."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Iterator

from gpusetup.errors import Refused


@contextlib.contextmanager
def locked(state: Path, prefix: str) -> Iterator[None]:
    """Hold the lock of an environment, however it is spelled. If this process dies, it is free.

    Raises:
        Refused: another process holds it, or our own folder cannot be written.
    """
    from filelock import FileLock, Timeout

    path = _lock_file(state, prefix)
    lock = FileLock(str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        (state / "runs").mkdir(exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise Refused("run.locked", prefix=prefix) from None
    except OSError as error:
        cause = error.strerror or str(error)
        raise Refused("run.state-unwritable", folder=str(state), cause=cause) from error
    try:
        yield
    finally:
        lock.release()


def check_free(state: Path, prefix: str) -> None:
    """Whether another gpusetup works on an environment: what lies there half made is then its.

    Raises:
        Refused: another process holds the lock.
    """
    if _lock_file(state, prefix).exists():  # else nobody ever held it, and nothing is written
        with locked(state, prefix):
            pass


def _lock_file(state: Path, prefix: str) -> Path:
    real = os.fsencode(os.path.realpath(prefix))
    return state / "locks" / f"{hashlib.sha256(real).hexdigest()[:16]}.lock"
