"""The table that `nvidia-smi` prints, of every driver from 331 on.

    +-----------------------------------------------------------------------------+
    | NVIDIA-SMI 470.82.01    Driver Version: 470.82.01    CUDA Version: 11.4     |
    | GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
    |   0  Tesla T4            Off  | 00000000:00:04.0 Off |                    0 |
    | N/A   41C    P8     9W /  70W |      0MiB / 15109MiB |      0%      Default |

Widths changed with 331, 390, 450, 530 and 550, and pasting changes them once more, so that rows
are known by what stands in them (an index, a bus address), not by their columns.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterator

from gpusetup.machine import Gpu, GpuState, Mig, MigInstance, Os, Reading, Status
from gpusetup.reports.part import FULL_BUS_ID, Host, Part, bus_id, state_of, version_in
from gpusetup.reports.text import squeeze, unwrapped

KIND = "nvidia-smi"

_HEADER = re.compile(r"NVIDIA-SMI[ :]+(v?\d[\w.]*)(?=[\s|]+(?:Driver|KMD)\s+Version\b)", re.I)
_DRIVER = re.compile(r"\b(?:Driver|KMD)\s+Version\s*:\s*([^\s|]+)", re.I)
_CUDA = re.compile(r"\bCUDA\s+(?:UMD\s+)?Version\s*:\s*([^\s|]+)", re.I)
_END_OF_GPUS = re.compile(r"(?:^|\|)[ ]*Processes:|MIG devices:|Compute processes:", re.I | re.M)
_BORDER = re.compile(r"[+|]-{5,}")

# what stands right of the name: persistence mode, or on Windows the driver model
_MODE = r"(?:On|Off|N/A|ERR!|WDDM|TCC|MCDM|Enabled|Disabled|Unknown)"
_ROW = re.compile(
    rf"(?:^|\|)[ ]{{0,40}}(?P<index>\d{{1,3}})[ |]{{1,40}}(?P<name>[^|\n\d,: ][^|\n]{{0,80}}?)"
    rf"(?:[ |]{{1,60}}(?P<mode>{_MODE}))?[ |\n]{{1,60}}(?P<bus>{FULL_BUS_ID})\b",
    re.M,
)
_ROW_WITHOUT_BUS = re.compile(
    rf"(?:^|\|)[ ]{{0,40}}(?P<index>\d{{1,3}})[ ]{{1,40}}(?P<name>[A-Z][^|\n]{{1,80}}?)"
    rf"[ ]{{1,60}}(?P<mode>{_MODE})[ ]*(?P<bus>)\|",
    re.M,
)
_MEMORY = re.compile(r"(\d{1,9}) ?Mi?B ?/ {0,20}(\d{1,9}) ?Mi?B", re.I)
_UNIFIED = re.compile(r"\|? Not Supported\b", re.I)
_MIG_MODE = re.compile(r"[|\s](Enabled|Disabled)\*?[ ]*(?:\||$)", re.M)
_MIG_ROW = re.compile(
    r"(?:^|\|)[ ]{0,20}(\d{1,3}) {1,20}(\d{1,3}) {1,20}(\d{1,3}) {1,20}(\d{1,3})[ |]{1,60}"
    r"(?:\d{1,9} ?MiB|N/A|ERR!) ?/ {0,20}(?:(\d{1,9}) ?MiB|N/A|ERR!)",
    re.M,
)
# not ".exe": Wine's programs stand in Linux tables too
_WINDOWS = re.compile(r"TCC/WDDM|Driver-Model|\bMCDM\b|\bWDDM\b|\bC:\\Windows", re.I)


def read_table(text: str) -> Part | None:
    """The most complete table of a text; the first of several that are alike."""
    pieces = _split(unwrapped(text))
    parts = [part for part in map(_read_one, pieces) if part is not None]
    if not parts:
        return None
    best = max(parts, key=_completeness)  # max takes the first of equals
    if len(parts) > 1:
        several = Reading("several-outputs", Status.PARTIAL, str(len(parts)))
        best = replace(best, readings=(*best.readings, several))
    return best


def _split(text: str) -> Iterator[str]:
    """One piece per table: each begins with its header line, the first may have lost it."""
    starts = [found.start() for found in _HEADER.finditer(text)]
    edges = [0, *starts, len(text)]
    return (text[begin:end] for begin, end in zip(edges, edges[1:]))


def _read_one(text: str) -> Part | None:
    header = _HEADER.match(text)
    ended = _END_OF_GPUS.search(text)
    top = text[: ended.start()] if ended else text
    rows = _rows(top)
    if not header and not rows:
        return None
    heading = text[: rows[0].start()] if rows else text[:1000]
    driver, cuda = (_first(pattern, heading) for pattern in (_DRIVER, _CUDA))
    gpus = tuple(_gpu(row, top[row.end() : end]) for row, end in zip(rows, _ends(rows, top)))
    part = Part(
        kind=KIND,
        driver_version=version_in(driver),
        cuda_version=version_in(cuda),
        smi_version=version_in(header[1]) if header else None,
        gpus=_with_mig_instances(gpus, text[ended.start() :] if ended else "") if rows else None,
    )
    host = _host(part, text)
    reading = _reading(part, heading, top, is_whole=ended is not None)
    return replace(part, host=host, readings=(reading,))


def _rows(top: str) -> list[re.Match[str]]:
    """The first lines of all GPUs. One on Jetson, or one that is lost, has no bus address."""
    rows = list(_ROW.finditer(top))
    taken = [range(*row.span()) for row in rows]
    others = _ROW_WITHOUT_BUS.finditer(top)
    rows += [row for row in others if not any(row.start("name") in each for each in taken)]
    return sorted(rows, key=lambda row: row.start())


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _ends(rows: list[re.Match[str]], top: str) -> list[int]:
    return [row.start() for row in rows[1:]] + [len(top)]


def _gpu(row: re.Match[str], rest: str) -> Gpu:
    """One GPU from its first line and the text up to the next GPU."""
    lines = [line for line in _BORDER.split(rest, 1)[0].split("\n") if line.strip()]
    own = "\n".join(lines[:8])  # twice what is printed, where lines are broken in two
    memory = _MEMORY.search(own)
    mig = _MIG_MODE.search(own)
    name = row["name"].strip()
    return Gpu(
        index=int(row["index"]),
        name=name,
        memory_mib=int(memory[2]) if memory else None,
        memory_used_mib=int(memory[1]) if memory else None,
        pci_bus_id=bus_id(row["bus"]),
        mig=Mig(enabled=mig[1] == "Enabled") if mig else None,
        state=_state(name, own, memory is not None),
        unified_memory=True if not memory and _UNIFIED.search(own) else None,
    )


def _state(name: str, own: str, has_memory: bool) -> GpuState:
    """A single ERR! (a dead fan, a power sensor) is no failed GPU; no name or no memory is."""
    if state_of(name) is not GpuState.OK or "GPU is lost" in own:
        return state_of(name + own)
    broken = not has_memory and own.count("ERR!") >= 2
    return GpuState.ERROR if broken else GpuState.OK


def _with_mig_instances(gpus: tuple[Gpu, ...], rest: str) -> tuple[Gpu, ...]:
    """The GPUs with the slices that the table of MIG devices gives them."""
    found: dict[int, list[MigInstance]] = {}
    for gpu, instance, compute, _device, memory in _MIG_ROW.findall(rest):
        size = int(memory) if memory else None
        slot = MigInstance(name=f"gi{instance}/ci{compute}", memory_mib=size)
        found.setdefault(int(gpu), []).append(slot)
    return tuple(
        replace(gpu, mig=Mig(True, tuple(found[gpu.index]))) if gpu.index in found else gpu
        for gpu in gpus
    )


def _host(part: Part, text: str) -> Host:
    if _WINDOWS.search(text):
        return Host(os=Os.WINDOWS)
    smi, driver = part.smi_version, part.driver_version
    if smi and driver and smi != driver:
        # only WSL has a Linux nvidia-smi before a Windows driver; elsewhere NVML refuses
        return Host(os=Os.LINUX, wsl=2)
    return Host()


def _reading(part: Part, heading: str, top: str, *, is_whole: bool) -> Reading:
    """Ok when nothing is missing; the detail is the header, or the first line that is broken.

    Without the table of processes below it, more GPUs may have been cut off.
    """
    broken = next((line for line in top.split("\n") if "ERR!" in line), None)
    line = next((each for each in heading.split("\n") if _HEADER.search(each)), "")
    gpus = part.gpus or ()
    measured = all(gpu.memory_mib or gpu.unified_memory or gpu.mig for gpu in gpus)
    is_whole = is_whole and part.driver_version is not None and bool(gpus) and measured
    status = Status.OK if is_whole and not broken else Status.PARTIAL
    return Reading(KIND, status, squeeze(broken or line) or None)


def _completeness(part: Part) -> tuple[int, int, int]:
    gpus = part.gpus or ()
    versions = sum(1 for each in (part.driver_version, part.cuda_version) if each)
    return (bool(gpus) + bool(versions), len(gpus), versions + sum(1 for g in gpus if g.memory_mib))
