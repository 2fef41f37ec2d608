"""Who uses the GPUs of a node, from NVML's answers or, without it, from nvidia-smi's. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from gpusetup.machine import Gpu, Machine, Reading, Status
from gpusetup.probe import nvml, smi
from gpusetup.probe.container import read_container
from gpusetup.probe.node_driver import Told, nvml_lines, smi_answers
from gpusetup.probe.node_world import ToldWorld
from gpusetup.probe.processes import MachineFacts, describe
from gpusetup.probe.usage import usage_from
from gpusetup.sharing.usage import GpuProcess, Kind, Usage, UsedGpu

_BUSY = ("--query-gpu=index,utilization.gpu,compute_mode", "--format=csv,noheader,nounits")
_APPS = (
    "--query-compute-apps=gpu_uuid,pid,used_memory,process_name",
    "--format=csv,noheader,nounits",
)


def usage_of(told: Told, world: ToldWorld, machine: Machine) -> Usage:
    """Users, memory and load of each GPU."""
    facts = machine_facts_of(told, world)
    if told.was_asked("nvml"):
        found = usage_from(nvml_lines(told), told.exit("nvml"), world, facts)
        if found.gpus is not None:
            return found
    answers = smi_answers(told)
    if _APPS in answers and machine.gpus:
        return _by_smi(machine.gpus, answers[_APPS], answers.get(_BUSY, (1, "")), world, facts)
    reading = machine.reading(nvml.SOURCE) or Reading(nvml.SOURCE, Status.ABSENT)
    second = machine.reading(smi.SOURCE)
    return Usage(second if second and reading.status is Status.ABSENT else reading)


def machine_facts_of(told: Told, world: ToldWorld) -> MachineFacts:
    """What `processes.machine_facts` finds out here, of the node."""
    booted = re.search(r"^btime (\d+)$", world.text("/proc/stat") or "", re.MULTILINE)
    kind, _reading = read_container(world)
    own_numbers = kind not in (None, "apptainer")
    ticks, uid = told.get("fact", "ticks"), told.get("fact", "uid")
    return MachineFacts(
        booted=float(booted[1]) if booted else None,
        ticks=int(ticks) if ticks.isdigit() and int(ticks) else 100,
        sees_all=not own_numbers and world.exists("/proc/1/stat"),
        own_numbers=own_numbers,
        own_uid=int(uid) if uid.isdigit() else None,
    )


def _by_smi(
    gpus: tuple[Gpu, ...],
    apps: tuple[int, str],
    busy: tuple[int, str],
    world: ToldWorld,
    facts: MachineFacts,
) -> Usage:
    """nvidia-smi's lists. A list that it refused is not known, which is not the same as empty."""
    users = _users(apps[1]) if apps[0] == 0 else None
    loads = dict(_rows(busy[1]))
    found = []
    for position, gpu in enumerate(gpus):
        index = position if gpu.index is None else gpu.index
        load = (loads.get(str(index)) or ["", ""])[:2]
        used = UsedGpu(
            index=index,
            name=gpu.name,
            uuid=gpu.uuid,
            state=gpu.state,
            memory_mib=gpu.memory_mib,
            memory_used_mib=gpu.memory_used_mib,
            utilization_percent=int(load[0]) if load[0].isdigit() else None,
            is_prohibited=load[-1] == "Prohibited",
            is_cut=bool(gpu.mig and gpu.mig.enabled),
            processes=None if users is None else tuple(users.get(gpu.uuid or "", ())),
        )
        found.append(_described(used, world, facts))
    return Usage(Reading(smi.SOURCE, Status.OK), tuple(found))


def _described(gpu: UsedGpu, world: ToldWorld, facts: MachineFacts) -> UsedGpu:
    if gpu.processes is None:
        return gpu
    return replace(gpu, processes=tuple(describe(world, facts, each) for each in gpu.processes))


def _users(text: str) -> dict[str, list[GpuProcess]]:
    """ "GPU-5c3b…, 4711, 1024, /usr/bin/python3" per line."""
    found: dict[str, list[GpuProcess]] = {}
    for uuid, cells in _rows(text):
        if len(cells) >= 2 and cells[0].isdigit():
            memory = int(cells[1]) if cells[1].isdigit() else None
            name = ", ".join(cells[2:])
            command = (name,) if name and not name.startswith("[") else ()
            told = GpuProcess(int(cells[0]), Kind.COMPUTE, memory, command=command)
            found.setdefault(uuid, []).append(told)
    return found


def _rows(text: str) -> list[tuple[str, list[str]]]:
    rows = [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if "," in line]
    return [(row[0], row[1:]) for row in rows]
