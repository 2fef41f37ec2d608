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

    folder = state / "locks"
    lock = FileLock(
        str(
            folder
            / f"{hashlib.sha256(os.fsencode(os.path.realpath(prefix))).hexdigest()[:16]}.lock"
        )
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
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
