"""What NVML saw while a benchmark ran -> how each card was, and what held it back. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from typing import Iterable, Iterator, Mapping, Sequence

from gpusetup.benchmark.measurement import Benchmark, Conditions, Health, Limit, MeasuredDevice
from gpusetup.benchmark.references import TRANSFERS
from gpusetup.benchmark.telemetry import CardFacts, Sample, Telemetry

SETTLING = 0.4  # of a measurement: memory is filled, and clocks rise
SOMETIMES = 0.05  # of the looks
MOSTLY = 0.50
SLOW_CLOCK = 0.70  # of the highest: cards under full load run at 80 to 95 %
LOWERED = 0.95  # of the default power limit
_HEATED = ("thermal", "hardware-thermal")
_EXPLAINED = ("power-cap", *_HEATED, "hardware-slowdown", "power-brake")


@dataclass(frozen=True)
class Mark:
    """When a measurement began."""

    at: float
    device: int | None
    figure: str


def with_conditions(
    benchmark: Benchmark,
    telemetry: Telemetry,
    marks: Sequence[Mark],
    environ: Mapping[str, str] | None = None,
) -> Benchmark:
    """The benchmark with how each card was. `environ`: which cards torch was allowed to see."""
    cards = cards_of(benchmark.devices, telemetry.cards, environ or {})
    return replace(
        benchmark,
        devices=tuple(
            replace(
                device,
                conditions=conditions(
                    card, telemetry, marks, device.index, benchmark.process, len(benchmark.devices)
                ),
            )
            if card
            else device
            for device, card in zip(benchmark.devices, cards)
        ),
    )


def with_limits(benchmark: Benchmark) -> Benchmark:
    """The benchmark with what held each card back. What is expected must be known already."""
    return replace(
        benchmark,
        devices=tuple(
            replace(device, limits=_serious_first(limits(device, benchmark.tf32)))
            for device in benchmark.devices
        ),
    )


def _serious_first(found: Iterable[Limit]) -> tuple[Limit, ...]:
    return tuple(sorted(found, key=lambda limit: not limit.serious))


def cards_of(
    devices: Sequence[MeasuredDevice], cards: Sequence[CardFacts], environ: Mapping[str, str]
) -> list[CardFacts | None]:
    """The driver's card of each device: by UUID, else the n-th of its name that is visible."""
    by_uuid = [_of_uuid(device, cards) for device in devices]
    if any(by_uuid):
        return by_uuid
    left = [card for card in cards if _is_visible(card, environ)]
    found: list[CardFacts | None] = []
    for device in devices:
        card = next((each for each in left if _same_name(device.name, each.name)), None)
        if card is not None:
            left.remove(card)
        found.append(card)
    return found


def _of_uuid(device: MeasuredDevice, cards: Sequence[CardFacts]) -> CardFacts | None:
    found = (card for card in cards if _same_uuid(device.uuid, card.uuid))
    return next(found, _cut_card(device, cards))


def _cut_card(device: MeasuredDevice, cards: Sequence[CardFacts]) -> CardFacts | None:
    """A slice has a UUID of its own; with one card that is cut there is no doubt."""
    cut = [card for card in cards if card.mig]
    return cut[0] if device.is_slice and len(cut) == 1 else None


def _same_uuid(one: str | None, other: str | None) -> bool:
    """torch leaves "GPU-" out."""
    return bool(one and other) and str(one).split("GPU-")[-1] == str(other).split("GPU-")[-1]


def _same_name(one: str | None, other: str | None) -> bool:
    return bool(one and other) and (one == other or str(one).startswith(f"{other} MIG "))


def _is_visible(card: CardFacts, environ: Mapping[str, str]) -> bool:
    text = environ.get("CUDA_VISIBLE_DEVICES")
    words = [word.strip() for word in (text or "").split(",")]
    if text is None or not words[0].isdigit():
        return True
    return str(card.index) in words


def conditions(
    card: CardFacts,
    telemetry: Telemetry,
    marks: Sequence[Mark],
    device: int | None,
    process: int | None,
    devices: int = 1,
) -> Conditions:
    """How a card was while it computed products, and its link while it copied."""
    samples = [sample for sample in telemetry.samples if sample.gpu == card.index]
    ours = [window for window in _windows(marks) if window.device == device]
    busy = _within(samples, [each for each in ours if each.figure.startswith("matmul")])
    copying = _within(samples, [each for each in ours if each.figure.startswith("copy-")])
    return Conditions(
        sm_mhz=_median(sample.sm_mhz for sample in busy),
        sm_max_mhz=card.sm_max_mhz,
        memory_mhz=_median(sample.memory_mhz for sample in busy),
        memory_max_mhz=card.memory_max_mhz,
        power_w=max((sample.power_w for sample in busy if sample.power_w), default=None),
        power_limit_w=_last(sample.power_limit_w for sample in busy),
        power_default_w=card.power_default_w,
        temperature_c=_most(sample.temperature_c for sample in busy),
        # an idle link is slow to save power: only its best moment tells what it can do
        link_generation=max(
            (s.link_generation for s in copying if s.link_generation), default=None
        ),
        link_width=max((s.link_width for s in copying if s.link_width), default=None),
        link_max_generation=card.link_max_generation,
        link_max_width=card.link_max_width,
        reasons=_shares(busy),
        other_pids=others(samples, marks, process),
        ecc=card.ecc,
        mig=card.mig,
        virtual=card.virtual,
        on_battery=telemetry.on_battery,
        bus_width=card.bus_width,
        cores=card.cores,
    )


