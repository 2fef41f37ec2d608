"""What each figure of a benchmark should reach: measured references, data sheets, own clocks.

The order, the best first: what others measured on this model; its data sheet; what follows from
the clocks, units, bus and link that the driver tells of this very card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterator, Mapping

from gpusetup.basics.versions import Capability
from gpusetup.benchmark.measurement import Basis, Benchmark, Conditions, MeasuredDevice, Measurement
from gpusetup.matrix.rows import GpuModel, Matrix, Rate

# Below 75 % of what is measured elsewhere, NVIDIA's own diagnosis (DCGM) calls a card defective.
_STEADY = (0.90, 0.75)
# Laptops of one name differ in their power limits; a peak at the highest clock is only a guide.
_LOOSE = (0.75, 0.60)
_MEMORY = (0.85, 0.75)
# Half of a link is common (two cards that share the lanes) and no defect; a quarter is one.
_LINK = (0.90, 0.35)

# Shares of the peak at the highest clock that cards with measured references reach in torch.
_TENSOR_SHARE = 0.75
_CORE_SHARE = 0.85
_DOUBLED_CORE_SHARE = 0.65  # from 8.6 on half of the float32 units also do whole numbers
_LINK_SHARE = 0.82  # pinned copies: 26 of 31.5 GB/s on 4.0 x 16, 56 of 63 on 5.0 x 16
_LANE_GB_S: Mapping[int, float] = {
    1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563,
}  # fmt: skip
TRANSFERS = ("copy-to-device", "copy-from-device")
_TENSOR_TYPES = {"matmul-float16": 1.0, "matmul-bfloat16": 1.0, "matmul-tf32": 0.5}


@dataclass(frozen=True)
class Expectation:
    """A figure that should be reached, and what it comes from."""

    value: float
    basis: Basis
    healthy_from: float
    bad_below: float
    source: str | None = None


def judged(benchmark: Benchmark, matrix: Matrix) -> Benchmark:
    """The benchmark with what each GPU should reach."""
    devices = tuple(_judged_device(device, matrix) for device in benchmark.devices)
    return replace(benchmark, devices=devices)


def _judged_device(device: MeasuredDevice, matrix: Matrix) -> MeasuredDevice:
    expected = expectations(device, matrix)
    results = tuple(_with(result, expected.get(result.id)) for result in device.results)
    return replace(device, results=results)


def _with(result: Measurement, expected: Expectation | None) -> Measurement:
    if expected is None:
        return result
    return replace(
        result,
        expected=expected.value,
        basis=expected.basis,
        source=expected.source,
        healthy_from=expected.healthy_from,
        bad_below=expected.bad_below,
    )


def expectations(device: MeasuredDevice, matrix: Matrix) -> dict[str, Expectation]:
    """What a device should reach, by the id of the figure; absent where nothing tells."""
    found = dict(_by_clocks(device, matrix))
    found.update(_by_link(device.conditions))
    model = None if device.is_slice else model_of(device.name, matrix)
    if model is not None:
        found.update(_by_data_sheet(model, device.is_laptop))
        found.update(_by_measurement(model, matrix, device.is_laptop))
    return found


def model_of(name: str | None, matrix: Matrix) -> GpuModel | None:
    """The very model: no desktop card for a laptop's, no whole card for a slice."""
    wanted = _plain(name or "")
    return next((model for model in matrix.gpus if _plain(model.name) == wanted), None)


def _plain(name: str) -> str:
    """Drivers before R470 leave NVIDIA out of most names."""
    return name.removeprefix("NVIDIA ").lower()


def _by_measurement(
    model: GpuModel, matrix: Matrix, laptop: bool
) -> Iterator[tuple[str, Expectation]]:
    limits = _LOOSE if laptop else _STEADY
    for row in matrix.references:
        if row.gpu == model.name:
            thresholds = _MEMORY if row.figure == "copy-device" else limits
            yield (
                row.figure,
                Expectation(row.value, Basis.MEASURED, *thresholds, row.source),
            )


