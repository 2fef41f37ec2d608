"""rattler waits for another program at its package cache without a word: find out who waits."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Mapping

from gpusetup.basics.errors import Refused, StepFailed
from gpusetup.engines.rattler import cache_variable
from gpusetup.road.locking import has_locks
from gpusetup.road.room import nearest

PATIENCE_S = 120.0
_EVERY_S = 0.5


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where rattler keeps packages: RATTLER_CACHE_DIR, else the system's folder for caches."""
    if environ.get(cache_variable):
        return Path(environ[cache_variable])
    from platformdirs import user_cache_path

    return user_cache_path("rattler", appauthor=False) / "cache"


def wait_for_cache(environ: Mapping[str, str]) -> None:
    """Wait until no other program holds the cache; rattler would wait for ever.

    Raises:
        StepFailed: it still does after a while.
    """
    lock = cache_folder(environ) / "pkgs" / ".cache.lock"
    deadline = time.monotonic() + _patience(environ)
    while is_held(lock):
        if time.monotonic() > deadline:
            raise StepFailed("conda.locked", output=str(lock))
        time.sleep(_EVERY_S)


def check_locks(environ: Mapping[str, str]) -> None:
    """Whether rattler will be able to lock its cache. What is tried there does not stay.

    Raises:
        Refused: the file system has no locks.
    """
    import tempfile

    folder = cache_folder(environ)
    try:
        with tempfile.NamedTemporaryFile(dir=nearest(str(folder)), prefix=".gpusetup-") as tried:
            if not has_locks(Path(tried.name)):
                raise Refused("conda.without-locks", output=str(folder))
    except OSError:  # what may not be written is rattler's to say
        return


def _patience(environ: Mapping[str, str]) -> float:
    try:
        return float(environ.get("GPUSETUP_LOCK_WAIT", ""))
    except ValueError:
        return PATIENCE_S


def is_held(lock: Path) -> bool:
    """Whether another program holds a lock file. Not found out on Windows."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        with lock.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except OSError:  # not there yet, or on a file system without locks
        return False
