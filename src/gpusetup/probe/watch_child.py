"""Look at the GPUs ten times a second until somebody ends us; one JSON line for each look.

Run as a script by `watch.py` in a process of its own: NVML may hang, and the benchmark must not
wait for it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any, Callable

if __name__ == "__main__":
    # our own folder must not shadow anybody's modules
    sys.path[:] = [each for each in sys.path if each != os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120

import pynvml

from gpusetup.probe import nvml_child as basic
from gpusetup.probe.usage_child import running

EVERY_S = 0.1
WHO_EVERY = 10  # looks
_SM, _MEMORY, _CORE = 1, 2, 0  # clocks, and the sensor of the temperature
_VGPU = 2


def old_or_new(new: str, old: str) -> Callable[[Any], Any]:
    """NVML calls "throttle reasons" "event reasons" since driver 535."""

    def ask(handle: Any) -> Any:
        for name in (new, old):
            try:
                return getattr(pynvml, name)(handle)
            except (pynvml.NVMLError, AttributeError) as error:
                if not basic.missing(error):
                    raise
        raise pynvml.NVMLError(basic.FUNCTION_NOT_FOUND)

    return ask


FACTS: dict[str, Callable[[Any], Any]] = {
    "name": lambda handle: basic.text(pynvml.nvmlDeviceGetName(handle)),
    "uuid": lambda handle: basic.text(pynvml.nvmlDeviceGetUUID(handle)),
    "sm_max_mhz": lambda handle: pynvml.nvmlDeviceGetMaxClockInfo(handle, _SM),
    "memory_max_mhz": lambda handle: pynvml.nvmlDeviceGetMaxClockInfo(handle, _MEMORY),
    "bus_width": lambda handle: pynvml.nvmlDeviceGetMemoryBusWidth(handle),
    "cores": lambda handle: pynvml.nvmlDeviceGetNumGpuCores(handle),
    "link_max_generation": lambda handle: pynvml.nvmlDeviceGetMaxPcieLinkGeneration(handle),
    "link_max_width": lambda handle: pynvml.nvmlDeviceGetMaxPcieLinkWidth(handle),
    "power_default_w": lambda handle: (
        pynvml.nvmlDeviceGetPowerManagementDefaultLimit(handle) // 1000
    ),
    "ecc": lambda handle: bool(pynvml.nvmlDeviceGetEccMode(handle)[0]),
    "mig": lambda handle: bool(pynvml.nvmlDeviceGetMigMode(handle)[0]),
    "virtual": lambda handle: pynvml.nvmlDeviceGetVirtualizationMode(handle) == _VGPU,
}
LOOK: dict[str, Callable[[Any], Any]] = {
    "sm_mhz": lambda handle: pynvml.nvmlDeviceGetClockInfo(handle, _SM),
    "memory_mhz": lambda handle: pynvml.nvmlDeviceGetClockInfo(handle, _MEMORY),
    "power_w": lambda handle: pynvml.nvmlDeviceGetPowerUsage(handle) / 1000,
    "power_limit_w": lambda handle: pynvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000,
    "temperature_c": lambda handle: pynvml.nvmlDeviceGetTemperature(handle, _CORE),
    "reasons": old_or_new(
        "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"
    ),
    "link_generation": lambda handle: pynvml.nvmlDeviceGetCurrPcieLinkGeneration(handle),
    "link_width": lambda handle: pynvml.nvmlDeviceGetCurrPcieLinkWidth(handle),
    "load": lambda handle: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu,
}


def answers(questions: dict[str, Callable[[Any], Any]], handle: Any) -> dict[str, object]:
    """What this card answers; what it cannot is left out, and not asked again."""
    found: dict[str, object] = {}
    for key, ask in list(questions.items()):
        try:
            found[key] = ask(handle)
        except (pynvml.NVMLError, AttributeError):
            questions.pop(key)
    return found


def pids(handle: Any) -> list[object] | None:
    try:
        return [each["pid"] for each in running(handle, "Compute")]
    except (pynvml.NVMLError, AttributeError):
        return None


def cards() -> list[tuple[int, Any, dict[str, Callable[[Any], Any]]]]:
    """The cards that answer, each with the questions that are left for it."""
    found = []
    for index in range(basic.device_count()):
        try:
            handle = basic.handle_of(index)
        except pynvml.NVMLError:
            continue
        found.append((index, handle, dict(LOOK)))
        basic.tell(gpu=index, facts=answers(dict(FACTS), handle))
    return found


def main() -> None:
    basic.start()
    known, looks = cards(), 0
    while True:
        for index, handle, questions in known:
            told = answers(questions, handle)
            if looks % WHO_EVERY == 0:
                told["pids"] = pids(handle)
            basic.tell(gpu=index, at=time.time(), **told)
        looks += 1
        time.sleep(EVERY_S)


if __name__ == "__main__":
    if hasattr(signal, "alarm"):
        # should the parent be killed, nobody else would end us
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(sys.argv[1]))
    try:
        main()
    except (pynvml.NVMLError, OSError):
        os._exit(1)
