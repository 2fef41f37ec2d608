"""All answers become one Machine: the best source for each fact, every reading, every conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Sequence

from gpusetup.basics.errors import GpusetupError
from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Version
from gpusetup.machine import (
    Absence,
    Conflict,
    Driver,
    Gpu,
    GpuState,
    Machine,
    Reading,
    Status,
)
from gpusetup.probe import kernel, libcuda, nvml, pci, smi
from gpusetup.probe.live import Live

if TYPE_CHECKING:
    from gpusetup.matrix.rows import Matrix


@dataclass(frozen=True)
class Files:
    """What was read from files, without any process."""

    kernel: kernel.KernelFacts
    pci: pci.PciFacts
    libraries: tuple[libcuda.LibraryFile, ...] = ()


def assemble(host: Machine, files: Files, live: Live, load: Callable[[], Matrix]) -> Machine:
    """The host's facts with driver, GPUs, readings and conflicts.

    Args:
        load: gives the matrix, which knows the cards. Only called if some card needs it.
    """
    driver = _driver(files, live)
    machine = replace(
        host,
        driver=driver,
        gpus=_gpus(files, live, driver),
        pci_gpus=files.pci.gpus,
        readings=host.readings + _readings(files, live),
        conflicts=host.conflicts + _conflicts(host, files, live),
    )
    cards = machine.pci_gpus or any(gpu.compute_capability is None for gpu in machine.gpus or ())
    return _described(machine, files, load) if cards else machine


def _described(machine: Machine, files: Files, load: Callable[[], Matrix]) -> Machine:
    """Chips, names and capabilities that no driver told, from our own tables."""
    from gpusetup.reports.capabilities import fill_capabilities

    try:
        known = load()
    except GpusetupError as error:  # somebody's own GPUSETUP_COMPAT: detect works without it
        reading = Reading("matrix", Status.ERROR, error.code)
        return replace(machine, readings=(*machine.readings, reading))
    return _named(fill_capabilities(machine, known), files)


def _named(machine: Machine, files: Files) -> Machine:
    """Cards that do not answer have the name that the kernel or the PCI table knows them by."""
    names = {card.bus_id: card.name for card in machine.pci_gpus or ()}
    names.update(files.kernel.models)
    gpus = tuple(
        replace(gpu, name=gpu.name or names.get(gpu.pci_bus_id)) for gpu in machine.gpus or ()
    )
    return replace(machine, gpus=None if machine.gpus is None else gpus)


def _driver(files: Files, live: Live) -> Driver | Absence | None:
    """The driver by its best source. Not there only if nothing of it is: time-outs do not count."""
    asked = live.smi
    version = live.nvml.driver_version or (asked.driver_version if asked else None)
    version = version or files.kernel.version
    if version is None:
        return None if _is_something_there(files, live) else Absence.NOT_THERE
    cuda = live.nvml.cuda_version or (asked.cuda_version if asked else None)
    if cuda is None and not live.cuda.is_stand_in:
        cuda = live.cuda.cuda_version
    return Driver(version, cuda, files.kernel.module)


def _is_something_there(files: Files, live: Live) -> bool:
    """Whether any part of a driver was met, or some source did not get to answer."""
    absent = live.nvml.reading.status is Status.ABSENT
    asked = live.smi is not None and live.smi.reading.status is not Status.ABSENT
    cuda = live.cuda.reading.status is not Status.ABSENT and not live.cuda.is_stand_in
    real = any(not library.is_stand_in for library in files.libraries)
    return files.kernel.loaded or not absent or asked or cuda or real


def _gpus(files: Files, live: Live, driver: Driver | Absence | None) -> tuple[Gpu, ...] | None:
    found = live.nvml.gpus
    if live.smi is not None and live.smi.gpus is not None:
        found = live.smi.gpus if found is None else _merged(found, live.smi.gpus)
    if found is None:
        is_none = driver is Absence.NOT_THERE or _is_nothing_handed_in(files, live)
        return () if is_none else None
    return _placed(found, files)


def _is_nothing_handed_in(files: Files, live: Live) -> bool:
    """A container shows the host's module in /proc, also when it was started without any GPU."""
    readings = [
        live.nvml.reading,
        *(each for each in files.kernel.readings if each.source == kernel.NODES),
    ]
    readings += [live.smi.reading] if live.smi else []
    return all(each.status is Status.ABSENT for each in readings)


