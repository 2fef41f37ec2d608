"""What one reader found in a text, before the parts are put together to a machine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable

from gpusetup.basics.versions import Version
from gpusetup.machine import Arch, Gpu, GpuState, Libc, Os, PciGpu, Python, Reading

_SLOT = r"[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f]"
FULL_BUS_ID = rf"[0-9A-Fa-f]{{4,8}}:{_SLOT}"
BUS_ID = rf"(?:[0-9A-Fa-f]{{4,8}}:)?{_SLOT}"
UUID = r"GPU-[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NAME = re.compile(
    r"(?P<brand>NVIDIA|Tesla|Quadro|GeForce|TITAN|GRID|Graphics Device|RTX|GTX|NVS|CMP)\b"
    r"[\w ()./+-]{0,70}"
    r"|(?:[ABHLPTV]\d{1,3}[A-Z]{0,2}|GB\d{2,3}|GH200|Orin|Thor|Xavier|DGX)\b[\w ()./+-]{0,40}"
)
_NOT_A_NAME = re.compile(r"\b(?:Corporation|Driver|Version|SMI|CUDA|Error|lost)\b", re.I)
_VIRTUALIZATION = {"pass-through": "passthrough", "vgpu": "vgpu"}
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,3}")


@dataclass(frozen=True)
class Host:
    """What a report tells about the system around the GPUs. All may be unknown."""

    os: Os | None = None
    arch: Arch | None = None
    wsl: int | None = None
    distribution: str | None = None
    os_version: str | None = None
    libc: Libc | None = None
    kernel: str | None = None
    python: Python | None = None


@dataclass(frozen=True)
class Part:
    """The outcome of one reader. `gpus` None: the text says nothing about them."""

    kind: str
    driver_version: Version | None = None
    cuda_version: Version | None = None
    smi_version: Version | None = None
    module: str | None = None
    gpus: tuple[Gpu, ...] | None = None
    pci_gpus: tuple[PciGpu, ...] = ()
    host: Host = Host()
    readings: tuple[Reading, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def tells(self) -> bool:
        """Whether there is more in it than a word about the system."""
        return bool(self.readings or self.environment or self.gpus or self.driver_version)


def version_in(text: str | None) -> Version | None:
    """ "13.3 [Deprecated ...]" -> 13.3; None for "580.xx.xx", "ERR!", "N/A"."""
    words = (text or "").split()
    if not words or not _VERSION.fullmatch(words[0]):
        return None
    return Version.parse(words[0])


def mib_in(text: str | None) -> int | None:
    """ "24576 MiB" or "24576" -> 24576; None for "[N/A]", "ERR!"."""
    found = re.fullmatch(r"(\d{1,9})(?:\.\d+)?\s*(?:Mi?B)?", (text or "").strip())
    return int(found[1]) if found else None


def virtualization_in(text: str | None) -> str | None:
    """ "Pass-Through" -> "passthrough"; None where the card is the machine's own."""
    mode = (text or "").lower()
    return "host" if mode.startswith("host") else _VIRTUALIZATION.get(mode)


def known(text: str | None) -> str | None:
    """The value, or None where the tool says that there is none."""
    value = (text or "").strip().strip('"')
    missing = value.strip("[]").lower() in ("", "n/a", "not supported", "none", "unknown error")
    return None if missing or value.startswith("[") else value


def bus_id(text: str | None) -> str | None:
    """A PCI address as NVML writes it: "0000:01:00.0" -> "00000000:01:00.0"."""
    found = re.fullmatch(rf"({BUS_ID})", (text or "").strip())
    if not found:
        return None
    pieces = found[1].upper().split(":")
    domain = pieces[0] if len(pieces) == 3 else "0"
    return ":".join([domain.zfill(8)[-8:], *pieces[-2:]])


def pci_gpu_of(
    written: str | None, architecture: str | None, name: str | None, bus: str | None
) -> PciGpu | None:
    """The card of a PCI id as the tool writes it, "220810DE": device, then vendor."""
    found = re.fullmatch(r"(?:0x)?([0-9A-Fa-f]{4})10DE", written or "")
    if found is None:
        return None
    return PciGpu(found[1].lower(), architecture=architecture, name=name, bus_id=bus)


def host_of(driver_models: Iterable[str | None]) -> Host:
    """Only Windows has models of drivers."""
    return Host(os=Os.WINDOWS) if {"WDDM", "TCC", "MCDM"} & set(driver_models) else Host()


def looks_like_gpu(name: str, *, branded: bool = False) -> bool:
    """Whether a free text may be the name of an NVIDIA GPU; `branded`: surely one ("T4" is not)."""
    found = _NAME.fullmatch(name)
    return bool(found and (found["brand"] or not branded)) and not _NOT_A_NAME.search(name)


def state_of(text: str) -> GpuState:
    """The state that a cell or line of the tool stands for."""
    lowered = text.lower()
    if "gpu is lost" in lowered or "fallen off the bus" in lowered:
        return GpuState.LOST
    if "err!" in lowered or "unknown error" in lowered or "requires reset" in lowered:
        return GpuState.ERROR
    return GpuState.OK
