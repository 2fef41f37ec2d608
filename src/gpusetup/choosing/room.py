"""On a login node: whether the plan fits into the home, and which folder has more room. Pure.

A home of a cluster is often small or has a quota, and what lies on a disk of the login node is not
there for jobs. What is not known is not said: a folder is named only if it can be written, has the
room, and is on a network file system or was found by the nodes themselves.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Iterator

from gpusetup.basics.values import dataclass
from gpusetup.choosing.choice import Reason
from gpusetup.machine import Machine, Status

NETWORK_DISKS = frozenset(
    (
        "nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph", "cifs", "smb3", "panfs", "afs", "9p",
        "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.ceph", "orangefs", "wekafs", "vast",
    )
)  # fmt: skip
VARIABLES = (
    "PROJECT", "PROJECTS", "PROJECTDIR", "WORK", "WORKDIR", "GROUP_HOME", "DATA", "DATADIR",
    "GROUP_SCRATCH", "SCRATCH", "SCRATCHDIR", "SCRATCH_DIR",
)  # fmt: skip
"""Where clusters name their large folders. Scratch comes last: it is often emptied."""
ENVIRONMENTS = "gpu-envs"
OWN_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/run")  # noqa: S108 - looked at, not used
IN_MEMORY = frozenset(("tmpfs", "ramfs", "devtmpfs"))
_SPARE_MIB = 2048  # a home with less than this left cannot be worked in
_SPARE_PART = 10


@dataclass(frozen=True)
class Folder:
    """A folder as this machine sees it. `mount`: where its file system begins. Sizes in MiB."""

    path: str
    free_mib: int | None = None
    quota_mib: int | None = None
    filesystem: str | None = None
    mount: str | None = None
    variable: str = ""  # that names it: "SCRATCH"
    is_writable: bool = False


@dataclass(frozen=True)
class Wanted:
    """What the plan would write: `needed_mib` below `prefix`, and through `cache`."""

    prefix: Folder
    needed_mib: int | None = None
    cache: Folder | None = None  # None: the plan names its own, or it is not known
    cache_variables: tuple[tuple[str, str], ...] = ()  # and its folder beside the environments
    name: str = "torch"


def is_on_cluster(machine: Machine) -> bool:
    """Whether what is made here is for other machines, which must see it."""
    return bool(machine.compute_nodes) or (
        machine.scheduler is not None and machine.node_role == "login"
    )


def about_room(machine: Machine, wanted: Wanted, others: tuple[Folder, ...]) -> tuple[Reason, ...]:
    """What is to be said of the room, with a better place; nothing elsewhere than on a cluster."""
    if not is_on_cluster(machine):
        return ()
    misplaced = (*_local(machine, wanted.prefix), *_short(wanted.prefix, wanted, "room"))
    cache = tuple(_short_cache(wanted))
    if misplaced:
        better = next(_better(machine, wanted, others), None)
        remedy = _named(machine, wanted, better) if better else Reason("plan.room-nowhere-known")
        return (*misplaced, *cache, remedy)
    if cache and wanted.cache_variables:
        beside = str(PurePosixPath(wanted.prefix.path).parent)
        facts = {"caches": " ".join(f"{n}={v}" for n, v in caches_beside(wanted, beside))}
        return (*cache, Reason("plan.cache-beside", facts)) if is_plain(beside) else cache
    return cache


def _local(machine: Machine, prefix: Folder) -> Iterator[Reason]:
    """Memory, and folders that every machine has for itself: nodes have them too, but not these."""
    is_own = prefix.filesystem in IN_MEMORY or is_in_own_folder(prefix.path)
    if not is_own or prefix.filesystem in NETWORK_DISKS or _is_told(_told_above(machine, prefix)):
        return
    facts = {"path": prefix.path, "filesystem": prefix.filesystem or "?"}
    yield Reason("plan.prefix-of-one-machine", facts)


def is_in_own_folder(path: str) -> bool:
    """Whether it is one of the folders that every machine has for itself, or below one."""
    return any(_is_in(path, each) for each in OWN_FOLDERS)


def _short(folder: Folder, wanted: Wanted, subject: str) -> Iterator[Reason]:
    found = _judged(folder, wanted.needed_mib)
    if found:
        facts = {"path": folder.path, "free": _gib(folder.free_mib)}
        facts.update(needed=_gib(wanted.needed_mib), quota=_gib(folder.quota_mib))
        yield Reason(f"plan.{subject}-{found}", facts)


def _short_cache(wanted: Wanted) -> Iterator[Reason]:
    """On one disk cache and environment hold the same bytes, by hard links."""
    if wanted.cache is not None and not _is_one_disk(wanted.cache, wanted.prefix):
        yield from _short(wanted.cache, wanted, "cache")


def _judged(folder: Folder, needed: int | None) -> str | None:
    """ "none": it does not fit; "short": it does, and hardly anything else. None: enough, or
    nobody knows."""
    if not needed or folder.free_mib is None:
        return None
    left = folder.free_mib - needed
    spare = max(_SPARE_MIB, (folder.quota_mib or 0) // _SPARE_PART)
    return "none" if left < 0 else "short" if left < spare else None


def _better(machine: Machine, wanted: Wanted, others: tuple[Folder, ...]) -> Iterator[Folder]:
    """The folders that surely serve, in their order."""
    for each in others:
        is_usable = each.is_writable and is_plain(each.path)
        is_better = not _is_one_disk(each, wanted.prefix) and has_room(each, wanted)
        if is_usable and is_better and _is_seen(machine, each):
            yield each


def has_room(folder: Folder, wanted: Wanted) -> bool:
    """Whether the plan surely fits there."""
    if folder.free_mib is None:
        return False
    return wanted.needed_mib is None or _judged(folder, wanted.needed_mib) is None


def _is_seen(machine: Machine, folder: Folder) -> bool:
    """By all nodes that were asked, else by the kind of its file system."""
    told = _told(machine, folder)
    if Status.ABSENT in told:
        return False
    if folder.filesystem in NETWORK_DISKS:
        return True
    return _is_told(told) and folder.filesystem not in IN_MEMORY and folder.path not in OWN_FOLDERS


def _told(machine: Machine, folder: Folder) -> list[Status | None]:
    """What each kind of node said of that very folder; None: nothing."""
    return [
        {each.detail: each.status for each in node.readings if each.source == "place"}.get(
            folder.path
        )
        for node in machine.compute_nodes
    ]


def _told_above(machine: Machine, folder: Folder) -> list[Status | None]:
    """What each kind of node said of the nearest folder that tells something."""
    found: list[Status | None] = []
    for node in machine.compute_nodes:
        asked = {each.detail: each.status for each in node.readings if each.source == "place"}
        telling = [each for each in asked if each and each not in ("/", *OWN_FOLDERS)]
        nearest = max((each for each in telling if _is_in(folder.path, each)), key=len, default="")
        found.append(asked.get(nearest))
    return found


def _is_told(told: list[Status | None]) -> bool:
    return bool(told) and all(each is Status.OK for each in told)


def _named(machine: Machine, wanted: Wanted, folder: Folder) -> Reason:
    """The words to type: a prefix, and the variables of the caches."""
    base = f"{folder.path.rstrip('/')}/{ENVIRONMENTS}"
    caches = caches_beside(wanted, base)
    facts: dict[str, object] = {
        "variable": folder.variable, "path": folder.path, "free": _gib(folder.free_mib),
        "filesystem": folder.filesystem or "?", "prefix": f"{base}/{wanted.name}",
        "caches": " ".join(f"{name}={value}" for name, value in caches),
    }  # fmt: skip
    code = "plan.room-on-nodes" if _is_told(_told(machine, folder)) else "plan.room-on-network"
    return Reason(code if caches else f"{code}-cached", facts)


def caches_beside(wanted: Wanted, environments: str) -> tuple[tuple[str, str], ...]:
    """Each variable, and its folder beside the environments: links need one disk."""
    return tuple((name, f"{environments}/{below}") for name, below in wanted.cache_variables)


def _is_one_disk(one: Folder, other: Folder) -> bool:
    """Where no mounts are known, a folder below the other counts as on its disk."""
    if one.mount is not None and other.mount is not None:
        return one.mount == other.mount
    return _is_in(one.path, other.path) or _is_in(other.path, one.path)


def _is_in(path: str, folder: str) -> bool:
    above = PurePosixPath(folder)
    return PurePosixPath(path) == above or above in PurePosixPath(path).parents


def is_plain(path: str) -> bool:
    """Whether it can be typed as it is, without quotes."""
    return all(sign.isalnum() or sign in "/._-+@=,:" for sign in path)


def _gib(mib: int | None) -> str:
    return "?" if mib is None else f"{mib / 1024:.1f}"
