"""Compute capabilities that a report does not print, from the matrix: by PCI id, else by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from gpusetup.basics.versions import Capability
from gpusetup.machine import Gpu, Machine, PciGpu
from gpusetup.matrix.rows import PciDevice


class GpuTables(Protocol):
    """What is asked of the matrix here."""

    def pci_device(self, device_id: str) -> PciDevice | None: ...

    def capability_of_name(self, name: str) -> Capability | None: ...


def fill_capabilities(machine: Machine, matrix: GpuTables) -> Machine:
    """The machine with every compute capability that the matrix knows."""
    cards = tuple(_card(card, matrix) for card in machine.pci_gpus or ())
    by_bus = {card.bus_id: card for card in cards if card.bus_id}
    gpus = machine.gpus and tuple(
        _gpu(gpu, by_bus.get(gpu.pci_bus_id or ""), matrix) for gpu in machine.gpus
    )
    return replace(machine, gpus=gpus, pci_gpus=cards or machine.pci_gpus)


def _card(card: PciGpu, matrix: GpuTables) -> PciGpu:
    known = matrix.pci_device(card.device_id)
    if known is None:
        return card
    return replace(
        card,
        chip=card.chip or known.chip,
        architecture=card.architecture or known.architecture,
        compute_capability=card.compute_capability or known.compute_capability,
        name=card.name or known.name,
    )


def _gpu(gpu: Gpu, card: PciGpu | None, matrix: GpuTables) -> Gpu:
    if gpu.compute_capability:
        return gpu
    if card and card.compute_capability:
        return replace(
            gpu, compute_capability=card.compute_capability, capability_source="pci-table"
        )
    capability = matrix.capability_of_name(gpu.name) if gpu.name else None
    if capability is None:
        return gpu
    return replace(gpu, compute_capability=capability, capability_source="name-table")
