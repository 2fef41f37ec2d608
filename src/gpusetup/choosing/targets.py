"""What a build must run on: the hosts (this machine, or its compute nodes) and their GPUs."""

from __future__ import annotations

import re
from typing import Callable, Iterable

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Capability, Version, show_capability
from gpusetup.choosing.choice import Reason
from gpusetup.machine import Absence, Driver, Gpu, Machine, Os, PciGpu, Status
from gpusetup.matrix.rows import Matrix, PciDevice
from gpusetup.request import GpuPolicy

NODE_KIND = "slurm-kind:"  # a reading of a login node: whether nodes of a kind answered
_DRIVER_VERSION = pattern(r"\b\d{3}\.\d+(?:\.\d+)?\b")


@dataclass(frozen=True)
class Card:
    """A GPU to serve. `capability` None: not known, so nothing is sure about it."""

    name: str
    capability: Capability | None

    def __str__(self) -> str:
        return f"{self.name} ({show_capability(self.capability)})" if self.capability else self.name


@dataclass(frozen=True)
class Host:
    """One machine that the environment must work on, reduced to what builds care about."""

    machine: Machine
    driver_version: Version | None
    cuda_driver_version: Version | None
    driver_absent: bool
    cards: tuple[Card, ...]
    gpus_unknown: bool = False  # a driver answers, but nothing says which GPUs there are

    @property
    def takes_windows_drivers(self) -> bool:
        return self.machine.os is Os.WINDOWS or self.machine.wsl is not None

    @property
    def driver_known(self) -> bool:
        return self.driver_version is not None or self.cuda_driver_version is not None


@dataclass(frozen=True)
class Targets:
    """All hosts, and what had to be assumed about them."""

    hosts: tuple[Host, ...]
    warnings: tuple[Reason, ...] = ()
    left_out: tuple[Card, ...] = ()  # by the policy "newest"

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(card for host in self.hosts for card in host.cards)

    @property
    def gpus_unknown(self) -> bool:
        return any(host.gpus_unknown for host in self.hosts)

    @property
    def serves_gpus(self) -> bool:
        return self.gpus_unknown or bool(self.cards)


def find_targets(machine: Machine, matrix: Matrix, policy: GpuPolicy) -> Targets:
    """The hosts and cards to serve. On a login node these are the compute nodes' ones."""
    machines = machine.compute_nodes or (machine,)
    hosts = tuple(_host(each, matrix) for each in machines)
    targets = Targets(hosts, _warnings(machine, hosts))
    return _only_newest(targets) if policy is GpuPolicy.NEWEST else targets


def has_jetson(targets: Targets, matrix: Matrix) -> bool:
    """Whether one of the GPUs is part of a Jetson."""
    known = (matrix.generation(card.capability) for card in targets.cards if card.capability)
    return any(generation and generation.jetson for generation in known)


def without_driver(targets: Targets) -> Targets:
    """The same hosts with a driver still to be chosen: what a driver change would allow."""
    free = (
        replace(host, driver_version=None, cuda_driver_version=None) if host.cards else host
        for host in targets.hosts
    )
    return replace(targets, hosts=tuple(free))


def without_cards(targets: Targets) -> Targets:
    """The same hosts for CPU work."""
    hosts = tuple(replace(host, cards=(), gpus_unknown=False) for host in targets.hosts)
    return replace(targets, hosts=hosts)


def _host(machine: Machine, matrix: Matrix) -> Host:
    driver = machine.driver if isinstance(machine.driver, Driver) else Driver()
    return Host(
        machine=machine,
        driver_version=driver.version or _loaded_module(machine),
        cuda_driver_version=driver.cuda_version,
        driver_absent=machine.driver is Absence.NOT_THERE,
        cards=_cards(machine, matrix),
        gpus_unknown=_gpus_unknown(machine),
    )


def _loaded_module(machine: Machine) -> Version | None:
    """The version of the kernel module, where all that asks the driver itself timed out."""
    reading = machine.reading("kernel-module")
    if machine.driver is Absence.NOT_THERE or reading is None or reading.status is not Status.OK:
        return None
    found = _DRIVER_VERSION.search(reading.detail or "")
    return Version.parse(found[0]) if found else None


