"""An environment on a disk that is slow with many small files, and a better place. Pure."""

from __future__ import annotations

from typing import Iterator

from gpusetup.choosing.choice import Reason
from gpusetup.choosing.room import (
    ENVIRONMENTS,
    IN_MEMORY,
    NETWORK_DISKS,
    Folder,
    Wanted,
    caches_beside,
    has_room,
    is_on_cluster,
    is_plain,
)
from gpusetup.machine import Machine

_ALSO_SLOW = (
    "ncpfs", "smbfs", "coda", "virtiofs", "drvfs", "fuse.juicefs", "fuse.s3fs", "fuse.rclone",
    "fuse.gcsfuse", "fuse.mfs", "fuse.cephfs", "fuse.ceph-fuse", "fuse.lustre", "fuse.davfs",
    "fuse.curlftpfs", "fuse.goofys", "fuse.mount-s3", "fuse.blobfuse2", "fuse.hdfs", "fuse.sftpfs",
)  # fmt: skip
_OF_WINDOWS = ("9p", "drvfs", "virtiofs")  # how WSL shows C: as /mnt/c
LOCAL_FOLDERS = (
    "/scratch", "/localscratch", "/local_scratch", "/local", "/localdisk", "/ssd", "/nvme",
    "/mnt/scratch", "/mnt/ssd", "/mnt/nvme", "/data", "/mnt/data",
)  # fmt: skip
"""What administrators call the disk of a machine that its users may fill."""


def is_slow(filesystem: str | None, mount: str | None = None) -> bool:
    """Whether every question to it goes through a network, or out of a guest system.

    A root is none: containers get theirs by such file systems from the same machine.
    """
    return mount != "/" and filesystem in (*NETWORK_DISKS, *_ALSO_SLOW)


def about_speed(
    machine: Machine, wanted: Wanted, others: tuple[Folder, ...], home: str
) -> tuple[Reason, ...]:
    """What is to be said of a slow place. On a cluster it must be shared: no other is named."""
    prefix = wanted.prefix
    if not is_slow(prefix.filesystem, prefix.mount):
        return ()
    facts: dict[str, object] = {"path": prefix.path, "filesystem": prefix.filesystem}
    if machine.wsl and prefix.filesystem in _OF_WINDOWS:
        better = f"{home.rstrip('/')}/{ENVIRONMENTS}/{wanted.name}"
        return (Reason("plan.prefix-on-windows-disk", {**facts, "better": better}),)
    found = None if is_on_cluster(machine) else next(_faster(wanted, others), None)
    named = (_named(wanted, found),) if found else ()
    return (Reason("plan.prefix-on-network", facts), *named)


def _faster(wanted: Wanted, others: tuple[Folder, ...]) -> Iterator[Folder]:
    """Disks of this machine that surely serve, in their order."""
    for each in others:
        is_own = each.filesystem is not None and each.filesystem not in IN_MEMORY
        is_local = is_own and not is_slow(each.filesystem, each.mount)
        if is_local and each.is_writable and is_plain(each.path) and has_room(each, wanted):
            yield each


def _named(wanted: Wanted, folder: Folder) -> Reason:
    base = f"{folder.path.rstrip('/')}/{ENVIRONMENTS}"
    caches = " ".join(f"{name}={value}" for name, value in caches_beside(wanted, base))
    facts: dict[str, object] = {
        "path": folder.path, "free": round((folder.free_mib or 0) / 1024),
        "prefix": f"{base}/{wanted.name}", "caches": caches,
    }  # fmt: skip
    return Reason("plan.faster-disk" if caches else "plan.faster-disk-cached", facts)
