"""`nvidia-smi -q` as text, and `nvidia-smi --version`.

    Driver Version                            : 535.129.03
    GPU 00000000:01:00.0
        Product Name                          : NVIDIA GeForce RTX 3080
        FB Memory Usage
            Total                             : 10240 MiB

Indentation is often lost when pasting; a value is known by its key and the last line without a
colon above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gpusetup.machine import Gpu, Mig, MigInstance, Os, PciGpu, Reading, Status
from gpusetup.reports.part import (
    Host,
    Part,
    bus_id,
    known,
    mib_in,
    state_of,
    version_in,
    virtualization_in,
)
from gpusetup.reports.text import squeeze

KIND = "nvidia-smi-query"

_GPU = re.compile(r"^\s*GPU ((?:[0-9A-Fa-f]{4,8}:)[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f])\s*$")
_PAIR = re.compile(r"^\s*([A-Za-z][\w ./()-]{0,60}?)\s*:\s?(.*)$")
_START = re.compile(
    r"=NVSMI LOG=|^ *Attached GPUs *:|^ *GPU [0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[^\n]{4,6}\n"
    r" *Product Name *:",
    re.M,
)
_VERSION_LINE = re.compile(
    r"^[ ]*(?P<key>NVIDIA-SMI|NVML|DRIVER|KMD|CUDA(?: UMD)?) version[ ]*:[ ]*(?P<value>[\w.]+)",
    re.M | re.I,
)
# the first keys after the MIG devices of a GPU, in all layouts
_AFTER_MIG = ("Accounting Mode", "Driver Model", "Serial Number", "GPU UUID")


@dataclass
class _Block:
    """The values of one GPU (or one MIG device), by "section/key" and by key."""

    bus: str | None
    values: dict[str, str] = field(default_factory=dict)
    slices: list[_Block] = field(default_factory=list)

    def get(self, key: str) -> str | None:
        return known(self.values.get(key))


def read_query(text: str) -> Part | None:
    """The log of `-q`, with GPUs if they are in it."""
    start = _START.search(text)
    if not start:
        return None
    log, blocks = _blocks(text[start.start() :])
    attached = log.get("Attached GPUs", "")
    counted = attached == str(len(blocks))
    gpus = tuple(_gpu(each, at if counted else None) for at, each in enumerate(blocks))
    driver = version_in(log.get("KMD Version") or log.get("Driver Version"))
    cuda = version_in(log.get("CUDA UMD Version") or log.get("CUDA Version"))
    if driver is None and cuda is None and not gpus:
        return None
    whole = driver is not None and counted
    reading = Reading("nvidia-smi", Status.OK if whole else Status.PARTIAL, _detail(log))
    return Part(
        kind=KIND,
        driver_version=driver,
        cuda_version=cuda,
        gpus=gpus if gpus or counted else None,
        pci_gpus=tuple(card for card in map(_pci_gpu, blocks) if card is not None),
        host=_host(blocks),
        readings=(reading,),
    )


def read_versions(text: str) -> Part | None:
    """`nvidia-smi --version`: no GPUs, but the numbers."""
    found: dict[str, str] = {}
    lines: list[str] = []
    for line in _VERSION_LINE.finditer(text):
        found.setdefault(line["key"].upper(), line["value"])
        lines.append(squeeze(line[0]))
    if "NVIDIA-SMI" not in found and "NVML" not in found:
        return None
    smi = version_in(found.get("NVIDIA-SMI"))
    driver = version_in(found.get("KMD")) or version_in(found.get("DRIVER"))
    return Part(
        kind=KIND,
        driver_version=driver,
        cuda_version=version_in(found.get("CUDA UMD")) or version_in(found.get("CUDA")),
        smi_version=smi,
        host=Host(os=Os.LINUX, wsl=2) if smi and driver and smi != driver else Host(),
        readings=(Reading("nvidia-smi", Status.PARTIAL, "; ".join(lines)[:200]),),
    )


def _blocks(text: str) -> tuple[dict[str, str], list[_Block]]:
    """The values above the GPUs, and one block per GPU."""
    log: dict[str, str] = {}
    blocks: list[_Block] = []
    section, in_slice = "", False
    for line in text.split("\n"):
        gpu = _GPU.match(line)
        pair = _PAIR.match(line)
        if gpu:
            blocks.append(_Block(bus=bus_id(gpu[1])))
            section, in_slice = "", False
        elif pair:
            in_slice = in_slice and not pair[1].startswith(_AFTER_MIG)
            _store(_target(log, blocks, in_slice), section, pair[1], pair[2].strip())
        elif line.strip():
            section = line.strip()
            in_slice = _enter(blocks, section, in_slice)
    return log, blocks


def _enter(blocks: list[_Block], section: str, in_slice: bool) -> bool:
    """Whether the lines below a section title belong to a MIG device."""
    if section == "MIG Device" and blocks:
        blocks[-1].slices.append(_Block(bus=None))
        return True
    return in_slice and not section.startswith(_AFTER_MIG)


def _target(log: dict[str, str], blocks: list[_Block], in_slice: bool) -> dict[str, str]:
    if not blocks:
        return log
    return blocks[-1].slices[-1].values if in_slice else blocks[-1].values


def _store(values: dict[str, str], section: str, key: str, value: str) -> None:
    values.setdefault(key, value)
    values.setdefault(f"{section}/{key}", value)


def _detail(log: dict[str, str]) -> str | None:
    keys = ("KMD Version", "Driver Version", "CUDA UMD Version", "CUDA Version", "Attached GPUs")
    return "; ".join(f"{key} : {log[key]}" for key in keys if key in log)[:200] or None


def _gpu(block: _Block, index: int | None) -> Gpu:
    total = block.values.get("FB Memory Usage/Total", "")
    name = block.values.get("Product Name")
    return Gpu(
        index=index,
        name=name or None,
        memory_mib=mib_in(total),
        memory_used_mib=mib_in(block.values.get("FB Memory Usage/Used")),
        uuid=block.get("GPU UUID"),
        pci_bus_id=bus_id(block.get("Bus Id")) or block.bus,
        mig=_mig(block),
        state=state_of(f"{name} {total}"),
        unified_memory=True if "not supported" in total.lower() else None,
        virtualization=virtualization_in(block.get("Virtualization Mode")),
    )


def _mig(block: _Block) -> Mig | None:
    mode = block.get("MIG Mode/Current")
    if mode is None:
        return None
    instances = tuple(
        MigInstance(
            name=f"gi{each.get('GPU Instance ID')}/ci{each.get('Compute Instance ID')}",
            memory_mib=mib_in(each.values.get("FB Memory Usage/Total")),
        )
        for each in block.slices
    )
    return Mig(mode == "Enabled", instances)


def _pci_gpu(block: _Block) -> PciGpu | None:
    found = re.fullmatch(r"(?:0x)?([0-9A-Fa-f]{4})10DE", block.get("PCI/Device Id") or "")
    if not found:
        return None
    return PciGpu(
        device_id=found[1].lower(),
        architecture=block.get("Product Architecture"),
        name=block.get("Product Name"),
        bus_id=bus_id(block.get("Bus Id")) or block.bus,
    )


def _host(blocks: list[_Block]) -> Host:
    models = {block.get("Driver Model/Current") for block in blocks}
    return Host(os=Os.WINDOWS) if models & {"WDDM", "TCC", "MCDM"} else Host()
