"""Ask NVML everything and print one JSON line per fact, so that a hang or a crash keeps the rest.

Run as a script by `nvml.py` in a process of its own: SIGINT does not interrupt a hung NVML call,
and in WSL NVML may crash. Imports nothing of gpusetup.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

LIBRARY = "libnvidia-ml.so.1"


def write(line: str) -> None:
    """One line for the parent, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def end_without_a_driver() -> None:
    """Where there is no NVML, say so as pynvml would, and be gone before it is imported.

    That takes two thirds of this process's time, which `detect` waits for.
    """
    if sys.platform == "win32":  # there pynvml knows more places
        return
    write('{"calling": "nvmlInit"}')
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        write('{"key": "end", "error": 12, "text": "NVML Shared Library Not Found"}')
        os._exit(0)


if __name__ == "__main__":
    if hasattr(signal, "alarm"):
        # Should the parent be killed, nobody else would end a call that hangs. The default
        # action ends the process inside the call.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(sys.argv[1]))
    # our own folder must not shadow anybody's modules
    sys.path[:] = [each for each in sys.path if each != os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120
    end_without_a_driver()

import json  # noqa: E402 - what comes from here on is for machines with a driver
from typing import Callable, Sequence  # noqa: E402

import pynvml  # noqa: E402

LOST = 15
NOT_FOUND = 6
FUNCTION_NOT_FOUND = 13


def tell(**facts: object) -> None:
    write(json.dumps(facts))


def text(raw: object) -> str:
    """Forks and old releases of pynvml give bytes."""
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def old(name: str, *arguments: object) -> None:
    """Call a symbol that pynvml no longer uses, for drivers that have no newer one."""
    function = getattr(pynvml.nvmlLib, name, None)
    if function is None:
        raise pynvml.NVMLError(FUNCTION_NOT_FOUND)
    code = function(*arguments)
    if code:
        raise pynvml.NVMLError(code)


def missing(error: Exception) -> bool:
    """Whether the driver (or an old pynvml) lacks the function."""
    return isinstance(error, AttributeError) or getattr(error, "value", None) == FUNCTION_NOT_FOUND


def start() -> None:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        if not missing(error):
            raise
        for name in ("nvmlInit_v2", "nvmlInit"):
            if hasattr(pynvml.nvmlLib, name):
                return old(name)
        raise


def cuda_version() -> int:
    try:
        return int(pynvml.nvmlSystemGetCudaDriverVersion_v2())
    except (pynvml.NVMLError, AttributeError) as error:
        if not missing(error):
            raise
        return int(pynvml.nvmlSystemGetCudaDriverVersion())


def device_count() -> int:
    try:
        return int(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError as error:
        if not missing(error):
            raise
    count = ctypes.c_uint()
    old("nvmlDeviceGetCount", ctypes.byref(count))
    return count.value


def handle_of(index: int) -> object:
    try:
        return pynvml.nvmlDeviceGetHandleByIndex(index)
    except pynvml.NVMLError as error:
        if not missing(error):
            raise
    handle = pynvml.c_nvmlDevice_t()
    old("nvmlDeviceGetHandleByIndex", ctypes.c_uint(index), ctypes.byref(handle))
    return handle


def pci(handle: object) -> dict[str, str]:
    try:
        info = pynvml.nvmlDeviceGetPciInfo(handle)
    except pynvml.NVMLError as error:
        if not missing(error):
            raise
        info = pynvml.nvmlPciInfo_v2_t()
        old("nvmlDeviceGetPciInfo_v2", handle, ctypes.byref(info))
    return {"bus": text(info.busId)}


def memory(handle: object) -> dict[str, object]:
    """MiB. Unified memory (GB10, Thor, Tegra) has no figure of its own."""
    try:
        try:
            found = pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2)
        except (pynvml.NVMLError, AttributeError, TypeError) as error:
            if not (missing(error) or isinstance(error, TypeError)):
                raise
            found = pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError_NotSupported:
        return {"unified": True}
    return {"unified": False, "total": found.total >> 20, "used": found.used >> 20}


def mig(handle: object) -> dict[str, object]:
    current, _pending = pynvml.nvmlDeviceGetMigMode(handle)
    slices = []
    for position in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle) if current else 0):
        try:
            part = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, position)
        except pynvml.NVMLError as error:
            if error.value == NOT_FOUND:
                continue
            raise
        slices.append(mig_slice(part))
    return {"enabled": bool(current), "slices": slices}


def mig_slice(handle: object) -> dict[str, object]:
    facts: dict[str, object] = {}
    for key, call in (("name", pynvml.nvmlDeviceGetName), ("uuid", pynvml.nvmlDeviceGetUUID)):
        try:
            facts[key] = text(call(handle))
        except pynvml.NVMLError:
            facts[key] = None
    try:
        facts["total"] = pynvml.nvmlDeviceGetMemoryInfo(handle).total >> 20
    except pynvml.NVMLError:
        facts["total"] = None
    return facts


Questions = Sequence[tuple[str, str, Callable[..., object]]]  # key, NVML's name, call

