"""Why no NVIDIA GPU can be used on a machine: what each case means decides what can be done."""

from __future__ import annotations

from enum import Enum

from gpusetup.machine import Absence, Driver, Machine, Os, PciGpu, Status


class Situation(str, Enum):
    """One answer to "where is my GPU?"."""

    MAC = "mac"
    LOGIN_NODE = "login"
    CONTAINER = "container"
    WSL = "wsl"
    NO_DRIVER = "no-driver"  # a card is plugged in
    OTHER_DRIVER = "other-driver"
    BROKEN = "broken"  # a driver is installed, and does not serve
    AMD = "amd"
    UNKNOWN = "unknown"  # not everything could be read
    NONE = "none"


def situation_of(machine: Machine) -> Situation | None:
    """The case; None where GPUs can be used, here or on known compute nodes."""
    if machine.gpus or any(node.gpus for node in machine.compute_nodes):
        return None
    if machine.os is Os.MACOS:
        return Situation.MAC
    if machine.node_role == "login":
        return Situation.LOGIN_NODE
    if isinstance(machine.driver, Driver) or _does_not_answer(machine):
        return Situation.BROKEN
    return _without_driver(machine)


def _does_not_answer(machine: Machine) -> bool:
    """Something of a driver is there, or it could not run out of time and report errors."""
    asked = (machine.reading(source) for source in ("nvml", "nvidia-smi"))
    failed = any(each and each.status in (Status.TIMEOUT, Status.ERROR) for each in asked)
    return machine.driver is None and failed


def _without_driver(machine: Machine) -> Situation:
    if machine.container:
        return Situation.CONTAINER
    if machine.wsl:
        return Situation.WSL
    cards = [card for card in machine.pci_gpus or () if card.bound_driver != "vfio-pci"]
    if cards and machine.driver is Absence.NOT_THERE:
        return Situation.OTHER_DRIVER if _other(cards) else Situation.NO_DRIVER
    if machine.reading("pci-amd") is not None:
        return Situation.AMD
    is_known = not cards and (machine.gpus == () or machine.driver is Absence.NOT_THERE)
    return Situation.UNKNOWN if _was_late(machine) or not is_known else Situation.NONE


def _other(cards: list[PciGpu]) -> bool:
    return all(card.bound_driver not in (None, "nvidia") for card in cards)


def _was_late(machine: Machine) -> bool:
    return any(each.status is Status.TIMEOUT for each in machine.readings)


def needs_a_place(situation: Situation | None) -> bool:
    """Whether a GPU must be found elsewhere: nothing that can be repaired here brings one."""
    return situation in (Situation.MAC, Situation.AMD, Situation.NONE, Situation.UNKNOWN)
