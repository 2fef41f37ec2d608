"""Whether symbolic links can be made where an environment goes: each has some."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from gpusetup.basics.errors import Refused
from gpusetup.probe.disk import mount_of, mounts_of
from gpusetup.probe.world import World
from gpusetup.road.room import nearest

_SURELY = frozenset(
    (
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "bcachefs", "tmpfs", "ramfs",
        "overlay", "nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph",
    )
)  # fmt: skip
_WITHOUT = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)  # exFAT says EPERM


def check_links(prefix: Path) -> None:
    """Try it, where the kind of the file system does not tell. Nothing of that stays.

    Raises:
        Refused: there are none, or none that lead to the system's Python.
    """
    if os.name == "nt":  # there an environment has none
        return
    folder = nearest(str(prefix.parent))
    mount = mount_of(os.path.realpath(folder), mounts_of(World(os.environ)))
    kind = mount[2] if mount else None
    trouble = None if kind in _SURELY else _trouble(folder)
    if trouble:
        raise Refused(trouble, folder=str(folder), filesystem=kind or "?")


def _trouble(folder: Path) -> str | None:
    """No other one is told here: what may not be written is refused in its own words."""
    import shutil
    import tempfile

    try:
        tried = tempfile.mkdtemp(prefix=".gpusetup-", dir=folder)
    except OSError:
        return None
    link = os.path.join(tried, "link")  # noqa: PTH118
    try:
        os.symlink("/", link)  # noqa: PTH211
    except OSError as error:
        return "plan.prefix-without-links" if error.errno in _WITHOUT else None
    else:
        return None if _leads_out(link) else "plan.prefix-keeps-links-in"
    finally:
        shutil.rmtree(tried, ignore_errors=True)


def _leads_out(link: str) -> bool:
    """sshfs of 2026 makes every link, and reads none that leads out of it."""
    try:
        return bool(os.readlink(link))  # noqa: PTH115
    except OSError:
        return False