SYSTEM: Questions = (
    ("driver", "nvmlSystemGetDriverVersion", lambda: text(pynvml.nvmlSystemGetDriverVersion())),
    ("library", "nvmlSystemGetNVMLVersion", lambda: text(pynvml.nvmlSystemGetNVMLVersion())),
    ("cuda", "nvmlSystemGetCudaDriverVersion", cuda_version),
)
DEVICE: Questions = (
    ("name", "nvmlDeviceGetName", lambda handle: text(pynvml.nvmlDeviceGetName(handle))),
    ("pci", "nvmlDeviceGetPciInfo", pci),
    ("uuid", "nvmlDeviceGetUUID", lambda handle: text(pynvml.nvmlDeviceGetUUID(handle))),
    (
        "capability",
        "nvmlDeviceGetCudaComputeCapability",
        lambda handle: list(pynvml.nvmlDeviceGetCudaComputeCapability(handle)),
    ),
    ("memory", "nvmlDeviceGetMemoryInfo", memory),
    (
        "virtualization",
        "nvmlDeviceGetVirtualizationMode",
        lambda handle: int(pynvml.nvmlDeviceGetVirtualizationMode(handle)),
    ),
    ("mig", "nvmlDeviceGetMigMode", mig),
)


def processes(handle: object) -> list[tuple[int, int | None]]:
    """The process ids that compute on a card, with their memory in MiB (not known on Windows)."""
    found = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
    return [(int(each.pid), each.usedGpuMemory and each.usedGpuMemory >> 20) for each in found]


def throttle(handle: object) -> int:
    """The bits of the reasons, by the newer name of the call or the older one."""
    for name in (
        "nvmlDeviceGetCurrentClocksEventReasons",
        "nvmlDeviceGetCurrentClocksThrottleReasons",
    ):
        try:
            return int(getattr(pynvml, name)(handle))
        except (pynvml.NVMLError, AttributeError) as error:
            if not missing(error):
                raise
    raise pynvml.NVMLError(FUNCTION_NOT_FOUND)


def fabric(handle: object) -> int:
    info = pynvml.c_nvmlGpuFabricInfo_v2_t()
    pynvml.nvmlDeviceGetGpuFabricInfoV(handle, ctypes.byref(info))
    return int(info.state)


HEALTH = (
    (
        "compute_mode",
        "nvmlDeviceGetComputeMode",
        lambda handle: int(pynvml.nvmlDeviceGetComputeMode(handle)),
    ),
    ("throttle", "nvmlDeviceGetCurrentClocksEventReasons", throttle),
    (
        "temperature",
        "nvmlDeviceGetTemperature",
        lambda handle: int(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)),
    ),
    (
        "ecc",
        "nvmlDeviceGetTotalEccErrors",
        lambda handle: int(
            pynvml.nvmlDeviceGetTotalEccErrors(
                handle, pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, pynvml.NVML_VOLATILE_ECC
            )
        ),
    ),
    (
        "rows",
        "nvmlDeviceGetRemappedRows",
        lambda handle: list(map(int, pynvml.nvmlDeviceGetRemappedRows(handle))),
    ),
    ("fabric", "nvmlDeviceGetGpuFabricInfoV", fabric),
    ("processes", "nvmlDeviceGetComputeRunningProcesses", processes),
)


def code_of(error: Exception) -> int:
    return int(getattr(error, "value", FUNCTION_NOT_FOUND))


def tell_device(index: int, questions: Questions) -> None:
    tell(calling="nvmlDeviceGetHandleByIndex", gpu=index)
    try:
        handle = handle_of(index)
    except pynvml.NVMLError as error:
        tell(gpu=index, key="handle", error=error.value, text=str(error))
        return
    tell(gpu=index, key="handle", value=True)
    for key, name, call in questions:
        tell(calling=name, gpu=index)
        try:
            tell(gpu=index, key=key, value=call(handle))
        except (pynvml.NVMLError, AttributeError) as error:
            tell(gpu=index, key=key, error=code_of(error), text=str(error))
            if code_of(error) == LOST:
                return


def main(system: Questions = SYSTEM, device: Questions = DEVICE) -> None:
    """Ask and tell: once for the system, and for each device."""
    tell(calling="nvmlInit")
    try:
        start()
        tell(key="init", value=True)
        for key, name, call in system:
            tell(calling=name)
            try:
                tell(key=key, value=call())
            except (pynvml.NVMLError, AttributeError) as error:
                tell(key=key, error=code_of(error), text=str(error))
        tell(calling="nvmlDeviceGetCount")
        count = device_count()
        tell(key="count", value=count)
        for index in range(count):
            tell_device(index, device)
    except pynvml.NVMLError as error:
        tell(key="end", error=error.value, text=str(error))
    else:
        tell(key="end", value=True)


if __name__ == "__main__":
    main(device=HEALTH if "health" in sys.argv[2:] else DEVICE)
    sys.stdout.flush()
    os._exit(0)  # nvmlShutdown may hang too; the end of the process gives everything back
