"""The parts that the readers found become one machine, with what contradicts kept as conflicts."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Iterable, TypeVar

from gpusetup.machine import (
    Arch,
    Conflict,
    Driver,
    Gpu,
    GpuState,
    Machine,
    Os,
    PciGpu,
    Reading,
    Status,
)
from gpusetup.reports.errors_text import Failure
from gpusetup.reports.part import Host, Part

_Value = TypeVar("_Value")

# These are sold with an Arm processor only. B300 and B200 without the G are not.
_ARM = ("GB10", "GB200", "GB300", "GH200", "Orin", "Xavier", "Thor")


def merge(parts: tuple[Part, ...], failures: tuple[Failure, ...], lost: tuple[Gpu, ...]) -> Machine:
    """One machine. Of two parts the earlier counts, the later fills what it lacks."""
    gpus = _with_lost(_merged_gpus(parts), lost)
    if gpus is None and any(failure.known.no_gpus for failure in failures):
        gpus = ()
    host = _merged_host(parts)
    os, arch = host.os or Os.LINUX, host.arch or _likely_arch(host.os, gpus or ())
    readings = [reading for part in parts for reading in part.readings]
    readings += [failure.reading for failure in failures]
    if host.os is None or host.arch is None:
        readings.append(Reading("assumed-os", Status.PARTIAL, f"{os.value}/{arch.value}"))
    return Machine(
        os=os,
        arch=arch,
        os_version=host.os_version,
        distribution=host.distribution,
        libc=host.libc,
        kernel=host.kernel,
        wsl=host.wsl if os is Os.LINUX else None,
        python=host.python,
        driver=_driver(parts),
        gpus=gpus,
        pci_gpus=_pci_gpus(parts),
        readings=tuple(dict.fromkeys(readings)),
        conflicts=_conflicts(parts),
    )


def _first(values: Iterable[_Value | None]) -> _Value | None:
    return next((value for value in values if value is not None), None)


def _driver(parts: tuple[Part, ...]) -> Driver | None:
    driver = Driver(
        version=_first(part.driver_version for part in parts),
        cuda_version=_first(part.cuda_version for part in parts),
        module=_first(part.module for part in parts),
    )
    return driver if driver != Driver() else None


def _conflicts(parts: tuple[Part, ...]) -> tuple[Conflict, ...]:
    """Two outputs of one paste that name different drivers: an update without a reboot."""
    told = [(part.kind, part.driver_version) for part in parts if part.driver_version]
    return tuple(
        Conflict("driver-version", (told[0][0], str(told[0][1])), (kind, str(version)))
        for kind, version in told[1:]
        if version != told[0][1]
    )


def _merged_host(parts: tuple[Part, ...]) -> Host:
    values = {
        each.name: _first(getattr(part.host, each.name) for part in parts) for each in fields(Host)
    }
    return Host(**values)


def _likely_arch(os: Os | None, gpus: tuple[Gpu, ...]) -> Arch:
    if os is Os.MACOS:
        return Arch.ARM64
    words = {word for gpu in gpus for word in (gpu.name or "").split()}
    return Arch.AARCH64 if os is not Os.WINDOWS and words & set(_ARM) else Arch.X86_64


def _pci_gpus(parts: tuple[Part, ...]) -> tuple[PciGpu, ...] | None:
    found: dict[tuple[str, str | None], PciGpu] = {}
    for part in parts:
        for card in part.pci_gpus:
            found.setdefault((card.device_id, card.bus_id), card)
    return tuple(found.values()) or None


def _merged_gpus(parts: tuple[Part, ...]) -> tuple[Gpu, ...] | None:
    """The first part's GPUs, completed by what the others know of the same ones."""
    base: tuple[Gpu, ...] | None = None
    for part in parts:
        if part.gpus is None:
            continue
        base = tuple(_completed(gpu, part.gpus) for gpu in base) if base else part.gpus
    return base


def _completed(gpu: Gpu, others: tuple[Gpu, ...]) -> Gpu:
    other = next((each for each in others if _same(gpu, each)), None)
    if other is None:
        return gpu
    known = {each.name: getattr(gpu, each.name) for each in fields(Gpu)}
    missing = {
        key: getattr(other, key)
        for key, value in known.items()
        if value is None and getattr(other, key) is not None
    }
    return replace(gpu, **{**missing, "name": _fuller_name(gpu.name, other.name)})


def _same(one: Gpu, other: Gpu) -> bool:
    """By address, else by identity, else by index; never when the names contradict."""
    if one.pci_bus_id and other.pci_bus_id:
        return one.pci_bus_id == other.pci_bus_id
    if one.uuid and other.uuid:
        return one.uuid == other.uuid
    if one.index is None or one.index != other.index:
        return False
    return not (one.name and other.name) or _compatible(one.name, other.name)


def _stem(name: str) -> str:
    return name.replace("...", "").replace("NVIDIA ", "").strip()


def _compatible(one: str, other: str) -> bool:
    return _stem(one).startswith(_stem(other)) or _stem(other).startswith(_stem(one))


def _fuller_name(name: str | None, other: str | None) -> str | None:
    """A name that the table has cut ("NVIDIA GeForce ...") as another output has it whole."""
    cut = name is None or name.endswith("...")
    return other if cut and other and (name is None or _compatible(name, other)) else name


def _with_lost(gpus: tuple[Gpu, ...] | None, lost: tuple[Gpu, ...]) -> tuple[Gpu, ...] | None:
    """The GPUs with those that do not answer: marked if they are listed, else added."""
    if not lost:
        return gpus
    states = {gpu.pci_bus_id: gpu.state for gpu in lost}
    marked = tuple(
        replace(gpu, state=states[gpu.pci_bus_id]) if gpu.pci_bus_id in states else gpu
        for gpu in gpus or ()
    )
    listed = {gpu.pci_bus_id for gpu in marked}
    added = tuple(gpu for gpu in lost if gpu.pci_bus_id not in listed)
    return _in_order(marked + added)


def _in_order(gpus: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """By index, where all have one."""
    if any(gpu.index is None for gpu in gpus):
        return gpus
    return tuple(sorted(gpus, key=lambda gpu: gpu.index or 0))


def is_partial(machine: Machine) -> bool:
    """Whether a whole output would have told more about driver and GPUs."""
    driver = machine.driver
    if not isinstance(driver, Driver) or not (driver.version and driver.cuda_version):
        return True
    if not machine.gpus or not all(map(_whole, machine.gpus)):
        return True
    statuses = {each.status for each in machine.readings if each.source == "nvidia-smi"}
    return Status.OK not in statuses or Status.ERROR in statuses


def _whole(gpu: Gpu) -> bool:
    sized = gpu.memory_mib is not None or gpu.unified_memory or (gpu.mig and gpu.mig.enabled)
    return bool(gpu.name and sized and gpu.state is GpuState.OK)
