"""Room: disks, quota, memory."""

from __future__ import annotations

from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Finding, Severity
from gpusetup.doctor.looks import finding
from gpusetup.machine import Disk

_FULL_MIB = 200
_LOW_MIB = 3000
_SMALL_MEMORY_MIB = 8 * 1024
_WORTH = ("home", "prefix", "cache", "tmp")


def _tightest(case: Case) -> Disk | None:
    known = [each for each in case.machine.disks if each.free_mib is not None]
    return min(known, key=lambda each: each.free_mib or 0, default=None)


def look_full(case: Case) -> Finding | None:
    """Nothing can be installed any more, and programs fail in odd places."""
    disk = _tightest(case)
    if disk is None or disk.free_mib is None or disk.free_mib >= _FULL_MIB:
        return None
    return _about(disk, "room.disk-full", Severity.ERROR)


def look_low(case: Case) -> Finding | None:
    """Too little for another PyTorch with CUDA."""
    disk = _tightest(case)
    if disk is None or disk.free_mib is None or not _FULL_MIB <= disk.free_mib < _LOW_MIB:
        return None
    if disk.purpose == "tmp":
        return None
    return _about(disk, "room.disk-low", Severity.WARNING)


def _about(disk: Disk, id_: str, severity: Severity) -> Finding:
    words = f"{disk.path} ({disk.filesystem or '?'}): {disk.free_mib} MiB"
    variant = "quota" if disk.quota_mib else "tmp" if disk.purpose == "tmp" else None
    return finding(
        id_, words, severity=severity, variant=variant,
        path=disk.path, free=disk.free_mib, quota=disk.quota_mib or 0,
    )  # fmt: skip


def look_memory(case: Case) -> Finding | None:
    """Little memory and no swap: the kernel ends the program that loads the data."""
    machine = case.machine
    killed = looks.logged(case, r"Out of memory: Killed|oom-kill")
    is_small = machine.memory_mib is not None and machine.memory_mib < _SMALL_MEMORY_MIB
    if machine.swap_mib != 0 or not (is_small or killed):
        return None
    if not (looks.has_card(case) or machine.cloud) or (machine.container and not killed):
        return None
    words = f"{machine.memory_mib} MiB, swap 0 MiB"
    return finding(
        "room.memory-small", *killed[-1:], words, severity=Severity.WARNING,
        variant="container" if machine.container else None, memory=machine.memory_mib or 0,
    )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    looks.check("room.disk-full", Area.INSTALLERS, look_full, variant="unknown"),
    looks.check("room.disk-low", Area.INSTALLERS, look_low),
    looks.check("room.memory-small", Area.INSTALLERS, look_memory, variant="killed"),
)
