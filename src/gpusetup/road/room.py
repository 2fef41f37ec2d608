"""Whether what comes fits: on the disk of the environment, on the cache's, into the quota."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.basics.errors import Refused
from gpusetup.basics.values import dataclass
from gpusetup.machine import Disk
from gpusetup.road.locks import Package


@dataclass(frozen=True)
class Cost:
    """What the installation takes. None: not known."""

    download_mib: int | None = None
    disk_mib: int | None = None
    minutes: float | None = None
    free_mib: int | None = None
    packages: tuple[Package, ...] = ()
    cached_mib: int | None = None  # what would be downloaded, were it not in the cache already


def free_mib(prefix: str, disks: tuple[Disk, ...] = ()) -> int | None:
    """What may still be written where the environment goes: free space, or less by a quota."""
    import shutil

    folder = nearest(prefix)
    try:
        free = shutil.disk_usage(folder).free >> 20
    except OSError:
        return None
    limited = [
        each.free_mib
        for each in disks
        if each.quota_mib is not None and each.free_mib is not None and same_disk(each.path, prefix)
    ]
    return min((free, *limited))


def check_room(cost: Cost, prefix: str, disks: tuple[Disk, ...] = ()) -> None:
    """Stop before a full disk does.

    Raises:
        Refused: the unpacked environment does not fit, or its packages do not fit into the cache.
    """
    needed = cost.disk_mib
    if not needed:
        return
    if cost.free_mib is not None and cost.free_mib < needed:
        raise Refused(
            "run.disk-too-small", prefix=prefix, needed=_gib(needed), free=_gib(cost.free_mib)
        )
    cache = next((each for each in disks if each.purpose == "cache"), None)
    if cache is None or cache.free_mib is None or not cost.download_mib:
        return
    # on one disk both hold the same bytes, by hard links
    if not same_disk(cache.path, prefix) and cache.free_mib < needed:
        raise Refused(
            "run.cache-too-small", folder=cache.path, needed=_gib(needed), free=_gib(cache.free_mib)
        )


def same_disk(one: str, other: str) -> bool:
    """Whether two places, there or yet to be made, lie on one file system."""
    try:
        return nearest(one).stat().st_dev == nearest(other).stat().st_dev
    except OSError:
        return False


def nearest(path: str) -> Path:
    """The folder itself, or the nearest above it that is there."""
    folder = Path(path)
    while not os.path.exists(folder) and folder != folder.parent:  # noqa: PTH110 - Path raises
        folder = folder.parent
    return folder


def _gib(mib: int) -> str:
    return f"{mib / 1024:.1f}"
