"""The condition of the GPUs, asked of NVML in a process of its own (`nvml_child.py`)."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from gpusetup.environments.facts import GpuHealth, GpuProcess
from gpusetup.machine import Reading, Status
from gpusetup.probe import nvml
from gpusetup.probe.asked import ask_nvml
from gpusetup.probe.child import Child

SOURCE = "nvml-health"
_MODES = {0: "default", 1: "exclusive-thread", 2: "prohibited", 3: "exclusive-process"}
_FABRIC = {1: "not-started", 2: "in-progress", 3: "completed"}  # 0: not supported
# nvmlClocksEventReason*: those that slow a card down against its will. Idle (1), the settings of
# an application (2), a power cap (4) and the boost of the display (256) are not here.
_REASONS = (
    (0x08, "hw-slowdown"), (0x20, "sw-thermal"), (0x40, "hw-thermal"), (0x80, "hw-power-brake"),
)  # fmt: skip


def start(environ: Mapping[str, str], timeout_s: float) -> Child:
    """Start asking.

    Raises:
        OSError: this interpreter cannot be started a second time.
    """
    return ask_nvml(environ, timeout_s, health=True)


def read(child: Child) -> tuple[tuple[GpuHealth, ...], Reading]:
    """What was said until now."""
    told = [each for each in map(nvml.parse_fact, child.lines) if each is not None]
    end = next((each for each in told if each.get("key") == "end"), None)
    if child.exit is None:
        return health_from(told), Reading(SOURCE, Status.TIMEOUT)
    if end is None or "error" in end:
        detail = str(end.get("error")) if end else f"exit {child.exit}"
        return health_from(told), Reading(SOURCE, Status.ERROR, detail)
    return health_from(told), Reading(SOURCE, Status.OK)


def health_from(told: Iterable[Mapping[str, Any]]) -> tuple[GpuHealth, ...]:
    """The lines of the child as values, one per card."""
    by_gpu: dict[int, dict[str, Any]] = {}
    for fact in told:
        if "gpu" in fact and "key" in fact:
            by_gpu.setdefault(fact["gpu"], {})[fact["key"]] = fact.get("value")
    return tuple(_health(index, facts) for index, facts in sorted(by_gpu.items()))


def _health(index: int, facts: Mapping[str, Any]) -> GpuHealth:
    reasons = facts.get("throttle") or 0
    rows = facts.get("rows") or [None, None, None, None]
    return GpuHealth(
        index=index,
        compute_mode=_MODES.get(facts.get("compute_mode", -1)),
        throttle_reasons=tuple(name for bit, name in _REASONS if reasons & bit),
        temperature_c=facts.get("temperature"),
        ecc_uncorrected=facts.get("ecc"),
        pages_pending=None if rows[2] is None else bool(rows[2]),
        remap_failed=None if rows[3] is None else bool(rows[3]),
        fabric_state=_FABRIC.get(facts.get("fabric") or 0),
        processes=tuple(GpuProcess(pid, mib) for pid, mib in facts.get("processes") or ()),
    )
