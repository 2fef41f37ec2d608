"""The surroundings of torch on this machine: quick readings of files, few and short processes."""

from __future__ import annotations

import os
import re
import shutil
import socket
from dataclasses import fields, replace
from enum import Enum
from functools import partial
from typing import Any, Callable, Iterable, Iterator
from urllib.parse import urlsplit

from gpusetup.basics.redact import without_credentials
from gpusetup.basics.versions import Version
from gpusetup.effects.home_folder import user_name
from gpusetup.environments.facts import (
    ConfigFile,
    GpuHealth,
    GpuProcess,
    KernelModule,
    Surroundings,
)
from gpusetup.machine import Driver, Machine, Reading, Status
from gpusetup.probe import conditions
from gpusetup.probe.caches import read_caches
from gpusetup.probe.child import Child
from gpusetup.probe.disk import mount_of, parse_mounts
from gpusetup.probe.installer_files import read_config_files
from gpusetup.probe.job import read_job
from gpusetup.probe.libraries import cuda_libraries
from gpusetup.probe.modules import (
    closed_nodes,
    read_kernel_log,
    read_module,
    read_packages,
    read_secure_boot,
)
from gpusetup.probe.shell_files import read_shell_lines, read_shell_texts
from gpusetup.probe.world import World, at_once, within

_HEALTH_S = 3.0
_PROXY_S = 0.5
_ADMINISTRATORS = ("sudo", "wheel", "admin", "root")


def read_surroundings(world: World, machine: Machine, prefix: str | None) -> Surroundings:
    """All that is worth knowing beside the machine itself.

    Args:
        prefix: the environment that is looked at, for the files of its own.
    """
    asking = _ask_health(world, machine)
    works: tuple[Callable[[], Surroundings], ...] = (
        lambda: _kernel(world, machine),
        lambda: _installers(world, machine, prefix),
        lambda: _rights(world),
        lambda: _log(world, machine),
        lambda: read_job(world, machine),
        lambda: _place(world, prefix),
    )
    found = _together(at_once(works))
    health, health_reading = _health(world, asking)
    manager, manager_version = _fabric(world, machine)
    return replace(
        found,
        health=health,
        fabric_manager=manager,
        fabric_manager_version=manager_version,
        readings=(*found.readings, *((health_reading,) if health_reading else ())),
    )


def _together(parts: Iterable[Surroundings]) -> Surroundings:
    """Each part knows other facts than the others, and how its own sources answered."""
    nothing = Surroundings()
    facts: dict[str, Any] = {}
    readings: list[Reading] = []
    for part in parts:
        told = {each.name: getattr(part, each.name) for each in fields(part)}
        facts |= {name: each for name, each in told.items() if each != getattr(nothing, name)}
        readings += part.readings
    return replace(nothing, **{**facts, "readings": tuple(readings)})


def _kernel(world: World, machine: Machine) -> Surroundings:
    nodes, closed, group = closed_nodes(world)
    return Surroundings(
        # a container shows the host's folders or none, and WSL has no module
        module=_module(world, machine),
        secure_boot=None if machine.container or machine.wsl else read_secure_boot(world),
        cuda_libraries=cuda_libraries(world, world.environ.get("LD_LIBRARY_PATH")),
        device_nodes=nodes,
        closed_nodes=closed,
        node_group=group,
    )


def _module(world: World, machine: Machine) -> KernelModule | None:
    if machine.container:
        return None
    if machine.wsl:
        return KernelModule(packages=read_packages(world))
    return read_module(world, machine.kernel)


def _installers(world: World, machine: Machine, prefix: str | None) -> Surroundings:
    files = read_config_files(world, machine, prefix)
    lines = read_shell_lines(world)
    dead, unknown = ((), ()) if machine.proxies else _silent_hosts(files)
    return Surroundings(
        shell_lines=lines,
        shell_texts=read_shell_texts(world, lines),
        config_files=files,
        dead_proxy=dead_proxy(machine.proxies, machine.installers.proxy),
        dead_hosts=dead,
        unknown_hosts=unknown,
        damaged_caches=read_caches(world, machine),
    )


def _rights(world: World) -> Surroundings:
    environ = world.environ
    return Surroundings(
        shm_mib=_size_mib(world, "/dev/shm"),  # noqa: S108 - looked at, not written
        user=user_name(os.getuid()) if hasattr(os, "getuid") else None,
        is_root=_is_root(),
        may_become_root=_may_become_root(),
        visible_devices_request=environ.get("NVIDIA_VISIBLE_DEVICES"),
        modules=tuple(each for each in environ.get("LOADEDMODULES", "").split(":") if each),
    )