@dataclass(frozen=True)
class _Window:
    begin: float
    end: float
    device: int | None
    figure: str


def _windows(marks: Sequence[Mark]) -> Iterator[_Window]:
    """From each mark to the next, without the time in which things settle."""
    ends = [mark.at for mark in marks[1:]] + [float("inf")]
    for mark, end in zip(marks, ends):
        begin = mark.at if end == float("inf") else mark.at + SETTLING * (end - mark.at)
        yield _Window(begin, end, mark.device, mark.figure)


def _within(samples: Sequence[Sample], windows: Sequence[_Window]) -> list[Sample]:
    return [
        sample
        for sample in samples
        if any(window.begin <= sample.at < window.end for window in windows)
    ]


def _median(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known)) if known else None


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value), default=None)


def _last(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return known[-1] if known else None


def _shares(samples: Sequence[Sample]) -> dict[str, float]:
    """How often each reason was given."""
    told = [sample for sample in samples if sample.reasons is not None]
    names = {name for sample in told for name in sample.reason_names}
    return {
        name: round(sum(name in sample.reason_names for sample in told) / len(told), 2)
        for name in sorted(names)
    }


def others(
    samples: Sequence[Sample], marks: Sequence[Mark], process: int | None
) -> tuple[int, ...]:
    """Processes of others on the card.

    In a container the driver counts processes in its own way, and ours has another number there:
    then only those count that were there before ours began.
    """
    began = next((mark.at for mark in marks if mark.figure != "import"), float("inf"))
    told = [(sample.at < began, sample.pids) for sample in samples if sample.pids is not None]
    before = {pid for early, pids in told if early for pid in pids}
    during = {pid for _early, pids in told for pid in pids}
    found = during - {process} if process in during else before
    return tuple(sorted(found))


def limits(device: MeasuredDevice, tf32: str | None = None) -> Iterator[Limit]:
    """What held a device back, the likeliest first."""
    card = device.conditions
    if card is None:
        return
    if card.other_pids:
        yield Limit("others", {"count": len(card.other_pids), "pids": list(card.other_pids)})
    if card.on_battery and device.is_laptop:
        yield Limit("battery")
    yield from _heat_and_power(card)
    yield from _clock(card)
    yield from _link(card, device)
    yield from _settings(card, device, tf32)


def _heat_and_power(card: Conditions) -> Iterator[Limit]:
    share = card.reasons
    if any(share.get(name, 0) >= SOMETIMES for name in _HEATED):
        yield Limit("thermal", {"temperature": card.temperature_c})
    if share.get("power-brake", 0) >= SOMETIMES:
        yield Limit("power-brake")
    elif share.get("hardware-slowdown", 0) >= SOMETIMES and not share.get("hardware-thermal"):
        yield Limit("hardware-slowdown")
    facts = {"limit": card.power_limit_w, "default": card.power_default_w}
    if card.power_limit_w and card.power_limit_w < LOWERED * (card.power_default_w or 0):
        yield Limit("power-limit", facts)
    elif share.get("power-cap", 0) >= MOSTLY:
        yield Limit("power-cap", facts, serious=False)  # under full load that is usual


def _clock(card: Conditions) -> Iterator[Limit]:
    if not card.sm_mhz or not card.sm_max_mhz:
        return
    explained = any(card.reasons.get(name, 0) >= SOMETIMES for name in _EXPLAINED)
    if card.sm_mhz < SLOW_CLOCK * card.sm_max_mhz and not explained:
        yield Limit("clock", {"clock": card.sm_mhz, "highest": card.sm_max_mhz})


def _link(card: Conditions, device: MeasuredDevice) -> Iterator[Limit]:
    copies = [device.result(name) for name in TRANSFERS]
    # a copy that is as fast as it should be says more than what the driver tells of the link
    is_fast = any(copy is not None and copy.health is Health.GOOD for copy in copies)
    width, widest = card.link_width, card.link_max_width
    if width and widest and width < widest:
        yield Limit("link-width", {"width": width, "widest": widest})
    generation, newest = card.link_generation, card.link_max_generation
    if generation and newest and generation < newest and not is_fast:
        yield Limit("link-generation", {"generation": generation, "newest": newest})


def _settings(card: Conditions, device: MeasuredDevice, tf32: str | None) -> Iterator[Limit]:
    copy = device.result("copy-device")
    is_slow = copy is not None and copy.health in (Health.LOW, Health.BAD)
    # memory stacked on the chip (1024 lines and more) has its own bits for checks; other
    # memory keeps them among the data
    if card.ecc and is_slow and card.bus_width and card.bus_width < 1024:
        yield Limit("ecc", serious=False)
    if card.mig or device.is_slice:
        yield Limit("mig", serious=False)
    if card.virtual:
        yield Limit("virtual", serious=False)
    if tf32 == "forbidden" and device.result("matmul-tf32"):
        yield Limit("tf32-forbidden")
