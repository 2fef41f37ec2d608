"""`gpusetup.benchmark/1`: a benchmark as a document. Pure."""

from __future__ import annotations

from typing import Any, Callable

from gpusetup.basics.versions import show_capability
from gpusetup.benchmark.measurement import Benchmark, Conditions, Limit, MeasuredDevice, Measurement

DeviceText = Callable[[MeasuredDevice], "str | None"]
LimitText = Callable[[Limit], "tuple[str, str | None]"]


def benchmark_document(
    benchmark: Benchmark,
    text: DeviceText = lambda _device: None,
    limit_text: LimitText = lambda _limit: ("", None),
) -> dict[str, Any]:
    """`text` says how a device stands, in words; `limit_text` what held it back, and what to do."""
    cpu = benchmark.cpu
    return {
        "schema": "gpusetup.benchmark/1",
        "torch": benchmark.torch,
        "cuda_runtime": benchmark.cuda_runtime,
        "tf32": benchmark.tf32,
        "devices": [_device(device, text, limit_text) for device in benchmark.devices],
        "cpu": cpu
        and {
            "name": cpu.name,
            "threads": cpu.threads,
            "results": [_result(result) for result in cpu.results],
        },
        "seconds": benchmark.seconds,
        "reason": benchmark.reason,
        "detail": benchmark.detail,
    }


def _device(device: MeasuredDevice, text: DeviceText, limit_text: LimitText) -> dict[str, Any]:
    capability = device.compute_capability
    return {
        "index": device.index,
        "name": device.name,
        "uuid": device.uuid,
        "compute_capability": capability and show_capability(capability),
        "results": [_result(result) for result in device.results],
        "clocks": device.conditions and _clocks(device.conditions),
        "throttle_reasons": list(device.conditions.reasons) if device.conditions else [],
        "other_processes": list(device.conditions.other_pids) if device.conditions else [],
        "limits": [_limit(limit, limit_text) for limit in device.limits],
        "health": device.health.value,
        "text": text(device),
    }


def _limit(limit: Limit, limit_text: LimitText) -> dict[str, Any]:
    words, following = limit_text(limit)
    return {
        "code": limit.code,
        "serious": limit.serious,
        "facts": dict(limit.facts),
        "text": words,
        "next": following,
    }


def _clocks(card: Conditions) -> dict[str, Any]:
    return {
        "sm_mhz": card.sm_mhz,
        "sm_max_mhz": card.sm_max_mhz,
        "memory_mhz": card.memory_mhz,
        "memory_max_mhz": card.memory_max_mhz,
        "power_w": card.power_w,
        "power_limit_w": card.power_limit_w,
        "power_default_w": card.power_default_w,
        "temperature_c": card.temperature_c,
        "link_generation": card.link_generation,
        "link_width": card.link_width,
        "link_max_generation": card.link_max_generation,
        "link_max_width": card.link_max_width,
        "reasons": dict(card.reasons),
    }


def _result(result: Measurement) -> dict[str, Any]:
    ratio = result.ratio
    found: dict[str, Any] = {
        "id": result.id,
        "shape": list(result.shape),
        "median": result.median,
        "unit": result.unit,
        "spread": result.spread,
        "expected": result.expected,
        "basis": result.basis and result.basis.value,
        "source": result.source,
        "ratio": None if ratio is None else round(ratio, 4),
        "health": result.health.value,
        "reason": result.reason,
        "detail": result.detail,
    }
    if result.type:
        found["type"] = result.type
    if result.peer is not None:
        found["peer"] = result.peer
    return found
