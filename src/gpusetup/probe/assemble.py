"""All answers become one Machine: the best source for each fact, every reading, every conflict."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from typing import Callable, Protocol, Sequence, TypeVar

from gpusetup.errors import GpusetupError
from gpusetup.machine import (
    Absence,
    Conflict,
    Driver,
    Gpu,
    GpuState,
    Machine,
    PciGpu,
    Reading,
    Status,
)
from gpusetup.probe import kernel, libcuda, nvml, pci, smi
from gpusetup.probe.live import Live
from gpusetup.versions import Capability, Version


@dataclass(frozen=True)
class Files:
    """What was read from files, without any process."""

    kernel: kernel.KernelFacts
    pci: pci.PciFacts
    libraries: tuple[libcuda.LibraryFile, ...] = ()


T = TypeVar("T")


class Tables(Protocol):
    """The part of the matrix that knows cards."""

    def pci_device(self, device_id: str) -> PciGpu | None: ...

    def capability_of_name(self, name: str) -> Capability | None: ...


def assemble(host: Machine, files: Files, live: Live, tables: Tables | None = None) -> Machine:
    """The host's facts with driver, GPUs, readings and conflicts."""
    card_tables = _Lazy(tables)
    driver = _driver(files, live)
    pci_gpus = None
    if files.pci.gpus is not None:
        pci_gpus = tuple(card_tables.described(gpu) for gpu in files.pci.gpus)
    gpus = _gpus(files, live, driver, card_tables)
    return replace(
        host,
        driver=driver,
        gpus=gpus,
        pci_gpus=pci_gpus,
        readings=host.readings + _readings(files, live) + card_tables.readings,
        conflicts=host.conflicts + _conflicts(host, files, live),
    )


class _Lazy:
    """The matrix's tables, loaded only when a card asks for them: most machines need none."""

    def __init__(self, tables: Tables | None) -> None:
        self._tables = tables
        self._is_loaded = tables is not None
        self.readings: tuple[Reading, ...] = ()

    def described(self, gpu: PciGpu) -> PciGpu:
        """A card with what the table knows of its device id."""
        known = self._ask(lambda tables: tables.pci_device(gpu.device_id))
        if known is None:
            return gpu
        return replace(known, bus_id=gpu.bus_id, bound_driver=gpu.bound_driver)

    def device(self, device_id: str) -> PciGpu:
        return self.described(PciGpu(device_id))

    def capability_of_name(self, name: str) -> Capability | None:
        return self._ask(lambda tables: tables.capability_of_name(name))

    def _ask(self, question: Callable[[Tables], T | None]) -> T | None:
        if not self._is_loaded:
            self._is_loaded = True
            self._load()
        return None if self._tables is None else question(self._tables)

    def _load(self) -> None:
        try:
            self._tables = importlib.import_module("gpusetup.matrix_file").load_packaged()
        except ImportError:
            return
        except GpusetupError as error:  # somebody's own GPUSETUP_COMPAT: detect works without it
            self.readings = (Reading("matrix", Status.ERROR, error.code),)


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


def _gpus(
    files: Files, live: Live, driver: Driver | Absence | None, tables: _Lazy
) -> tuple[Gpu, ...] | None:
    found = live.nvml.gpus
    if live.smi is not None and live.smi.gpus is not None:
        found = live.smi.gpus if found is None else _merged(found, live.smi.gpus)
    if found is None:
        return () if driver is Absence.NOT_THERE else None
    placed = _with_pci(found, files)
    return tuple(_with_capability(gpu, files, live, tables) for gpu in placed)


def _merged(first: Sequence[Gpu], second: Sequence[Gpu]) -> tuple[Gpu, ...]:
    """NVML's cards, those that it did not get to replaced by what nvidia-smi says of them."""
    by_index = {gpu.index: gpu for gpu in second}
    merged = []
    for gpu in first:
        other = by_index.get(gpu.index)
        merged.append(other if gpu.state is GpuState.ERROR and other is not None else gpu)
    return tuple(merged)


def _with_pci(gpus: Sequence[Gpu], files: Files) -> tuple[Gpu, ...]:
    """Cards that do not answer get the bus id of the cards that nobody else has, in bus order."""
    served = [card for card in files.pci.gpus or () if card.bound_driver in (None, "nvidia")]
    taken = {pci.short_bus_id(gpu.pci_bus_id) for gpu in gpus if gpu.pci_bus_id}
    free = [card.bus_id for card in served if card.bus_id and card.bus_id not in taken]
    silent = [gpu for gpu in gpus if gpu.pci_bus_id is None]
    if len(free) != len(silent):
        return tuple(gpus)
    places = iter(free)
    return tuple(
        gpu if gpu.pci_bus_id is not None else replace(gpu, pci_bus_id=next(places)) for gpu in gpus
    )


def _with_capability(gpu: Gpu, files: Files, live: Live, tables: _Lazy) -> Gpu:
    """Name and capability from the kernel's files and our own tables, where the driver is mute."""
    bus = pci.short_bus_id(gpu.pci_bus_id) if gpu.pci_bus_id else None
    card = next((each for each in files.pci.gpus or () if bus and each.bus_id == bus), None)
    device_id = live.nvml.device_ids.get(gpu.index) if gpu.index is not None else None
    device_id = device_id or (card.device_id if card else None)
    name = gpu.name or files.kernel.models.get(bus or "")
    if gpu.compute_capability is not None and name is not None:
        return replace(gpu, name=name)
    known = tables.device(device_id) if device_id else None
    name = name or (known.name if known else None)
    if gpu.compute_capability is not None:
        return replace(gpu, name=name)
    capability, source = (known.compute_capability if known else None), "pci-table"
    if capability is None and name is not None:
        capability, source = tables.capability_of_name(name), "name-table"
    return replace(
        gpu,
        name=name,
        compute_capability=capability,
        capability_source=source if capability else None,
    )


def _readings(files: Files, live: Live) -> tuple[Reading, ...]:
    found = [files.pci.reading, *files.kernel.readings, _library_reading(files, live)]
    found.append(live.nvml.reading)
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
    """Containers and jobs see the whole bus but only their own cards: no conflict there."""
    if host.container or host.scheduler or host.wsl or live.nvml.count is None:
        return None
    if files.pci.gpus is None:
        return None
    served = [gpu for gpu in files.pci.gpus if gpu.bound_driver in (None, "nvidia")]
    if len(served) == live.nvml.count:
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
