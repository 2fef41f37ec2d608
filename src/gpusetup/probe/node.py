"""What a node told (`inside/node.py` or `node.sh`), as the same values as of this machine. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Mapping

from gpusetup.basics.errors import GpusetupError
from gpusetup.basics.values import replace
from gpusetup.basics.versions import Version
from gpusetup.machine import Disk, Libc, Machine, Os, Python, Reading, Status
from gpusetup.probe.assemble import assemble
from gpusetup.probe.bare import bare_machine, scheduled
from gpusetup.probe.disk import mount_of, parse_mounts
from gpusetup.probe.host import System, linux_system, parse_arch, parse_libc, read_memory
from gpusetup.probe.node_block import NodeTrouble, read_block
from gpusetup.probe.node_driver import Told, files_of, live_of, told_by
from gpusetup.probe.node_usage import usage_of
from gpusetup.probe.node_world import ToldWorld, told_world
from gpusetup.probe.scheduler import read_scheduler
from gpusetup.sharing.usage import Usage

if TYPE_CHECKING:
    from gpusetup.matrix.rows import Matrix

_PURPOSES = {"~": "home", "/tmp": "tmp"}  # noqa: S108 - only looked at


@dataclass(frozen=True)
class Place:
    """A folder that the node was asked about. None is what it did not answer in time."""

    path: str  # as it was asked
    is_there: bool | None = None
    is_folder: bool | None = None
    is_writable: bool | None = None
    free_mib: int | None = None
    filesystem: str | None = None


@dataclass(frozen=True)
class NodeAnswer:
    """A node: its machine, who uses it, and what a machine profile has no place for."""

    machine: Machine
    usage: Usage
    host: str | None = None  # its own name
    told_by: str = "python"  # or "sh"
    environ: Mapping[str, str] = field(default_factory=dict)
    places: tuple[Place, ...] = ()


def read_node(text: str, nonce: str, load: Callable[[], Matrix]) -> NodeAnswer | NodeTrouble:
    """All that was said on the connection, with the nonce of the script, as values.

    Args:
        load: gives the matrix, which knows the cards. Only called if some card needs it.
    """
    records = read_block(text, nonce)
    if isinstance(records, NodeTrouble):
        return records
    try:
        return _answer(told_by(records), told_world(records), load)
    except GpusetupError as error:
        return NodeTrouble(error.code, dict(error.facts))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        # the sum is right, but this is not what our program tells
        return NodeTrouble("node.unreadable", {"reason": type(error).__name__})


def _answer(told: Told, world: ToldWorld, load: Callable[[], Matrix]) -> NodeAnswer:
    files = files_of(told, world)
    host = _host(told, world)
    live = live_of(told, files)
    machine = assemble(host, files, live, load) if host.os is Os.LINUX else host
    return NodeAnswer(
        machine=machine,
        usage=usage_of(told, world, machine),
        host=told.get("fact", "host") or None,
        told_by=told.get("fact", "told-by") or "python",
        environ=world.environ,
        places=_places(told, world),
    )


def _host(told: Told, world: ToldWorld) -> Machine:
    bare = bare_machine(world, _system(told, world), _libc(told, world), _memory(told, world))
    machine = scheduled(bare, read_scheduler(world))
    disks, disk_readings = _disks(told, world)
    python, others = _pythons(told)
    return replace(
        machine,
        python=python,
        other_pythons=others,
        disks=disks,
        readings=(*machine.readings, *disk_readings, *_late(told)),
    )


def _system(told: Told, world: ToldWorld) -> System:
    """The system. Raises Refused for one that torch is not built for."""
    from gpusetup.basics.errors import Refused

    name, release = told.get("fact", "sysname"), told.get("fact", "kernel")
    if name not in ("Linux", "Darwin"):
        if not name:
            raise ValueError("sysname")
        raise Refused("host.unknown-system", found=name[:40])
    arch = parse_arch(told.get("fact", "machine")[:40], is_mac=name == "Darwin")
    if name == "Darwin":
        return System(Os.MACOS, arch, None, "macos", release, None, (Reading("os", Status.OK),))
    return linux_system(world, arch, release)


def _libc(told: Told, world: ToldWorld) -> tuple[Libc | None, Reading]:
    found = parse_libc(told.get("fact", "libc").strip())
    if found is None and any(each.startswith("ld-musl-") for each in world.names("/lib")):
        found = Libc("musl", Version.told(told.get("fact", "musl")))
    return found, Reading("libc", Status.OK if found else Status.ABSENT)


def _memory(told: Told, world: ToldWorld) -> tuple[int | None, int | None, tuple[Reading, ...]]:
    if world.text("/proc/meminfo") is None:  # else our own machine would be measured
        size = told.get("fact", "memory-mib")
        status = Status.OK if size.isdigit() else Status.ABSENT
        return int(size) if size.isdigit() else None, None, (Reading("memory", status),)
    return read_memory(world)


def _pythons(told: Told) -> tuple[Python | None, tuple[Python, ...]]:
    version, path = Version.told(told.get("fact", "python")), told.get("fact", "python-path")
    own = Python(version, path) if version else None
    found: dict[str, Python] = {}
    for each in told.of("interpreter"):
        other = Version.told(each.key)
        is_own = version is not None and str(version).startswith(f"{each.key}.")
        if other is not None and not is_own:
            found.setdefault(each.key, Python(other, each.text))
    return own, tuple(found.values())


def _places(told: Told, world: ToldWorld) -> tuple[Place, ...]:
    mounts = parse_mounts(world.text("/proc/mounts") or "")
    return tuple(_place(each.key, each.lines, mounts) for each in told.of("place"))


def _place(path: str, lines: tuple[str, ...], mounts: tuple[tuple[str, str, str], ...]) -> Place:
    if len(lines) < 4:
        return Place(path)
    real, kind, may, free = lines[:4]
    mount = mount_of(real, mounts)
    return Place(
        path=path,
        is_there=kind != "nothing",
        is_folder=kind == "folder",
        is_writable=may == "writable",
        free_mib=int(free) if free.isdigit() else None,
        filesystem=mount[2] if mount else None,
    )


def _disks(told: Told, world: ToldWorld) -> tuple[tuple[Disk, ...], tuple[Reading, ...]]:
    disks = []
    for place in _places(told, world):
        purpose = _PURPOSES.get(place.path)
        if purpose:
            real = told.by_key["place", place.path].lines[0] if place.is_there else place.path
            disks.append(Disk(real, purpose, place.free_mib, place.filesystem))
    readings = tuple(Reading(f"disk-{each.purpose}", Status.OK) for each in disks)
    return tuple(disks), readings


def _late(told: Told) -> tuple[Reading, ...]:
    """What the node could not find out in time about itself."""
    failed = told.get("failed", "system")
    if failed:
        return (Reading("node", Status.ERROR, failed),)
    if told.get("exit", "system") == "timeout":
        return (Reading("node", Status.TIMEOUT, "files"),)
    return ()
