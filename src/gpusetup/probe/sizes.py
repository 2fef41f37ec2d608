"""How much disk a folder takes, and how much of it its removal gives back."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Callable, Collection

from gpusetup.inventory import Size

_MIB = 1 << 20


def measure(
    folder: Path, skip: Collection[str] = (), tell: Callable[[int], None] = lambda _bytes: None
) -> Size:
    """The size of a folder. `skip`: names directly in it that do not count.

    A file with more names than lie in the folder is shared: with a package cache, or with
    another environment.
    """
    links: dict[tuple[int, int], tuple[int, int, int]] = {}  # inode -> bytes, names, names here
    total = 0
    waiting = [str(folder)]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as found:
                for each in found:
                    if place == str(folder) and each.name in skip:
                        continue
                    info = each.stat(follow_symlinks=False)
                    if stat.S_ISDIR(info.st_mode):
                        waiting.append(each.path)
                    total += _count(info, links)
        except OSError:  # a folder of somebody else: its files are not counted
            continue
        tell(total)
    shared = sum(size for size, names, here in links.values() if names > here)
    return Size(total // _MIB, (total - shared) // _MIB)


def _count(info: os.stat_result, links: dict[tuple[int, int], tuple[int, int, int]]) -> int:
    """The bytes on disk, of a file with several names once."""
    size = getattr(info, "st_blocks", 0) * 512 or (info.st_size if os.name == "nt" else 0)
    if info.st_nlink < 2 or stat.S_ISDIR(info.st_mode):
        return size
    key = (info.st_dev, info.st_ino)
    _, names, here = links.get(key, (size, info.st_nlink, 0))
    links[key] = (size, names, here + 1)
    return size if here == 0 else 0
