"""What keeps the GPUs from being used, as far as the readings tell: a text and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gpusetup.machine import Absence, GpuState, Machine, Reading, Status
from gpusetup.messages import say, sentences


@dataclass(frozen=True)
class Trouble:
    """`text` completes "it does not work: ..."; None where a line of its own says it."""

    text: str | None
    hint: str | None


def find_troubles(machine: Machine) -> tuple[Trouble, ...]:
    """The main trouble first."""
    cards = [card for card in machine.pci_gpus or () if card.bound_driver != "vfio-pci"]
    if machine.driver is Absence.NOT_THERE:
        return (_no_driver(machine),) if cards else ()
    found = []
    nvml = machine.reading("nvml")
    if nvml is not None and nvml.status in (Status.ERROR, Status.TIMEOUT):
        found.append(_of_reading(nvml))
    other = next((card.bound_driver for card in cards if card.bound_driver), "nvidia")
    if machine.gpus is None and other != "nvidia":
        found.append(_trouble("nouveau", driver=other))
    if any(gpu.state is GpuState.LOST for gpu in machine.gpus or ()):
        found.append(Trouble(None, say("detect.trouble.15.next")))
    smi = machine.reading("nvidia-smi")
    if not found and machine.gpus is None and smi and smi.status is not Status.OK and smi.detail:
        found.append(_trouble("other", detail=smi.detail))
    return tuple(found)


def _no_driver(machine: Machine) -> Trouble:
    place = "-container" if machine.container else "-wsl" if machine.wsl else ""
    return Trouble(None, say(f"detect.trouble.no-driver{place}.next"))


def _of_reading(reading: Reading) -> Trouble:
    detail = reading.detail or ""
    if reading.status is Status.TIMEOUT:
        return _trouble("timeout")
    code = re.match(r"\d+", detail)
    if code and f"detect.trouble.{code[0]}" in sentences():
        return _trouble(code[0])
    if " in nvml" in detail:
        return _trouble("crash")
    return _trouble("other", detail=detail)


def _trouble(code: str, **facts: object) -> Trouble:
    following = f"detect.trouble.{code}.next"
    hint = say(following) if following in sentences() else None
    return Trouble(say(f"detect.trouble.{code}", **facts), hint)
