"""One gpusetup at a time per environment."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Iterator

from gpusetup.basics.errors import Refused
from gpusetup.effects.spelling import place_key
from gpusetup.probe.world import within

PATIENCE_S = 10.0
# NFS without its lock service; Lustre mounted without `flock`; some FUSE
_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)


@contextlib.contextmanager
def locked(state: Path, prefix: str) -> Iterator[bool]:
    """Hold the lock of an environment, however it is spelled. If this process dies, it is free.

    Gives whether other machines that share our folder see the lock too: on a file system without
    locks it lies among this machine's temporary files.

    Raises:
        Refused: another process holds it, or our own folder cannot be written.
    """
    from filelock import FileLock, Timeout

    name = _lock_name(prefix)
    folder = state / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (state / "runs").mkdir(exist_ok=True)
        is_shared = has_locks(folder / name)
        lock = FileLock(str(folder / name if is_shared else _of_this_machine(name)))
        lock.acquire(timeout=0)
    except Timeout:
        raise Refused("run.locked", prefix=prefix) from None
    except OSError as error:
        cause = error.strerror or str(error)
        raise Refused("run.state-unwritable", folder=str(state), cause=cause) from error
    try:
        yield is_shared
    finally:
        lock.release()


def check_free(state: Path, prefix: str) -> None:
    """Whether another gpusetup works on an environment: what lies there half made is then its.

    Raises:
        Refused: another process holds the lock.
    """
    if (state / "locks" / _lock_name(prefix)).exists():  # else nobody ever held it
        with locked(state, prefix):
            pass


def _lock_name(prefix: str) -> str:
    place = os.fsencode(place_key(prefix))
    return f"{hashlib.sha256(place).hexdigest()[:16]}.lock"


def has_locks(file: Path) -> bool:
    """Whether the file system knows locks. The file is made: another run looks for it.

    Where the lock service of an NFS server is gone, nobody is told so: that counts as none.
    """
    if sys.platform == "win32":
        return True
    try:
        return within(PATIENCE_S, lambda: _can_lock(file))
    except TimeoutError:
        return False


def _can_lock(file: Path) -> bool:
    import fcntl

    with file.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in _WITHOUT_LOCKS  # held by another process: it has some
    return True


def _of_this_machine(name: str) -> Path:
    """The lock file in a folder of this user's among the temporary files.

    Raises:
        OSError: it cannot be made, is somebody else's, or there are no locks either.
    """
    folder = Path(tempfile.gettempdir()) / f"gpusetup-locks-{os.getuid()}"
    folder.mkdir(0o700, exist_ok=True)
    info = folder.lstat()
    if folder.is_symlink() or info.st_uid != os.getuid():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    if not has_locks(folder / name):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(folder))
    return folder / name
