"""A machine without its GPUs and programs: put together alike of a look and of what it told."""

from __future__ import annotations

from typing import Optional

from gpusetup.basics.values import replace
from gpusetup.machine import Libc, Machine, Reading
from gpusetup.probe.cloud import read_cloud
from gpusetup.probe.container import read_container
from gpusetup.probe.host import System
from gpusetup.probe.scheduler import Scheduled
from gpusetup.probe.world import World

FoundLibc = tuple[Optional[Libc], Reading]
Memory = tuple[Optional[int], Optional[int], tuple[Reading, ...]]
"""MiB of memory and of swap."""


def bare_machine(world: World, system: System, libc: FoundLibc, memory: Memory) -> Machine:
    """Beside what only the machine itself can tell: what its files and variables say."""
    container, container_reading = read_container(world)
    cloud, cloud_reading = read_cloud(world)
    marks = (container_reading, cloud_reading)
    memory_mib, swap_mib, memory_readings = memory
    return Machine(
        os=system.os,
        arch=system.arch,
        os_version=system.os_version,
        distribution=system.distribution,
        libc=libc[0],
        kernel=system.kernel,
        wsl=system.wsl,
        container=container,
        cloud=cloud,
        memory_mib=memory_mib,
        swap_mib=swap_mib,
        cuda_visible_devices=world.environ.get("CUDA_VISIBLE_DEVICES"),
        readings=(*system.readings, libc[1], *marks, *memory_readings),
    )


def scheduled(machine: Machine, found: Scheduled) -> Machine:
    """With the batch scheduler that rules it."""
    name, role, reading = found
    return replace(machine, scheduler=name, node_role=role, readings=(*machine.readings, reading))
