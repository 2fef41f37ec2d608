"""nvidia-smi: where it is, how it is asked, and its query CSV. Only asked when NVML fails.

Its error texts come on stdout; a good answer may take 30 s, a GSP hang takes minutes.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Callable, Mapping, Sequence

from gpusetup.basics.errors import UsageError
from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Version, parse_capability
from gpusetup.machine import Driver, Gpu, GpuState, Mig, Reading, Status
from gpusetup.probe.child import Child, crash_name
from gpusetup.probe.pci import bus_id
from gpusetup.probe.world import World

SOURCE = "nvidia-smi"
_BAD_ARGUMENT = 2
_BASE = ("index", "name", "uuid", "pci.bus_id", "driver_version", "memory.total", "memory.used")
_NEWER = ("compute_cap", "mig.mode.current")  # drivers before 450 and 510 do not know these
_LOST = pattern(r"Unable to determine the device handle for gpu\s*(\d*)", re.IGNORECASE)
_BUS = pattern(r"\b([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f])\b", re.IGNORECASE)
_CUDA = pattern(r"CUDA (?:UMD )?Version\s*:\s*(\d+\.\d+)")


@dataclass(frozen=True)
class SmiFacts:
    """What nvidia-smi said. `gpus` is None where it did not list any and did not deny any."""

    reading: Reading
    driver_version: Version | None = None
    cuda_version: Version | None = None
    gpus: tuple[Gpu, ...] | None = None


class Stopped(Exception):
    """The answer is no longer needed, or its time is over."""


@dataclass(frozen=True)
class Caller:
    """How to run it: with an end in time, and an end when nobody needs it any more."""

    executable: str
    environ: Mapping[str, str]
    deadline: float  # time.monotonic()
    is_stopped: Callable[[], bool]

    def call(self, *arguments: str) -> tuple[int, str]:
        """Exit code and text.

        Raises:
            Stopped: it took too long, or somebody else answered.
            OSError: it cannot be started.
        """
        child = Child([self.executable, *arguments], _plain(self.environ))
        try:
            while not child.wait(0.03):
                if self.is_stopped() or time.monotonic() > self.deadline:
                    raise Stopped
        finally:
            child.stop()
        return child.exit or 0, child.text


def find(environ: Mapping[str, str], root: Path) -> str | None:
    """On PATH, else where WSL and Windows keep it (SSH into WSL leaves it off the PATH)."""
    found = World(environ).which("nvidia-smi")
    if found:
        return found
    windows = Path(environ.get("WINDIR", "C:/Windows"), "System32", "nvidia-smi.exe")
    fallback = windows if os.name == "nt" else root / "usr/lib/wsl/lib/nvidia-smi"
    return str(fallback) if fallback.exists() else None


def ask(caller: Caller) -> SmiFacts:
    """All that nvidia-smi tells: the query, then the table for what no query field has."""
    facts = SmiFacts(Reading(SOURCE, Status.TIMEOUT, "--query-gpu"))
    try:
        facts = _ask_query(caller)
        if facts.reading.status is Status.ERROR or facts.cuda_version is not None:
            return facts
        facts = _with_cuda_version(caller, facts)
        return _with_slices(caller, facts)
    except Stopped:
        return replace(facts, reading=Reading(SOURCE, Status.TIMEOUT, "nvidia-smi"))
    except OSError as error:
        return SmiFacts(Reading(SOURCE, Status.ERROR, str(error)))


def _ask_query(caller: Caller) -> SmiFacts:
    for fields in (_BASE + _NEWER, _BASE):
        query = f"--query-gpu={','.join(fields)}"
        exit_code, text = caller.call(query, "--format=csv,noheader,nounits")
        if exit_code != _BAD_ARGUMENT and "not a valid field" not in text:
            return parse_query(text, fields, exit_code)
    return _ask_table(caller)


def _ask_table(caller: Caller) -> SmiFacts:
    """A driver that knows none of our queries: what it prints for people."""
    from gpusetup.reports import read_report

    exit_code, text = caller.call()
    try:
        machine = read_report(text).machine
    except UsageError:
        return _nothing(text, exit_code)
    driver = machine.driver if isinstance(machine.driver, Driver) else Driver()
    if driver.version is None and not machine.gpus:
        return _nothing(text, exit_code)
    reading = Reading(SOURCE, Status.PARTIAL, str(driver.version or "") or None)
    return SmiFacts(reading, driver.version, driver.cuda_version, machine.gpus)


def _with_cuda_version(caller: Caller, facts: SmiFacts) -> SmiFacts:
    """No query field holds the CUDA version: only the head of the table has it."""
    _exit, text = caller.call()
    found = _CUDA.search(text)
    return replace(facts, cuda_version=Version.parse(found[1]) if found else None)


def _with_slices(caller: Caller, facts: SmiFacts) -> SmiFacts:
    """MIG slices are only in the list (`-L`), not in any query."""
    if not any(gpu.mig and gpu.mig.enabled for gpu in facts.gpus or ()):
        return facts
    from gpusetup.reports.listing import listed_gpus

    _exit, text = caller.call("-L")
    listed = {gpu.uuid: gpu.mig for gpu in listed_gpus(text) if gpu.mig}
    gpus = tuple(replace(gpu, mig=listed.get(gpu.uuid, gpu.mig)) for gpu in facts.gpus or ())
    return replace(facts, gpus=gpus)


def parse_query(text: str, fields: Sequence[str], exit_code: int = 0) -> SmiFacts:
    """A query's rows; lines about lost cards stand between them.

    0, NVIDIA GeForce RTX 3090, GPU-5c3b..., 00000000:01:00.0, 535.161.08, 24576, 18, 8.6, [N/A]
    """
    gpus: list[Gpu] = []
    versions: list[Version] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == len(fields) and cells[0].isdigit():
            row = dict(zip(fields, cells))
            gpus.append(_gpu(row))
            versions += filter(None, [Version.told(row["driver_version"])])
        elif _LOST.search(line):
            gpus.append(_lost(line))
    if not gpus:
        return _nothing(text, exit_code)
    healthy = all(gpu.state is GpuState.OK for gpu in gpus)
    status = Status.OK if healthy else Status.PARTIAL
    version = versions[0] if versions else None
    reading = Reading(SOURCE, status, str(version or "") or None)
    return SmiFacts(reading, version, gpus=tuple(gpus))


def _nothing(text: str, exit_code: int) -> SmiFacts:
    """No card listed: "No devices were found" is an answer, everything else a failure."""
    if "No devices were found" in text:
        return SmiFacts(Reading(SOURCE, Status.OK, "No devices were found"), gpus=())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    detail = " ".join(lines[:2]) or crash_name(exit_code) or f"exit code {exit_code}"
    return SmiFacts(Reading(SOURCE, Status.ERROR, detail))


def _gpu(row: Mapping[str, str]) -> Gpu:
    capability = _known(row.get("compute_cap"))
    memory = _number(row["memory.total"])
    mig = _known(row.get("mig.mode.current"))
    return Gpu(
        index=int(row["index"]),
        name=_known(row["name"]),
        compute_capability=parse_capability(capability) if capability else None,
        memory_mib=memory,
        memory_used_mib=_number(row["memory.used"]),
        uuid=_known(row["uuid"]),
        pci_bus_id=bus_id(row["pci.bus_id"]),
        mig=Mig(mig == "Enabled") if mig else None,
        unified_memory=True if "Not Supported" in row["memory.total"] else None,
        capability_source=SOURCE if capability else None,
    )


def _lost(line: str) -> Gpu:
    """Unable to determine the device handle for GPU0: 0000:24:00.0: GPU is lost.  Reboot ..."""
    index, bus = _LOST.search(line), _BUS.search(line)
    return Gpu(
        index=int(index[1]) if index and index[1] else None,
        name=None,
        pci_bus_id=bus_id(bus[1]) if bus else None,
        state=GpuState.LOST if "lost" in line.lower() else GpuState.ERROR,
    )


def _known(cell: str | None) -> str | None:
    """ "[N/A]", "[Not Supported]", "ERR!" and the like are not values."""
    if not cell or cell.startswith("[") or cell in ("N/A", "ERR!", "Not Supported"):
        return None
    return cell


def _number(cell: str) -> int | None:
    found = re.match(r"\d+", cell)
    return int(found[0]) if found else None


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    """English texts, and the driver's own libraries instead of some toolkit's."""
    kept = {name: value for name, value in environ.items() if name != "LD_LIBRARY_PATH"}
    return {**kept, "LC_ALL": "C"}