def _place(world: World, prefix: str | None) -> Surroundings:
    """Whether the environment that is active is here at all, and on what kind of file system."""
    named = (world.environ.get(name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    active = next((each for each in named if each), None)
    mount = mount_of(prefix, parse_mounts(world.text("/proc/mounts") or "")) if prefix else None
    return Surroundings(
        lost_prefix=active if active and _is_gone(active) else None,
        prefix_filesystem=mount[2] if mount else None,
    )


def _is_gone(folder: str) -> bool:
    """A network disk that hangs is not gone."""
    try:
        return not within(2.0, partial(os.path.isdir, folder))
    except TimeoutError:
        return False


def _size_mib(world: World, path: str) -> int | None:
    try:
        return shutil.disk_usage(world.at(path)).total >> 20
    except OSError:
        return None


def _is_root() -> bool | None:
    return os.geteuid() == 0 if hasattr(os, "geteuid") else None


def _may_become_root() -> bool | None:
    """Whether this user is in a group that sudo usually serves. Nobody is asked for a password."""
    if os.name != "posix":
        return None
    import grp

    names = []
    for number in os.getgroups():
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return _is_root() or any(each in _ADMINISTRATORS for each in names)


def _log(world: World, machine: Machine) -> Surroundings:
    """Only where there is something of NVIDIA whose messages could be of use."""
    if not machine.pci_gpus and not isinstance(machine.driver, Driver):
        return Surroundings(readings=(Reading("kernel-log", Status.ABSENT),))
    lines, reading = read_kernel_log(world)
    return Surroundings(kernel_messages=lines, readings=(reading,))


def _ask_health(world: World, machine: Machine) -> Child | None:
    if not machine.gpus:
        return None
    try:
        return conditions.start(world.environ, _HEALTH_S)
    except OSError:
        return None


def _health(world: World, asking: Child | None) -> tuple[tuple[GpuHealth, ...], Reading | None]:
    if asking is None:
        return (), None
    asking.wait(_HEALTH_S)
    health, reading = conditions.read(asking)
    asking.stop()
    return tuple(_with_owners(world, each) for each in health), reading


def _with_owners(world: World, health: GpuHealth) -> GpuHealth:
    return replace(health, processes=tuple(_owned(world, each) for each in health.processes))


def _owned(world: World, process: GpuProcess) -> GpuProcess:
    """Whose a process is. In a container the ids are the host's, and nothing is found."""
    status = world.text(f"/proc/{process.pid}/status") or ""
    uid = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)
    name = re.search(r"^Name:\s+(\S+)", status, re.MULTILINE)
    if uid is None:
        return process
    number = int(uid[1])
    own = hasattr(os, "getuid") and number == os.getuid()
    return replace(process, user=user_name(number), name=name[1] if name else None, is_own=own)


def _fabric(world: World, machine: Machine) -> tuple[str | None, Version | None]:
    """The fabric manager, on machines with NVSwitch: without it no CUDA program starts."""
    if not any(_switches(world)):
        return None, None
    running = any(_is_manager(world, pid) for pid in world.names("/proc") if pid.isdigit())
    program = world.which("nv-fabricmanager") or "/usr/bin/nv-fabricmanager"
    if not world.is_file(program):
        return ("running" if running else "absent"), None
    version = None
    try:
        found = re.search(r"(\d{3,}\.\d+(?:\.\d+)?)", world.said((program, "--version"), 1.0))
        version = Version.parse(found[1]) if found else None
    except (OSError, TimeoutError):
        pass
    return ("running" if running else "stopped"), version


def _switches(world: World) -> Iterator[str]:
    yield from (each for each in world.names("/dev") if each.startswith("nvidia-nvswitch"))
    folder = "/sys/bus/pci/devices"
    for name in world.names(folder):
        vendor = (world.text(f"{folder}/{name}/vendor") or "").strip()
        kind = (world.text(f"{folder}/{name}/class") or "").strip()
        if vendor == "0x10de" and kind.startswith("0x0680"):
            yield name


def _is_manager(world: World, pid: str) -> bool:
    # the kernel keeps fifteen characters of a name
    return (world.text(f"/proc/{pid}/comm") or "").strip() == "nv-fabricmanage"


def _silent_hosts(files: tuple[ConfigFile, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Hosts of configured indexes that refuse, and those whose name nobody knows. Slow is neither.

    A name may be known elsewhere: in a company's network, behind its VPN.
    """
    urls = [value for file in files if file.is_read for _key, value in file.settings]
    places = dict.fromkeys(urlsplit(url).netloc for url in urls if url.startswith("http"))
    names = [each.rpartition("@")[2] for each in places][:8]
    answers = at_once(tuple(partial(_answer, f"http://{each}") for each in names))
    found = tuple(zip(names, answers))
    dead = tuple(name for name, answer in found if answer is _Answer.REFUSES)
    return dead, tuple(name for name, answer in found if answer is _Answer.UNKNOWN)


class _Answer(Enum):
    """What asking a host for a connection came to."""

    PERHAPS = "perhaps"
    REFUSES = "refuses"
    UNKNOWN = "unknown"


def dead_proxy(proxies: Iterable[tuple[str, str]], wished: str | None) -> str | None:
    """A proxy that is set and takes no connection: every installer fails with strange words.

    Args:
        proxies: the variables, as `Machine.proxies`.
        wished: pip's own.
    """
    for _scheme, url in proxies:
        if not _answers(url):
            return without_credentials(url)
    if wished and not _answers(wished if "://" in wished else f"http://{wished}"):
        return without_credentials(wished)
    return None


def _answers(url: str) -> bool:
    """Whether somebody may be there. Slow is not dead: without a network, names take long."""
    return _answer(url) is _Answer.PERHAPS


def _answer(url: str) -> _Answer:
    try:
        return within(2 * _PROXY_S, partial(_asked, url))
    except TimeoutError:
        return _Answer.PERHAPS


def _asked(url: str) -> _Answer:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), _PROXY_S):
            return _Answer.PERHAPS
    except (ConnectionRefusedError, ValueError):
        return _Answer.REFUSES
    except socket.gaierror as error:
        return _Answer.UNKNOWN if error.errno == socket.EAI_NONAME else _Answer.PERHAPS
    except OSError:
        return _Answer.PERHAPS
