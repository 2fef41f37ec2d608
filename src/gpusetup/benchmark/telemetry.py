"""What NVML told of the GPUs while a benchmark ran: the values, read from lines. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterable, Mapping

# nvmlClocksEventReasons; "idle" and "none" say nothing
REASONS: Mapping[int, str] = {
    0x2: "application-clocks",
    0x4: "power-cap",
    0x8: "hardware-slowdown",
    0x10: "sync-boost",
    0x20: "thermal",
    0x40: "hardware-thermal",
    0x80: "power-brake",
    0x100: "display-clocks",
}


@dataclass(frozen=True)
class CardFacts:
    """What does not change while it runs. None is what NVML does not tell."""

    index: int
    name: str | None = None
    uuid: str | None = None
    sm_max_mhz: int | None = None
    memory_max_mhz: int | None = None
    bus_width: int | None = None
    cores: int | None = None
    link_max_generation: int | None = None
    link_max_width: int | None = None
    power_default_w: int | None = None
    ecc: bool | None = None
    mig: bool | None = None
    virtual: bool | None = None  # a part of a card, as a virtual machine gets it


@dataclass(frozen=True)
class Sample:
    """One look at a card."""

    gpu: int
    at: float  # seconds since 1970
    sm_mhz: int | None = None
    memory_mhz: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    temperature_c: int | None = None
    reasons: int | None = None
    link_generation: int | None = None
    link_width: int | None = None
    load: int | None = None
    pids: tuple[int, ...] | None = None  # of those who compute; asked less often

    @property
    def reason_names(self) -> tuple[str, ...]:
        """Why the clock is not higher."""
        return tuple(name for bit, name in REASONS.items() if (self.reasons or 0) & bit)


@dataclass(frozen=True)
class Telemetry:
    """All looks at all cards, in the order of time."""

    cards: tuple[CardFacts, ...] = ()
    samples: tuple[Sample, ...] = ()
    on_battery: bool | None = None


def read_telemetry(lines: Iterable[str], on_battery: bool | None = None) -> Telemetry:
    """The lines of `probe/watch_child.py`; others are left out."""
    cards: list[CardFacts] = []
    samples: list[Sample] = []
    for line in lines:
        told = _parse(line)
        if "facts" in told:
            cards.append(CardFacts(index=told["gpu"], **_known(CardFacts, told["facts"])))
        elif "at" in told:
            pids = told.pop("pids", None)
            found = Sample(**_known(Sample, told), pids=None if pids is None else tuple(pids))
            samples.append(found)
    return Telemetry(tuple(cards), tuple(samples), on_battery)


def _parse(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        found = json.loads(line)
    except ValueError:  # cut off when the watch ended
        return {}
    return found if isinstance(found, dict) else {}


def _known(kind: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name in kind.__dataclass_fields__}
