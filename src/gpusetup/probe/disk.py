"""Free space where something of ours would go, with file system and quota."""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import Sequence

from gpusetup.basics.values import replace
from gpusetup.machine import Disk, Reading, Status
from gpusetup.probe.world import World, at_once, join, within

_PATIENCE_S = 2.0  # a network disk that is gone hangs for minutes


def read_disks(world: World, prefix: str) -> tuple[tuple[Disk, ...], tuple[Reading, ...]]:
    """The disks of the home folder, of new environments, of uv's cache and of temporary files."""
    places = (
        (world.home, "home"),
        (prefix, "prefix"),
        (uv_cache(world), "cache"),
        (_temporary(world), "tmp"),
    )
    return _read(world, places, mounts_of(world))


def disks_at(
    world: World, places: Sequence[tuple[str, str]], mounts: Sequence[tuple[str, str, str]]
) -> tuple[Disk, ...]:
    """The disks of (path, purpose), one for each."""
    return _read(world, places, mounts)[0]


def mounts_of(world: World) -> tuple[tuple[str, str, str], ...]:
    """What is mounted, as /proc/mounts tells."""
    return parse_mounts(world.text("/proc/mounts") or "")


def _read(
    world: World, places: Sequence[tuple[str, str]], mounts: Sequence[tuple[str, str, str]]
) -> tuple[tuple[Disk, ...], tuple[Reading, ...]]:
    results = at_once([partial(_disk, world, path, purpose, mounts) for path, purpose in places])
    disks = tuple(disk for disk, _ in results)
    readings = tuple(reading for _, reading in results)
    return _with_quotas(world, disks, mounts, readings)


def uv_cache(world: World) -> str:
    """uv's cache: UV_CACHE_DIR, XDG_CACHE_HOME/uv, on Windows %LOCALAPPDATA%\\uv\\cache."""
    environ = world.environ
    if environ.get("UV_CACHE_DIR"):
        return environ["UV_CACHE_DIR"]
    if sys.platform == "win32" and environ.get("LOCALAPPDATA"):
        return join(environ["LOCALAPPDATA"], "uv", "cache")
    return join(environ.get("XDG_CACHE_HOME") or join(world.home, ".cache"), "uv")


def _temporary(world: World) -> str:
    for name in ("TMPDIR", "TEMP", "TMP"):
        if world.environ.get(name):
            return world.environ[name]
    return "/tmp"  # noqa: S108 - named, not written to


def _disk(
    world: World, path: str, purpose: str, mounts: Sequence[tuple[str, str, str]]
) -> tuple[Disk, Reading]:
    mount = mount_of(path, mounts)
    disk = Disk(path, purpose, None, mount[2] if mount else None)
    source = f"disk-{purpose}"
    try:
        free = within(_PATIENCE_S, lambda: _free_mib(world.at(path)))
    except TimeoutError as error:
        return disk, Reading(source, Status.TIMEOUT, str(error))
    except OSError as error:
        return disk, Reading(source, Status.ERROR, error.strerror or str(error))
    return replace(disk, free_mib=free), Reading(source, Status.OK)


def _free_mib(path: Path) -> int:
    """What an ordinary user may still write, at the nearest folder that can be looked at."""
    try:
        return _free_bytes(path) >> 20
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        if path == path.parent:
            raise
        return _free_mib(path.parent)


def _free_bytes(path: Path) -> int:
    if sys.platform == "win32":
        import shutil

        return shutil.disk_usage(path).free
    found = os.statvfs(path)  # as `shutil` does, whose import takes longer than all disks here
    return found.f_bavail * found.f_frsize


def parse_mounts(text: str) -> tuple[tuple[str, str, str], ...]:
    """/proc/mounts: "/dev/sda1 /home ext4 rw 0 0" -> (("/dev/sda1", "/home", "ext4"),)."""
    rows = (line.split(" ") for line in text.splitlines())
    return tuple((_plain(row[0]), _plain(row[1]), row[2]) for row in rows if len(row) >= 3)


def _plain(text: str) -> str:
    """The kernel writes a blank in a path as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def mount_of(path: str, mounts: Sequence[tuple[str, str, str]]) -> tuple[str, str, str] | None:
    """The mount that a path lies on: the longest one that it begins with, the last of equals."""
    best = None
    for mount in mounts:
        point = mount[1].rstrip("/")
        fits = path == point or path.startswith(point + "/")
        if fits and (best is None or len(mount[1]) >= len(best[1])):
            best = mount
    return best


def slow_disk_of(path: str) -> str | None:
    """The kind of the file system, where a path of this machine lies on one that is slow."""
    from gpusetup.choosing.slow_disks import is_slow

    mount = mount_of(os.path.realpath(path), mounts_of(World(os.environ)))
    return mount[2] if mount and is_slow(mount[2], mount[1]) else None


def _with_quotas(
    world: World,
    disks: tuple[Disk, ...],
    mounts: Sequence[tuple[str, str, str]],
    readings: tuple[Reading, ...],
) -> tuple[tuple[Disk, ...], tuple[Reading, ...]]:
    """What the quota leaves counts as free space: more cannot be written."""
    program = world.which("quota")
    if program is None:
        return disks, readings
    try:
        rows = parse_quota(world.said([program, "-w"], _PATIENCE_S))
    except TimeoutError as error:
        return disks, (*readings, Reading("quota", Status.TIMEOUT, str(error)))
    except OSError as error:
        return disks, (*readings, Reading("quota", Status.ERROR, str(error)))
    with_quota = tuple(_limited(disk, mounts, rows) for disk in disks)
    return with_quota, (*readings, Reading("quota", Status.OK))


def _limited(
    disk: Disk, mounts: Sequence[tuple[str, str, str]], rows: dict[str, tuple[int, int]]
) -> Disk:
    mount = mount_of(disk.path, mounts)
    if mount is None or mount[0] not in rows:
        return disk
    used, limit = rows[mount[0]]
    left = max(0, limit - used)
    free = left if disk.free_mib is None else min(disk.free_mib, left)
    return replace(disk, free_mib=free, quota_mib=limit)


def parse_quota(text: str) -> dict[str, tuple[int, int]]:
    """`quota -w`: device -> (used, limit) in MiB. The numbers are KiB; * marks what is exceeded.

    A sample line: " nas:/home 1048576* 1000000 1100000 6days 9 0 0".
    """
    found = {}
    for line in text.splitlines():
        row = re.match(r"\s*(\S+)\s+(\d+)\*?\s+(\d+)\s+(\d+)(?:\s|$)", line)
        if row:
            used, soft, hard = (int(each) // 1024 for each in row.groups()[1:])
            if hard or soft:
                found[row[1]] = (used, hard or soft)
    return found
