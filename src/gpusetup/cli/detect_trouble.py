"""What keeps the GPUs from being used, as far as the readings tell: a text and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gpusetup.cli.reading_words import detail_words
from gpusetup.machine import Absence, GpuState, Machine, Reading, Status
from gpusetup.messages import say, sentences

_CODES = {
    "driver.no-permission": "4",
    "driver.not-loaded": "9",
    "driver.not-installed": "12",
    "gpu.lost": "15",
    "wsl.gpu-blocked": "17",
    "driver.library-mismatch": "18",
    "container.gpu-lost": "999",
}


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
    found = [_of_reading(each) for each in machine.readings if _is_failure(each)][:1]
    nvml = machine.reading("nvml")
    if not found and not machine.gpus and nvml is not None and nvml.status is Status.ABSENT:
        found.append(Trouble(say("detect.trouble.no-library"), _no_driver(machine).hint))
    other = next((card.bound_driver for card in cards if card.bound_driver), "nvidia")
    if machine.gpus is None and other != "nvidia":
        found.append(_trouble("other-driver", driver=other))
    if any(gpu.state is GpuState.LOST for gpu in machine.gpus or ()):
        found.append(Trouble(None, say("detect.trouble.15.next")))
    return tuple(found)


def _is_failure(reading: Reading) -> bool:
    """NVML comes before nvidia-smi in the readings, and knows better why."""
    if reading.source == "nvml":
        return reading.status in (Status.ERROR, Status.TIMEOUT)
    return reading.source == "nvidia-smi" and (
        reading.status in (Status.ERROR, Status.TIMEOUT)
        or (reading.status is Status.ABSENT and reading.detail is not None)
    )


def _no_driver(machine: Machine) -> Trouble:
    place = "-container" if machine.container else "-wsl" if machine.wsl else ""
    return Trouble(None, say(f"detect.trouble.no-driver{place}.next"))


def _of_reading(reading: Reading) -> Trouble:
    detail = reading.detail or ""
    if reading.status is Status.TIMEOUT:
        return _trouble("timeout")
    if reading.source == "nvidia-smi":
        return _of_text(detail)
    code = re.match(r"\d+", detail)
    if code and f"detect.trouble.{code[0]}" in sentences():
        return _trouble(code[0])
    if " in nvml" in detail:
        return _trouble("crash")
    return _trouble("other", detail=detail_words(reading))


def _of_text(detail: str) -> Trouble:
    """nvidia-smi's error texts mean what NVML's codes mean."""
    from gpusetup.reports.errors_text import find_failures

    failure = next(iter(find_failures(detail)), None)
    code = _CODES.get(failure.known.finding) if failure else None
    return _trouble(code) if code else _trouble("other", detail=detail)


def _trouble(code: str, **facts: object) -> Trouble:
    following = f"detect.trouble.{code}.next"
    hint = say(following) if following in sentences() else None
    return Trouble(say(f"detect.trouble.{code}", **facts), hint)
