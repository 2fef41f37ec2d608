"""NVIDIA display devices on the PCI bus: seen without any driver."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Sequence

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass
from gpusetup.machine import PciGpu, Reading, Status

SOURCE = "pci"
AMD_SOURCE = "pci-amd"
_NVIDIA, _AMD = "0x10de", "0x1002"
_ADDRESS = pattern(r"[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]", re.IGNORECASE)
_WINDOWS_ID = pattern(r"VEN_10DE&DEV_([0-9A-F]{4})", re.IGNORECASE)
_WINDOWS_DISPLAY = "{4d36e968-e325-11ce-bfc1-08002be10318}"


@dataclass(frozen=True)
class PciFacts:
    """`gpus` None: the bus could not be read. Chips and names are filled in by `assemble`."""

    reading: Reading
    gpus: tuple[PciGpu, ...] | None = None
    amd: Reading | None = None  # AMD's cards, where there are some


def read_pci(root: Path) -> PciFacts:
    """The cards in bus order, which is also the driver's order."""
    if os.name == "nt":
        return _read_registry()
    folder = root / "sys/bus/pci/devices"
    try:
        devices = sorted(folder.iterdir())
    except OSError as error:
        return PciFacts(Reading(SOURCE, Status.ABSENT, error.strerror))
    gpus = tuple(_gpu(device) for device in devices if _is_display(device, _NVIDIA))
    others = [_word(device / "device")[2:] for device in devices if _is_display(device, _AMD)]
    amd = Reading(AMD_SOURCE, Status.OK, ", ".join(others)) if others else None
    return PciFacts(_reading(gpus), gpus, amd)


def bus_id(text: str | None) -> str | None:
    """An address as NVML writes it: "0000:0a:00.0" -> "00000000:0A:00.0"."""
    if not text or not _ADDRESS.fullmatch(text):
        return None
    domain, rest = text.upper().split(":", 1)
    return f"{domain.zfill(8)[-8:]}:{rest}"


def _reading(gpus: Sequence[PciGpu]) -> Reading:
    return Reading(SOURCE, Status.OK, ", ".join(gpu.device_id for gpu in gpus) or None)


def _is_display(device: Path, vendor: str) -> bool:
    """Class 0300 is VGA, 0302 a 3D controller; 0403 is the sound device of the same card."""
    return _word(device / "vendor") == vendor and _word(device / "class").startswith("0x03")


def _gpu(device: Path) -> PciGpu:
    try:
        driver: str | None = (device / "driver").readlink().name
    except OSError:
        driver = None
    return PciGpu(
        device_id=_word(device / "device")[2:],
        bus_id=bus_id(device.name),
        bound_driver=driver,
    )


def _word(path: Path) -> str:
    try:
        return path.read_text("ascii", errors="replace").strip().lower()
    except OSError:
        return ""


def _read_registry() -> PciFacts:
    """Windows lists what is plugged in below Enum\\PCI. Never run on Windows so far."""
    if sys.platform != "win32":
        return PciFacts(Reading(SOURCE, Status.ABSENT))
    import winreg

    path = r"SYSTEM\CurrentControlSet\Enum\PCI"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as bus:
            names = [
                winreg.EnumKey(bus, position) for position in range(winreg.QueryInfoKey(bus)[0])
            ]
        gpus = [gpu for name in names for gpu in _registry_gpus(path, name)]
    except OSError as error:
        return PciFacts(Reading(SOURCE, Status.ERROR, str(error)))
    return PciFacts(_reading(gpus), tuple(gpus))


def _registry_gpus(path: str, name: str) -> list[PciGpu]:
    """Each instance of a device that Windows files under display adapters."""
    found = _WINDOWS_ID.search(name)
    if sys.platform != "win32" or not found:
        return []
    import winreg

    gpus = []
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{path}\{name}") as device:
        for position in range(winreg.QueryInfoKey(device)[0]):
            with winreg.OpenKey(device, winreg.EnumKey(device, position)) as key:
                try:
                    group = str(winreg.QueryValueEx(key, "ClassGUID")[0])
                except OSError:
                    continue
                if group.lower() == _WINDOWS_DISPLAY:
                    gpus.append(PciGpu(device_id=found[1].lower()))
    return gpus
