"""The events of `inside/benchmark.py` -> Benchmark: figures, what is expected, how healthy."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Iterable, Mapping, Sequence

from gpusetup.basics.versions import Capability, parse_capability
from gpusetup.verdict import Ending, Event, number_of, text_of

UNSTEADY = 0.10  # above this spread no verdict is given, as torch.utils.benchmark warns


class Basis(str, Enum):
    """What the expected figure comes from."""

    MEASURED = "measured"  # this model, by others
    DATA_SHEET = "data-sheet"
    OWN_CLOCKS = "own-clocks"  # computed from this card's clocks, units and bus
    LINK = "link"  # computed from the generation and width of the connection to the host


class Health(str, Enum):
    """How a figure stands against the reference of its model."""

    GOOD = "good"
    LOW = "low"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Measurement:
    """One figure. `median` None: not measured, and `reason` (a code) says why."""

    id: str
    median: float | None = None
    unit: str | None = None  # "TFLOP/s" | "GB/s" | "images/s" | "tokens/s" | "us"
    spread: float | None = None  # interquartile range over median
    shape: tuple[int, ...] = ()
    expected: float | None = None
    basis: Basis | None = None
    source: str | None = None  # of the expected figure
    healthy_from: float = 0.90  # of the expected figure
    bad_below: float = 0.75
    reason: str | None = None
    detail: str | None = None
    type: str | None = None  # of the numbers, where the id does not say it
    peer: int | None = None  # the other GPU of a copy

    @property
    def ratio(self) -> float | None:
        """The share of the expected figure."""
        if self.median is None or not self.expected:
            return None
        return self.median / self.expected

    @property
    def is_unsteady(self) -> bool:
        return self.spread is not None and self.spread > UNSTEADY

    @property
    def health(self) -> Health:
        """Unknown without a reference, and where the runs differ too much to judge."""
        if self.ratio is None or self.is_unsteady:
            return Health.UNKNOWN
        if self.ratio >= self.healthy_from:
            return Health.GOOD
        return Health.LOW if self.ratio >= self.bad_below else Health.BAD


@dataclass(frozen=True)
class Limit:
    """What held a device back, or may have. `code` is looked up in messages.

    A serious one is no part of a healthy machine; the others only explain a low figure.
    """

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    serious: bool = True


@dataclass(frozen=True)
class Conditions:
    """How a card was while it computed. None is what nobody told."""

    sm_mhz: int | None = None
    sm_max_mhz: int | None = None
    memory_mhz: int | None = None
    memory_max_mhz: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    power_default_w: float | None = None
    temperature_c: int | None = None
    link_generation: int | None = None
    link_width: int | None = None
    link_max_generation: int | None = None
    link_max_width: int | None = None
    reasons: Mapping[str, float] = field(default_factory=dict)  # name -> share of the looks
    other_pids: tuple[int, ...] = ()
    ecc: bool | None = None
    mig: bool | None = None
    virtual: bool | None = None
    on_battery: bool | None = None
    bus_width: int | None = None
    cores: int | None = None


@dataclass(frozen=True)
class MeasuredDevice:
    """A GPU, or the CPU (`index` None), with its figures."""

    index: int | None
    name: str | None
    results: tuple[Measurement, ...] = ()
    compute_capability: Capability | None = None
    threads: int | None = None
    uuid: str | None = None
    multiprocessors: int | None = None
    conditions: Conditions | None = None
    limits: tuple[Limit, ...] = ()

    @property
    def health(self) -> Health:
        """The worst figure that could be judged; what holds it back makes it low at best."""
        found = {result.health for result in self.results}
        if any(limit.serious for limit in self.limits):
            found.add(Health.LOW)
        order = (Health.BAD, Health.LOW, Health.GOOD)
        return next((health for health in order if health in found), Health.UNKNOWN)

    @property
    def is_laptop(self) -> bool:
        return any(word in (self.name or "") for word in ("Laptop", "Max-Q", "Mobile"))

    @property
    def is_slice(self) -> bool:
        """A MIG slice, which torch names after its card."""
        return " MIG " in (self.name or "")

    def result(self, name: str) -> Measurement | None:
        """A figure by its id."""
        return next((each for each in self.results if each.id == name), None)


@dataclass(frozen=True)
class Benchmark:
    """All figures. `reason` (a code) is set when the script did not come to its end."""

    devices: tuple[MeasuredDevice, ...] = ()
    cpu: MeasuredDevice | None = None
    torch: str | None = None
    cuda_runtime: str | None = None
    tf32: str | None = None  # "on" | "off" | "forbidden": for products of the user in float32
    process: int | None = None
    seconds: float | None = None
    reason: str | None = None
    detail: str | None = None

    @property
    def ok(self) -> bool:
        """It came to its end, and no GPU is badly below its reference."""
        bad = any(device.health is Health.BAD for device in self.devices)
        return self.reason is None and not bad


def read_benchmark(events: Sequence[Event], ending: Ending) -> Benchmark:
    """All events of a benchmark. What to expect is added by `references.judged`."""
    info: dict[str, object] = {}
    for event in events:
        if event["event"] == "info":
            info.update(event)
    end = next((event for event in events if event["event"] == "end"), None)
    broken = next((each for each in events if _is_failed_import(each)), None)
    reason, detail = (None, None) if end else ending.cause()
    if broken:
        reason, detail = str(broken.get("reason")), text_of(broken.get("detail"))
    cpu = info.get("cpu")
    return Benchmark(
        devices=tuple(_device(row, events) for row in _rows(info.get("devices"))),
        cpu=_device(cpu, events) if isinstance(cpu, dict) else None,
        torch=text_of(info.get("torch")),
        cuda_runtime=text_of(info.get("cuda_runtime")),
        tf32=text_of(info.get("tf32")),
        process=_whole(info.get("process")),
        seconds=number_of(end.get("seconds")) if end else None,
        reason=reason,
        detail=detail,
    )


def _is_failed_import(event: Event) -> bool:
    return event["event"] == "failed" and event.get("id") == "import"


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _device(row: Mapping[str, object], events: Iterable[Event]) -> MeasuredDevice:
    index = row.get("index")
    capability, threads = row.get("compute_capability"), row.get("threads")
    return MeasuredDevice(
        index=_whole(index),
        name=str(row.get("name")),
        results=tuple(_result(event) for event in events if _belongs(event, index)),
        compute_capability=parse_capability(str(capability)) if capability else None,
        threads=_whole(threads),
        uuid=text_of(row.get("uuid")),
        multiprocessors=_whole(row.get("multiprocessors")),
    )


def _belongs(event: Event, index: object) -> bool:
    told = event["event"] in ("result", "skipped", "failed")
    return told and event.get("id") != "import" and event.get("device") == index


def _result(event: Event) -> Measurement:
    shape = event.get("shape")
    return Measurement(
        id=str(event.get("id")),
        median=number_of(event.get("median")),
        unit=text_of(event.get("unit")),
        spread=number_of(event.get("spread")),
        shape=tuple(shape) if isinstance(shape, list) else (),
        reason=text_of(event.get("reason")),
        detail=text_of(event.get("detail")),
        type=text_of(event.get("type")),
        peer=_whole(event.get("peer")),
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
