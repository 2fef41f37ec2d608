"""Copies of whole folders: the same bytes, modes, times and links, as cheaply as is safe.

What an installer writes in place is small or a text (`conda-meta/history`, `easy-install.pth`), so
small files are always copied. Large ones are cloned where the file system can; else they are
hard-linked if they are libraries, or shared with a package cache already: those are never
written in place, only replaced.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
from pathlib import Path
from typing import Callable, Iterable

from gpusetup.basics.patterns import pattern

SMALL = 1 << 20
_LIBRARY = pattern(r"\.(so(\.[\w.]+)?|a|dylib|dll|pyd|lib|exe)$", re.IGNORECASE)
_FICLONE = 0x40049409  # Linux: btrfs, xfs and others give a copy that shares its blocks

Tell = Callable[[str], None]
"""Hears of every folder that is begun."""


def copy_entries(
    source: Path, target: Path, names: Iterable[str], tell: Tell = lambda _path: None
) -> None:
    """Copy some of what lies in a folder into another one, where nothing of that is.

    Raises:
        OSError: something cannot be read or written; the copy is not whole.
    """
    copier = _Copier(tell)
    for name in names:
        copier.entry(str(source / name), str(target / name), os.lstat(source / name))


def copied_bytes(path: Path) -> int:
    """How much disk a copy takes, where the file system cannot clone."""
    try:
        info = os.lstat(path)
        if not stat.S_ISDIR(info.st_mode):
            return 0 if _may_be_linked(path.name, info) else info.st_size
        return sum(copied_bytes(each) for each in path.iterdir())
    except OSError:
        return 0


class _Copier:
    """One copy. Files that share an inode in the source share one in the copy."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._seen: dict[tuple[int, int], str] = {}

    def folder(self, source: str, target: str) -> None:
        self._tell(source)
        os.mkdir(target, 0o700)  # noqa: PTH102 - strings: there can be a hundred thousand
        with os.scandir(source) as found:
            for each in found:
                inner = os.path.join(target, each.name)  # noqa: PTH118
                self.entry(each.path, inner, each.stat(follow_symlinks=False))
        _copy_facts(source, target)

    def entry(self, source: str, target: str, info: os.stat_result) -> None:
        if stat.S_ISDIR(info.st_mode):
            self.folder(source, target)
        elif stat.S_ISLNK(info.st_mode):
            os.symlink(os.readlink(source), target)  # noqa: PTH115, PTH211
            _copy_facts(source, target)
        elif stat.S_ISREG(info.st_mode):
            self._file(source, target, info)
        # a socket or a pipe belongs to a running program, not to an environment

    def _file(self, source: str, target: str, info: os.stat_result) -> None:
        inode = (info.st_dev, info.st_ino)
        if info.st_nlink > 1 and inode in self._seen:
            os.link(self._seen[inode], target)
            return
        self._seen[inode] = target
        if info.st_size >= SMALL and _clone(source, target):
            _copy_facts(source, target)
        elif not (_may_be_linked(source, info) and _link(source, target)):
            shutil.copyfile(source, target)
            _copy_facts(source, target)


def _may_be_linked(name: str, info: os.stat_result) -> bool:
    is_large = info.st_size >= SMALL
    return is_large and (info.st_nlink > 1 or _LIBRARY.search(name) is not None)


def _clone(source: str, target: str) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    with open(source, "rb") as old, open(target, "wb") as new:  # noqa: PTH123
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError:
            pass
        else:
            return True
    os.unlink(target)  # noqa: PTH108
    return False


def _link(source: str, target: str) -> bool:
    try:
        os.link(source, target)
    except OSError:  # another file system, or a file of somebody else that may not be linked
        return False
    return True


def _copy_facts(source: str, target: str) -> None:
    """Mode, times, extended attributes; and the owner, where we may."""
    info = os.lstat(source)
    mine = os.lstat(target)
    if hasattr(os, "chown") and (info.st_uid, info.st_gid) != (mine.st_uid, mine.st_gid):
        with contextlib.suppress(OSError):
            os.chown(target, info.st_uid, info.st_gid, follow_symlinks=False)
    shutil.copystat(source, target, follow_symlinks=False)
