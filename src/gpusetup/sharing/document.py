"""`gpusetup.processes/1`: who uses which GPU, as a document. Pure."""

from __future__ import annotations

from typing import Any

from gpusetup.sharing.picking import Pick, Place
from gpusetup.sharing.usage import GpuProcess, Usage, UsedGpu, UsedSlice


def usage_document(usage: Usage) -> dict[str, Any]:
    """What `who --json` prints."""
    return {**_head("who", usage), "gpus": _gpus(usage)}


def pick_document(usage: Usage, picked: Pick) -> dict[str, Any]:
    """What `pick --json` prints."""
    return {
        **_head("pick", usage),
        "cuda_visible_devices": picked.value,
        "cuda_device_order": "PCI_BUS_ID" if picked.in_bus_order else None,
        "picked": [_place(each) for each in picked.places],
        "others": [
            {**_place(each.place), "obstacle": each.obstacle.value, "users": list(each.users)}
            for each in picked.judged
            if each.obstacle
        ],
        "gpus": _gpus(usage),
    }


def _head(part: str, usage: Usage) -> dict[str, Any]:
    reading = usage.reading
    told = {"source": reading.source, "status": reading.status.value, "detail": reading.detail}
    return {"schema": "gpusetup.processes/1", "part": part, "reading": told}


def _place(place: Place) -> dict[str, Any]:
    return {
        "index": place.gpu,
        "slice": place.slice,
        "name": place.name,
        "uuid": place.uuid,
        "memory_free_mib": place.free_mib,
    }


def _gpus(usage: Usage) -> list[dict[str, Any]] | None:
    return None if usage.gpus is None else [_gpu(gpu) for gpu in usage.gpus]


def _gpu(gpu: UsedGpu) -> dict[str, Any]:
    return {
        "index": gpu.index,
        "name": gpu.name,
        "uuid": gpu.uuid,
        "state": gpu.state.value,
        "memory_mib": gpu.memory_mib,
        "memory_used_mib": gpu.memory_used_mib,
        "utilization_percent": gpu.utilization_percent,
        "mig": gpu.is_cut,
        "slices": [_slice(part) for part in gpu.slices],
        "processes": _processes(gpu.processes),
        "no_permission": gpu.refused,
    }


def _slice(part: UsedSlice) -> dict[str, Any]:
    return {
        "name": part.name,
        "uuid": part.uuid,
        "memory_mib": part.memory_mib,
        "memory_used_mib": part.memory_used_mib,
        "processes": _processes(part.processes),
    }


def _processes(found: tuple[GpuProcess, ...] | None) -> list[dict[str, Any]] | None:
    """None where the driver does not say, which is not the same as nobody."""
    return None if found is None else [_process(each) for each in found]


def _process(process: GpuProcess) -> dict[str, Any]:
    return {
        "pid": process.pid,
        "kind": process.kind.value,
        "presence": process.presence.value,
        "user": process.user,
        "login": process.login,
        "mine": process.is_mine,
        "memory_mib": process.memory_mib,
        "since": process.since.isoformat(timespec="seconds") if process.since else None,
        "command": list(process.command),
        "job": process.job,
    }