def _merged(first: Sequence[Gpu], second: Sequence[Gpu]) -> tuple[Gpu, ...]:
    """NVML's cards, those that it did not get to replaced by what nvidia-smi says of them."""
    by_index = {gpu.index: gpu for gpu in second}
    merged = []
    for gpu in first:
        other = by_index.get(gpu.index)
        merged.append(other if gpu.state is GpuState.ERROR and other is not None else gpu)
    return tuple(merged)


def _placed(gpus: Sequence[Gpu], files: Files) -> tuple[Gpu, ...]:
    """Cards that do not answer get the bus id of the cards that nobody else has, in bus order."""
    served = [card for card in files.pci.gpus or () if card.bound_driver in (None, "nvidia")]
    taken = {gpu.pci_bus_id for gpu in gpus}
    free = [card.bus_id for card in served if card.bus_id and card.bus_id not in taken]
    silent = [gpu for gpu in gpus if gpu.pci_bus_id is None]
    if len(free) != len(silent):
        return tuple(gpus)
    places = iter(free)
    return tuple(
        gpu if gpu.pci_bus_id is not None else replace(gpu, pci_bus_id=next(places)) for gpu in gpus
    )


def _readings(files: Files, live: Live) -> tuple[Reading, ...]:
    found = [files.pci.reading, *([files.pci.amd] if files.pci.amd else [])]
    found += [*files.kernel.readings, _library_reading(files, live), live.nvml.reading]
    if live.smi is not None:
        found.append(live.smi.reading)
    return tuple(found)


def _library_reading(files: Files, live: Live) -> Reading:
    """libcuda's own word, with the version that its file's name carries."""
    version = _library_version(files.libraries)
    reading = live.cuda.reading
    if version is None:
        return reading
    detail = f"{version[1]}, {reading.detail}" if reading.detail else str(version[1])
    status = Status.PARTIAL if reading.status is Status.ABSENT else reading.status
    return replace(reading, status=status, detail=detail)


def _library_version(libraries: Sequence[libcuda.LibraryFile]) -> tuple[str, Version] | None:
    for library in libraries:
        if library.version is not None and not library.is_stand_in:
            return library.name, library.version
    return None


def _conflicts(host: Machine, files: Files, live: Live) -> tuple[Conflict, ...]:
    found = (
        _version_conflict(files, live),
        _count_conflict(host, files, live),
        _cuda_conflict(live),
    )
    return tuple(conflict for conflict in found if conflict is not None)


def _version_conflict(files: Files, live: Live) -> Conflict | None:
    """Module 570.124.06 loaded, library 570.133.07 installed: an update waits for a reboot."""
    module = files.kernel.version
    library = _library_version(files.libraries)
    if library is None and live.nvml.library_version is not None:
        library = nvml.SOURCE, live.nvml.library_version
    if module is None or library is None or module == library[1]:
        return None
    return Conflict("driver-version", (kernel.MODULE, str(module)), (library[0], str(library[1])))


def _count_conflict(host: Machine, files: Files, live: Live) -> Conflict | None:
    """A card that the driver does not serve. Containers and jobs rightly see fewer than the bus."""
    if host.container or host.scheduler or host.wsl or live.nvml.count is None:
        return None
    if files.pci.gpus is None:
        return None
    served = [gpu for gpu in files.pci.gpus if gpu.bound_driver in (None, "nvidia")]
    if len(served) <= live.nvml.count:
        return None
    return Conflict(
        "gpu-count", (pci.SOURCE, str(len(served))), (nvml.SOURCE, str(live.nvml.count))
    )


def _cuda_conflict(live: Live) -> Conflict | None:
    """libcuda of a compat package, or a stub, stands before the driver's own."""
    told = live.nvml.cuda_version or (live.smi.cuda_version if live.smi else None)
    source = nvml.SOURCE if live.nvml.cuda_version else smi.SOURCE
    if told is None or live.cuda.cuda_version is None or told == live.cuda.cuda_version:
        return None
    return Conflict(
        "cuda-driver-version", (source, str(told)), (libcuda.SOURCE, str(live.cuda.cuda_version))
    )