def _by_data_sheet(model: GpuModel, laptop: bool) -> Iterator[tuple[str, Expectation]]:
    figures = model.figures
    if "bandwidth_gb_s" in figures:
        for name in ("copy-device", "triad-device"):
            yield name, _data_sheet(model, figures["bandwidth_gb_s"], _MEMORY)
    # quoted at the nominal boost clock, which these cards reach (3090, 4090, 5090 measured)
    if "GeForce RTX" in model.name and not laptop:
        for figure, name in (("fp16_tflops", "matmul-float16"), ("bf16_tflops", "matmul-bfloat16")):
            if figure in figures:
                yield name, _data_sheet(model, figures[figure], _STEADY)


def _data_sheet(model: GpuModel, value: float, limits: tuple[float, float]) -> Expectation:
    return Expectation(value, Basis.DATA_SHEET, *limits, model.source)


def _by_clocks(device: MeasuredDevice, matrix: Matrix) -> Iterator[tuple[str, Expectation]]:
    """The peaks at the highest clock that the driver allows, and what is usual of them."""
    card = device.conditions
    if card is None:
        return
    if card.bus_width and card.memory_max_mhz and not device.is_slice:
        bandwidth = peak_bandwidth(card.memory_max_mhz, card.bus_width)
        for name in ("copy-device", "triad-device"):
            yield name, Expectation(bandwidth, Basis.OWN_CLOCKS, *_MEMORY)
    for name, peak, share in peaks(device, rate_of(device, matrix)):
        yield name, Expectation(peak * share, Basis.OWN_CLOCKS, *_LOOSE)


def peak_bandwidth(memory_mhz: int, bus_width: int) -> float:
    """GB/s. Every clock moves two words: 2619 MHz and 5120 bits are 3352 GB/s."""
    return 2 * memory_mhz * bus_width / 8 / 1000


def peaks(device: MeasuredDevice, rate: Rate | None) -> Iterator[tuple[str, float, float]]:
    """(figure, theoretical TFLOP/s, the share of it that is usual)."""
    card = device.conditions
    units = _multiprocessors(device, rate)
    if card is None or rate is None or not card.sm_max_mhz or not units:
        return
    billions = units * card.sm_max_mhz / 1e6
    doubled = rate.capability >= (8, 6) and rate.cores == 128
    share = _DOUBLED_CORE_SHARE if doubled else _CORE_SHARE
    yield "matmul-float32", 2 * rate.cores * billions, share
    if rate.tensor:
        for name, factor in _TENSOR_TYPES.items():
            if name == "matmul-float16" or rate.capability >= (8, 0):
                yield name, rate.tensor * factor * billions, _TENSOR_SHARE
        if rate.capability >= (8, 9):
            yield "matmul-float8", 2 * rate.tensor * billions, _TENSOR_SHARE


def _multiprocessors(device: MeasuredDevice, rate: Rate | None) -> int | None:
    """torch counts those of a slice too; the driver only tells the cores of the card."""
    cores = device.conditions.cores if device.conditions else None
    if device.multiprocessors or rate is None or not cores or device.is_slice:
        return device.multiprocessors
    return cores // rate.cores


def rate_of(device: MeasuredDevice, matrix: Matrix) -> Rate | None:
    """The row with the longest word that the card's name holds."""
    found = [row for row in matrix.rates if _fits(row, device.compute_capability, device.name)]
    return max(found, key=lambda row: len(row.cards), default=None)


def _fits(row: Rate, capability: Capability | None, name: str | None) -> bool:
    return row.capability == capability and row.cards in (name or "")


def _by_link(card: Conditions | None) -> Iterator[tuple[str, Expectation]]:
    """What the card and the board could do together, not what the link happens to be."""
    if card is None or not card.link_max_generation or not card.link_max_width:
        return
    lane = _LANE_GB_S.get(card.link_max_generation)
    if lane:
        for name in TRANSFERS:
            value = lane * card.link_max_width * _LINK_SHARE
            yield name, Expectation(round(value, 1), Basis.LINK, *_LINK)