def _cards(machine: Machine, matrix: Matrix) -> tuple[Card, ...]:
    if machine.os is Os.MACOS or machine.wsl == 1:
        return ()  # no CUDA there, whatever card is inside
    if machine.gpus:
        by_name = _name_table(matrix)
        return tuple(_card(gpu, machine.pci_gpus or (), by_name) for gpu in machine.gpus)
    return tuple(
        _pci_card(gpu, matrix)
        for gpu in machine.pci_gpus or ()
        if gpu.bound_driver != "vfio-pci"  # given to a virtual machine
    )


def _pci_card(gpu: PciGpu, matrix: Matrix) -> Card:
    capability = gpu.compute_capability
    known = None if capability else _pci_device(gpu, matrix)
    name = gpu.name or (known and known.name) or gpu.chip or f"PCI {gpu.device_id}"
    return Card(name, capability or (known.compute_capability if known else None))


def _pci_device(gpu: PciGpu, matrix: Matrix) -> PciDevice | None:
    hexadecimal = re.fullmatch(r"[0-9a-fA-F]{4}", gpu.device_id)
    return matrix.pci_device(gpu.device_id) if hexadecimal else None


def _card(
    gpu: Gpu, pci_gpus: tuple[PciGpu, ...], by_name: Callable[[str], Capability | None]
) -> Card:
    capability = gpu.compute_capability
    if capability is None and gpu.name:
        capability = by_name(gpu.name)
    if capability is None:
        capability = _from_pci(gpu, pci_gpus)
    return Card(gpu.name or "GPU", capability)


def _from_pci(gpu: Gpu, pci_gpus: tuple[PciGpu, ...]) -> Capability | None:
    """The capability of the PCI card in the same slot, or of the only kind of card there."""
    for each in pci_gpus:
        if gpu.pci_bus_id and each.bus_id and _slot(gpu.pci_bus_id) == _slot(each.bus_id):
            return each.compute_capability
    kinds = {each.compute_capability for each in pci_gpus}
    return kinds.pop() if len(kinds) == 1 else None


def _slot(bus_id: str) -> str:
    """ "00000000:01:00.0" and "0000:01:00.0" are the same slot."""
    return bus_id.lower().lstrip("0:")


def _name_table(matrix: Matrix) -> Callable[[str], Capability | None]:
    return matrix.capability_of_name


def _gpus_unknown(machine: Machine) -> bool:
    """A driver answers, but nothing says which GPUs there are."""
    has_driver = isinstance(machine.driver, Driver)
    return has_driver and machine.gpus is None and not machine.pci_gpus and machine.wsl != 1


def _only_newest(targets: Targets) -> Targets:
    known = [card.capability for card in targets.cards if card.capability]
    if not known:
        return targets
    newest = max(known)
    kept = tuple(
        replace(host, cards=tuple(c for c in host.cards if c.capability == newest))
        for host in targets.hosts
    )
    left = tuple(card for card in targets.cards if card.capability != newest)
    return replace(targets, hosts=kept, left_out=left)


def _warnings(machine: Machine, hosts: tuple[Host, ...]) -> tuple[Reason, ...]:
    return tuple(_each_warning(machine, hosts))


def _each_warning(machine: Machine, hosts: tuple[Host, ...]) -> Iterable[Reason]:
    unknown = any(host.gpus_unknown for host in hosts)
    cards = [card for host in hosts for card in host.cards]
    nameless = sorted({card.name for card in cards if card.capability is None})
    if nameless:
        yield Reason("choose.capability-unknown", {"gpus": ", ".join(nameless)})
    if unknown:
        yield Reason("choose.gpus-unknown")
    silent = unknown_kinds(machine)
    if silent:
        yield Reason("choose.kinds-unknown", {"kinds": ", ".join(silent)})
    if machine.wsl == 1:
        yield Reason("choose.wsl1-has-no-gpu")
    if not cards and not unknown and any(_nothing_read(host.machine) for host in hosts):
        yield Reason("choose.nothing-known-about-gpus")


def unknown_kinds(machine: Machine) -> tuple[str, ...]:
    """Kinds of compute nodes that were asked and did not answer."""
    silent = (each for each in machine.readings if each.source.startswith(NODE_KIND))
    return tuple(each.source[len(NODE_KIND) :] for each in silent if each.status is not Status.OK)


def _nothing_read(machine: Machine) -> bool:
    if machine.os is Os.MACOS:
        return False
    timed_out = any(reading.status is Status.TIMEOUT for reading in machine.readings)
    return machine.gpus is None and (machine.driver is None or timed_out)
