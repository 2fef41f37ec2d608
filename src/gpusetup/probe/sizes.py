"""How much disk a folder takes, and how much of it its removal gives back."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Callable, Collection, Iterable

from gpusetup.environments.inventory import Size
from gpusetup.probe.disk import slow_disk_of

_MIB = 1 << 20
_AT_ONCE = 16

Entries = list[tuple[str, os.stat_result]]
Many = Callable[[Callable[[str], Entries], Iterable[str]], Iterable[Entries]]
"""How a function is applied to many folders."""


def measure(
    folder: Path, skip: Collection[str] = (), tell: Callable[[int], None] = lambda _bytes: None
) -> Size:
    """The size of a folder. `skip`: names directly in it that do not count.

    A file with more names than lie in the folder is shared: with a package cache, or with
    another environment.
    """
    if slow_disk_of(str(folder)) is None:
        return _measured(folder, skip, tell, map)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_AT_ONCE) as pool:  # a network answers many questions at a time
        return _measured(folder, skip, tell, pool.map)


def _measured(folder: Path, skip: Collection[str], tell: Callable[[int], None], many: Many) -> Size:
    links: dict[tuple[int, int], tuple[int, int, int]] = {}  # inode -> bytes, names, names here
    total = 0
    level = [str(folder)]
    while level:
        below: list[str] = []
        for entries in many(_entries, level):
            for path, info in entries:
                if os.path.dirname(path) == str(folder) and os.path.basename(path) in skip:  # noqa: PTH119, PTH120
                    continue
                if stat.S_ISDIR(info.st_mode):
                    below.append(path)
                total += _count(info, links)
            tell(total)
        level = below
    shared = sum(size for size, names, here in links.values() if names > here)
    return Size(total // _MIB, (total - shared) // _MIB)


def _entries(folder: str) -> Entries:
    """What lies in a folder; nothing of a folder of somebody else."""
    entries: Entries = []
    try:
        with os.scandir(folder) as found:
            for each in found:
                entries.append((each.path, each.stat(follow_symlinks=False)))
    except OSError:
        pass
    return entries


def _count(info: os.stat_result, links: dict[tuple[int, int], tuple[int, int, int]]) -> int:
    """The bytes on disk, of a file with several names once."""
    size = getattr(info, "st_blocks", 0) * 512 or (info.st_size if os.name == "nt" else 0)
    if info.st_nlink < 2 or stat.S_ISDIR(info.st_mode):
        return size
    key = (info.st_dev, info.st_ino)
    _, names, here = links.get(key, (size, info.st_nlink, 0))
    links[key] = (size, names, here + 1)
    return size if here == 0 else 0
