"""Folders that a plan on a login node weighs: free space, quota, file system, and who may write."""

from __future__ import annotations

import os
from functools import partial

from gpusetup.choosing.room import VARIABLES, Folder
from gpusetup.machine import Disk
from gpusetup.probe.disk import disks_at, mount_of, mounts_of
from gpusetup.probe.world import World, at_once, within

_PATIENCE_S = 2.0  # a network disk that is gone hangs for minutes


def large_folders(world: World) -> tuple[tuple[str, str], ...]:
    """(variable, path) of the folders that the cluster names for large data."""
    named = ((name, world.environ.get(name, "").rstrip("/")) for name in VARIABLES)
    found = {path: name for name, path in reversed([*named]) if path.startswith("/")}
    return tuple((name, path) for path, name in reversed([*found.items()]))


def look_at(world: World, paths: tuple[tuple[str, str], ...]) -> tuple[Folder, ...]:
    """What is known of each path; a variable before it says that it must be there already."""
    mounts = mounts_of(world)
    disks = disks_at(world, tuple((path, "folder") for _, path in paths), mounts)
    may = at_once([partial(_may_write, world, path) for _, path in paths])
    return tuple(
        _folder(disk, name, writable, mount_of(disk.path, mounts))
        for (name, _), disk, writable in zip(paths, disks, may)
    )


def _folder(
    disk: Disk, variable: str, is_writable: bool, mount: tuple[str, str, str] | None
) -> Folder:
    return Folder(
        disk.path, disk.free_mib, disk.quota_mib, disk.filesystem,
        mount[1] if mount else None, variable, is_writable,
    )  # fmt: skip


def _may_write(world: World, path: str) -> bool:
    real = world.at(path)
    try:
        return within(_PATIENCE_S, lambda: real.is_dir() and os.access(real, os.W_OK | os.X_OK))
    except (OSError, TimeoutError):
        return False
