"""Who uses which GPU: NVML's answer, and what the system knows of the processes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Mapping

from gpusetup.machine import GpuState, Reading, Status
from gpusetup.probe import nvml
from gpusetup.probe.child import Child
from gpusetup.probe.processes import MachineFacts, describe, machine_facts
from gpusetup.probe.world import World
from gpusetup.sharing.usage import GpuProcess, Kind, Usage, UsedGpu, UsedSlice

_NO_PERMISSION = 4
_PROHIBITED = 2
_LOST = 15


def read_usage(world: World, timeout_s: float = 40.0) -> Usage:
    """Ask NVML in a process of its own, for at most so long."""
    script = Path(__file__).with_name("usage_child.py")
    argv = [sys.executable, "-W", "ignore", str(script), str(int(timeout_s) + 5)]
    try:
        child = Child(argv, world.environ)
    except OSError as error:
        return Usage(Reading(nvml.SOURCE, Status.ERROR, str(error)))
    try:
        child.wait(timeout_s)
        return usage_from(tuple(child.lines), child.exit, world)
    finally:
        child.stop()


def usage_from(
    lines: tuple[str, ...],
    exit_code: int | None,
    world: World,
    machine: MachineFacts | None = None,
) -> Usage:
    """The child's lines as values. `exit_code` None: it did not end. `machine`: if not this one."""
    found = nvml.facts_from(lines, exit_code)
    if found.gpus is None:
        return Usage(found.reading)
    told = [fact for fact in map(nvml.parse_fact, lines) if fact is not None]
    reader = _Reader(world, machine or machine_facts(world))
    gpus = []
    for index in range(found.count or 0):
        facts = {fact["key"]: fact for fact in told if fact.get("gpu") == index and "key" in fact}
        gpus.append(reader.gpu(index, facts, found.gpus[index].state))
    return Usage(found.reading, tuple(gpus))


class _Reader:
    """Turns facts into values."""

    def __init__(self, world: World, machine: MachineFacts) -> None:
        self._world = world
        self._machine = machine

    def gpu(self, index: int, facts: Mapping[str, dict[str, Any]], state: GpuState) -> UsedGpu:
        def value(key: str) -> Any:
            return facts.get(key, {}).get("value")

        memory, mig = value("memory") or {}, value("mig") or {}
        return UsedGpu(
            index=index,
            name=value("name"),
            uuid=value("uuid"),
            state=GpuState.LOST if _is_lost(facts) else state,
            memory_mib=memory.get("total"),
            memory_used_mib=memory.get("used"),
            utilization_percent=value("utilization"),
            is_prohibited=value("mode") == _PROHIBITED,
            is_cut=bool(mig.get("enabled")),
            slices=tuple(self._slice(part) for part in mig.get("slices", ())),
            processes=self._processes(value("processes")),
            refused=facts.get("processes", {}).get("error") == _NO_PERMISSION,
        )

    def _slice(self, part: Mapping[str, Any]) -> UsedSlice:
        memory = part.get("memory") or {}
        return UsedSlice(
            name=part.get("name"),
            uuid=part.get("uuid"),
            memory_mib=memory.get("total", part.get("total")),
            memory_used_mib=memory.get("used"),
            processes=self._processes(part.get("processes")),
        )

    def _processes(self, raw: Mapping[str, Any] | None) -> tuple[GpuProcess, ...] | None:
        if raw is None:
            return None
        return tuple(self._process(each) for each in raw["list"])

    def _process(self, raw: Mapping[str, Any]) -> GpuProcess:
        told = GpuProcess(
            pid=raw["pid"],
            kind=Kind(raw["kind"]),
            memory_mib=raw.get("used"),
            command=(raw["name"],) if raw.get("name") else (),
        )
        return describe(self._world, self._machine, told)


def _is_lost(facts: Mapping[str, dict[str, Any]]) -> bool:
    return any(fact.get("error") == _LOST for fact in facts.values())
