"""NVML's answer, read from the process that asks it (`nvml_child.py`)."""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping

from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Version, parse_cuda_driver_version
from gpusetup.machine import Gpu, GpuState, Mig, MigInstance, Reading, Status
from gpusetup.probe.child import Child, crash_name
from gpusetup.probe.pci import bus_id

SOURCE = "nvml"
LIBRARY_NOT_FOUND = 12
_LOST = 15
_VIRTUALIZATION = {1: "passthrough", 2: "vgpu", 3: "host", 4: "host"}


@dataclass(frozen=True)
class NvmlFacts:
    """What NVML said before it ended. `gpus` is None when it did not get to count them."""

    reading: Reading
    driver_version: Version | None = None
    library_version: Version | None = None  # the user-space part, 570.133.07
    cuda_version: Version | None = None
    count: int | None = None
    gpus: tuple[Gpu, ...] | None = None
    error: int | None = None  # NVML's code, if that is how it ended

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask another source."""
        return self.reading.status in (Status.OK, Status.PARTIAL)


def read(child: Child) -> NvmlFacts:
    """What the child has said; a child that still runs has run out of time."""
    return facts_from(tuple(child.lines), child.exit)


def not_started(error: OSError) -> NvmlFacts:
    """The child could not be started."""
    return NvmlFacts(Reading(SOURCE, Status.ERROR, str(error)))


def facts_from(lines: Iterable[str], exit_code: int | None) -> NvmlFacts:
    """The child's lines as facts. `exit_code` None: it did not end."""
    told = [fact for fact in map(parse_fact, lines) if fact is not None]
    system = {fact["key"]: fact for fact in told if "key" in fact and "gpu" not in fact}
    count = system.get("count", {}).get("value")
    gpus = _gpus(told, count or 0)
    return NvmlFacts(
        reading=_reading(told, system, gpus, exit_code, lines),
        driver_version=Version.told(system.get("driver", {}).get("value")),
        library_version=_library_version(system.get("library", {}).get("value")),
        cuda_version=_cuda_version(system.get("cuda", {}).get("value")),
        count=count,
        gpus=gpus if count is not None else None,
        error=system.get("end", {}).get("error"),
    )


def parse_fact(line: str) -> dict[str, Any] | None:
    """One fact of the child. NVML and its companions may print too: that is left out."""
    if not line.startswith("{"):
        return None
    try:
        fact = json.loads(line)
    except ValueError:
        return None
    return fact if isinstance(fact, dict) else None


def _reading(
    told: list[dict[str, Any]],
    system: Mapping[Any, dict[str, Any]],
    gpus: tuple[Gpu, ...],
    exit_code: int | None,
    lines: Iterable[str],
) -> Reading:
    end = system.get("end")
    if end is None:
        return _unfinished(told, exit_code, lines)
    if "error" in end:
        absent = end["error"] == LIBRARY_NOT_FOUND
        status = Status.ABSENT if absent else Status.ERROR
        return Reading(SOURCE, status, f"{end['error']} {end['text']}")
    troubled = [gpu for gpu in gpus if gpu.state is not GpuState.OK]
    if troubled or "error" in system.get("driver", {}):
        return Reading(SOURCE, Status.PARTIAL, _device_errors(told))
    version = system.get("library", {}).get("value")
    return Reading(SOURCE, Status.OK, version)


def _unfinished(told: list[dict[str, Any]], exit_code: int | None, lines: Iterable[str]) -> Reading:
    """It hung, was killed, or crashed: say in which call."""
    last = next((fact for fact in reversed(told) if "calling" in fact), None)
    call = "start" if last is None else str(last["calling"])
    if last is not None and "gpu" in last:
        call += f" (GPU {last['gpu']})"
    if exit_code is None:
        return Reading(SOURCE, Status.TIMEOUT, call)
    crash = crash_name(exit_code)
    if crash:
        return Reading(SOURCE, Status.ERROR, f"{crash} in {call}")
    words = [line.strip() for line in lines if line.strip() and not line.startswith("{")]
    return Reading(SOURCE, Status.ERROR, words[-1] if words else f"exit code {exit_code} in {call}")


def _device_errors(told: list[dict[str, Any]]) -> str:
    """ "GPU 3: 15 GPU is lost" for each device that does not answer."""
    errors = [
        f"GPU {fact['gpu']}: {fact['error']} {fact['text']}"
        for fact in told
        if "gpu" in fact and "error" in fact and (fact["key"] == "handle" or fact["error"] == _LOST)
    ]
    return "; ".join(errors) or "driver version not told"


def _gpus(told: list[dict[str, Any]], count: int) -> tuple[Gpu, ...]:
    """As many as were counted: those that it did not get to are there, but do not answer."""
    gpus: list[Gpu] = []
    hung = told[-1].get("gpu") if told and "calling" in told[-1] else None
    for index in range(count):
        facts = {f["key"]: f for f in told if f.get("gpu") == index and "key" in f}
        gpu = _gpu(index, facts)
        gpus.append(replace(gpu, state=GpuState.ERROR) if index == hung else gpu)
    return tuple(gpus)


def _gpu(index: int, facts: Mapping[Any, dict[str, Any]]) -> Gpu:
    def value(key: str) -> Any:
        return facts.get(key, {}).get("value")

    memory, pci, capability = value("memory") or {}, value("pci") or {}, value("capability")
    return Gpu(
        index=index,
        name=value("name"),
        compute_capability=tuple(capability) if capability else None,
        memory_mib=memory.get("total"),
        memory_used_mib=memory.get("used"),
        uuid=value("uuid"),
        pci_bus_id=bus_id(pci.get("bus")),
        mig=_mig(value("mig")),
        state=_state(facts),
        unified_memory=memory.get("unified"),
        virtualization=_VIRTUALIZATION.get(value("virtualization")),
        capability_source=SOURCE if capability else None,
    )


def _state(facts: Mapping[Any, dict[str, Any]]) -> GpuState:
    if any(fact.get("error") == _LOST for fact in facts.values()):
        return GpuState.LOST
    return GpuState.OK if facts.get("handle", {}).get("value") else GpuState.ERROR


def _mig(raw: dict[str, Any] | None) -> Mig | None:
    if raw is None:
        return None
    slices = (
        MigInstance(part.get("name") or "MIG", part.get("uuid"), part.get("total"))
        for part in raw["slices"]
    )
    return Mig(raw["enabled"], tuple(slices))


def _library_version(raw: str | None) -> Version | None:
    """ "13.580.95.05" -> 580.95.05: NVML's own number carries CUDA's major in front."""
    found = Version.told(raw)
    if found is not None and found.major < 100 and len(found.numbers) > 2:
        return Version.told(found.text.split(".", 1)[1])
    return found


def _cuda_version(raw: int | None) -> Version | None:
    return parse_cuda_driver_version(raw) if raw else None
