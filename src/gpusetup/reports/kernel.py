"""Lines of the kernel side: the loaded module's version, cards on the PCI bus, the WSL kernel.

NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.103.01  Thu Jan  6 12:10:04 UTC 2022
01:00.0 VGA compatible controller [0300]: NVIDIA Corporation Device [10de:2b85] (rev a1)
"""

from __future__ import annotations

import re

from gpusetup.basics.versions import Version
from gpusetup.machine import Arch, Os, PciGpu, Reading, Status
from gpusetup.reports.part import Host, Part, bus_id
from gpusetup.reports.text import squeeze

KIND = "kernel"

_MODULE = re.compile(
    r"NVRM version: NVIDIA UNIX (?P<open>Open )?[^\n]{0,60}?\s(?P<version>\d{3}\.\d+(?:\.\d+)?)\b"
)
_CARD = re.compile(
    r"\b(?P<bus>(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]) "
    r"(?:VGA compatible|3D|Display) controller(?: \[03\d\d\])?: NVIDIA Corporation "
    r"(?:Device (?P<bare>[0-9a-f]{4})\b)?(?P<name>[^\n]{0,100}?)"
    r"(?:\[10de:(?P<id>[0-9a-f]{4})\]|\(rev|$)",
    re.M,
)
_WSL = re.compile(r"microsoft-standard|/usr/lib/wsl/lib")


def read_kernel(text: str) -> Part | None:
    """What the kernel's own lines tell, wherever they stand."""
    module = _MODULE.search(text)
    cards = tuple(_CARD.finditer(text))
    wsl = _WSL.search(text)
    if not (module or cards or wsl):
        return None
    readings = [Reading("kernel-module", Status.OK, squeeze(module[0]))] if module else []
    readings += [Reading("pci", Status.PARTIAL, squeeze(card[0])) for card in cards[:1]]
    return Part(
        kind=KIND,
        driver_version=Version.parse(module["version"]) if module else None,
        module=_flavour(module),
        pci_gpus=tuple(card for card in map(_pci_gpu, cards) if card is not None),
        host=_host(module, bool(wsl)),
        readings=tuple(readings),
    )


def _flavour(module: re.Match[str] | None) -> str | None:
    if not module:
        return None
    return "open" if module["open"] else "proprietary"


def _host(module: re.Match[str] | None, wsl: bool) -> Host:
    arch = None
    if module:
        arch = Arch.AARCH64 if "aarch64" in module[0] else Arch.X86_64
    return Host(os=Os.LINUX if module or wsl else None, arch=arch, wsl=2 if wsl else None)


def _pci_gpu(card: re.Match[str]) -> PciGpu | None:
    device = card["id"] or card["bare"]
    if not device:
        return None
    # "GA102 [GeForce RTX 3090]": the chip, then the card as sold; unknown ones are a bare "Device"
    sold = re.fullmatch(r"(\w+) \[([^\[\]]+)\]", card["name"].strip())
    return PciGpu(
        device_id=device,
        chip=sold[1] if sold else None,
        name=sold[2] if sold else None,
        bus_id=bus_id(card["bus"]),
    )
