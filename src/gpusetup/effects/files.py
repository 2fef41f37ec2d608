"""Writing and removing files so that nothing is lost: old bytes kept, whole files or none."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Callable

from gpusetup.basics.values import dataclass

_STREAMS = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))


@dataclass(frozen=True)
class Kept:
    """What a write replaced: where the old bytes lie, and what made room for the new ones."""

    old: str | None  # copy of the old file; None: there was none
    made_folders: tuple[str, ...]  # outermost first
    new_sha256: str


def sha256_of(content: bytes) -> str:
    """The hash that tells whether a file is still as we wrote it."""
    return hashlib.sha256(content).hexdigest()


def missing_folders(folder: Path) -> tuple[str, ...]:
    """What `make_folders` would make, outermost first."""
    missing: list[Path] = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    return tuple(str(each) for each in reversed(missing))


def make_folders(folder: Path) -> tuple[str, ...]:
    """Make a folder and its parents. Returns those that were missing, outermost first."""
    missing = missing_folders(folder)
    for each in missing:
        Path(each).mkdir(exist_ok=True)
    return missing


def is_stream(path: Path) -> bool:
    """Whether it is a device or a pipe (`/dev/null`, `/dev/stdout`): nothing to be replaced."""
    if path.parent in _STREAMS:  # what it leads to may be a file, whose reader would lose it
        return path.exists() and not path.is_dir()
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file at once: a crash leaves the old file or the new one, never a piece.

    A link stays a link: the file that it points to is written. Another user's file stays theirs.
    What is no file (a device, a pipe) is written into and stays what it is.

    Raises:
        OSError: it cannot be written, or would change hands.
    """
    if is_stream(path):
        path.write_bytes(content)
        return
    path = Path(os.path.realpath(path))
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is None:
            mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
        _keep_owner(path, Path(temporary))
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _keep_owner(path: Path, temporary: Path) -> None:
    if not hasattr(os, "chown") or not path.exists():
        return
    old, new = path.stat(), temporary.stat()
    if old.st_uid != new.st_uid:
        os.chown(temporary, old.st_uid, old.st_gid)
    elif old.st_gid != new.st_gid:
        with contextlib.suppress(OSError):  # a group that we are not in
            os.chown(temporary, -1, old.st_gid)


def write_keeping(
    path: Path,
    content: bytes,
    keep_in: Path,
    mode: int | None = None,
    announce: Callable[[Kept], None] = lambda _kept: None,
) -> Kept:
    """Write a whole file; the old bytes are copied into the folder `keep_in` first.

    `announce` hears what is about to be replaced before anything at `path` changes.
    """
    old = None
    if path.exists():
        keep_in.mkdir(parents=True, exist_ok=True)
        copy = keep_in / f"{len(list(keep_in.iterdir())):03d}-{path.name}"
        write_whole(copy, path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        old = str(copy)
    kept = Kept(old, missing_folders(path.parent), sha256_of(content))
    announce(kept)
    make_folders(path.parent)
    write_whole(path, content, mode)
    return kept


def put_back(old: Path, path: Path, mode: int | None = None) -> None:
    """Give a file its old bytes and its old permissions again: `mode`, or those of the copy."""
    if mode is None:
        mode = stat.S_IMODE(old.stat().st_mode)
    write_whole(path, old.read_bytes(), mode)


def move(source: Path, target: Path) -> None:
    """Give a folder another name. One that is there already is never moved into.

    What an earlier, cut attempt has moved counts as moved.

    Raises:
        OSError: something is at the target, or there is nothing to move.
    """
    # os.path, because Path raises where another user's folder may not be looked into
    if os.path.lexists(target):
        if not os.path.lexists(source):
            return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all it holds; a link is removed, not what it points to."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def remove_empty(folders: tuple[str, ...]) -> None:
    """Remove folders that we made, innermost first, as far as they are empty."""
    for folder in reversed(folders):
        try:
            Path(folder).rmdir()
        except OSError:
            return


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
