"""Ask NVML who uses which GPU, and print one JSON line per fact.

Run as a script by `usage.py` in a process of its own, as `nvml_child.py` is: a call may hang.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

if __name__ == "__main__":
    # our own folder must not shadow anybody's modules
    sys.path[:] = [each for each in sys.path if each != os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120

import pynvml

from gpusetup.probe import nvml_child as basic

NOT_AVAILABLE = 2**64 - 1
INSUFFICIENT_SIZE = 7
_WRONG_RECORDS = range(43, 86)  # of the third form, by drivers 535.43 to 535.85


class Process1(ctypes.Structure):
    """What drivers before R450 tell of a process."""

    _fields_ = (("pid", ctypes.c_uint), ("used", ctypes.c_ulonglong))


class Process(ctypes.Structure):
    """What drivers of today tell of a process."""

    _fields_ = (
        *Process1._fields_,
        ("instance", ctypes.c_uint),
        ("compute", ctypes.c_uint),
    )


def forms() -> tuple[tuple[str, type[ctypes.Structure]], ...]:
    """The symbols' endings, newest first, with the layout of their records."""
    found = (("_v3", Process), ("_v2", Process), ("", Process1))
    parts = basic.text(pynvml.nvmlSystemGetDriverVersion()).split(".")
    is_odd = parts[0] == "535" and int(parts[1]) in _WRONG_RECORDS
    return found[1:] if is_odd else found


def running(handle: object, kind: str) -> list[dict[str, object]]:
    """The processes of a kind, "Compute" or "Graphics", on a device or a slice."""
    for ending, record in forms():
        function = getattr(pynvml.nvmlLib, f"nvmlDeviceGet{kind}RunningProcesses{ending}", None)
        if function is not None:
            return [_process(each, kind) for each in _listed(function, handle, record)]
    raise pynvml.NVMLError(basic.FUNCTION_NOT_FOUND)


def _listed(function: Any, handle: object, record: Any) -> list[Any]:
    """Ask with more and more room: processes may start between two calls."""
    room = 64
    while True:
        count = ctypes.c_uint(room)
        records = (record * room)()
        code = function(handle, ctypes.byref(count), records)
        if code == INSUFFICIENT_SIZE and room < 65536:
            room *= 4
            continue
        if code:
            raise pynvml.NVMLError(code)
        return list(records[: count.value])


def _process(record: Any, kind: str) -> dict[str, object]:
    return {
        "pid": record.pid,
        "kind": kind.lower(),
        "used": None if record.used == NOT_AVAILABLE else record.used >> 20,
        "name": _name(record.pid),
    }


def _name(pid: int) -> str | None:
    """As the driver knows it, for systems without /proc."""
    try:
        return basic.text(pynvml.nvmlSystemGetProcessName(pid))
    except (pynvml.NVMLError, AttributeError):
        return None


def processes(handle: object) -> dict[str, object]:
    """Who computes and who draws. One that does both is told once, as computing."""
    found = running(handle, "Compute")
    computing = {each["pid"] for each in found}
    try:
        drawing = running(handle, "Graphics")
    except pynvml.NVMLError:  # some devices have no such list
        drawing = []
    return {"list": found + [each for each in drawing if each["pid"] not in computing]}


def slices(handle: object) -> dict[str, object]:
    """MIG: whether it is on, and each slice with its memory and its processes."""
    current, _pending = pynvml.nvmlDeviceGetMigMode(handle)
    found = []
    for position in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle) if current else 0):
        try:
            part = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, position)
        except pynvml.NVMLError as error:
            if error.value == basic.NOT_FOUND:
                continue
            raise
        found.append(_slice(part))
    return {"enabled": bool(current), "slices": found}


def _slice(handle: object) -> dict[str, object]:
    facts = basic.mig_slice(handle)
    for key, ask in (("memory", basic.memory), ("processes", processes)):
        try:
            facts[key] = ask(handle)
        except pynvml.NVMLError as error:
            facts[f"{key}_error"] = error.value
    return facts


def utilization(handle: object) -> int:
    return int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)


DEVICE: basic.Questions = (
    ("name", "nvmlDeviceGetName", lambda handle: basic.text(pynvml.nvmlDeviceGetName(handle))),
    ("uuid", "nvmlDeviceGetUUID", lambda handle: basic.text(pynvml.nvmlDeviceGetUUID(handle))),
    ("memory", "nvmlDeviceGetMemoryInfo", basic.memory),
    ("utilization", "nvmlDeviceGetUtilizationRates", utilization),
    (
        "mode",
        "nvmlDeviceGetComputeMode",
        lambda handle: int(pynvml.nvmlDeviceGetComputeMode(handle)),
    ),
    ("mig", "nvmlDeviceGetMigMode", slices),
    ("processes", "nvmlDeviceGetComputeRunningProcesses", processes),
)


if __name__ == "__main__":
    if hasattr(signal, "alarm"):
        # should the parent be killed, nobody else would end a call that hangs
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(sys.argv[1]))
    basic.main((), DEVICE)
    sys.stdout.flush()
    os._exit(0)  # nvmlShutdown may hang too; the end of the process gives everything back
