"""The events of `inside/benchmark.py` -> Benchmark: figures, what is expected, how healthy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Callable, Iterable, Mapping, Sequence

from gpusetup.matrix import GpuModel
from gpusetup.verdict import Ending, Event
from gpusetup.versions import Capability, parse_capability, show_capability

UNSTEADY = 0.10  # above this spread no verdict is given, as torch.utils.benchmark warns

# Measured dense bfloat16 TFLOP/s, the best over many shapes: Maximum Achievable Matmul FLOPS
# Finder, table in stas00/ml-engineering@744d01e, read 2026-11-21. Data centre cards stay 13 to
# 27 % below their data sheet, so the data sheet is no reference for them.
_MEASURED_BFLOAT16: Mapping[str, float] = {
    "NVIDIA A100-SXM4-40GB": 271.2,
    "NVIDIA A100-SXM4-80GB": 271.2,
    "NVIDIA A100-PCIE-40GB": 252.9,
    "NVIDIA A100 80GB PCIe": 252.9,
    "NVIDIA H100 80GB HBM3": 794.5,
    "NVIDIA H200": 794.5,
    "NVIDIA GH200 480GB": 828.6,
    "NVIDIA B200": 1745.0,
    "NVIDIA GB200": 1822.0,
}


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
    unit: str | None = None  # "TFLOP/s" | "GB/s"
    spread: float | None = None  # interquartile range over median
    shape: tuple[int, ...] = ()
    expected: float | None = None
    healthy_from: float = 0.90  # of the expected figure
    bad_below: float = 0.75
    reason: str | None = None
    detail: str | None = None

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
class MeasuredDevice:
    """A GPU, or the CPU (`index` None), with its figures."""

    index: int | None
    name: str | None
    results: tuple[Measurement, ...] = ()
    compute_capability: Capability | None = None
    threads: int | None = None

    @property
    def health(self) -> Health:
        """The worst figure that could be judged."""
        found = {result.health for result in self.results}
        order = (Health.BAD, Health.LOW, Health.GOOD)
        return next((health for health in order if health in found), Health.UNKNOWN)

    def result(self, name: str) -> Measurement | None:
        """A figure by its id."""
        return next((each for each in self.results if each.id == name), None)


@dataclass(frozen=True)
class Benchmark:
    """All figures. `reason` (a code) is set when the script did not come to its end."""

    devices: tuple[MeasuredDevice, ...] = ()
    cpu: MeasuredDevice | None = None
    torch: str | None = None
    seconds: float | None = None
    reason: str | None = None
    detail: str | None = None

    @property
    def ok(self) -> bool:
        """It came to its end, and no GPU is badly below its reference."""
        bad = any(device.health is Health.BAD for device in self.devices)
        return self.reason is None and not bad


def read_benchmark(events: Sequence[Event], ending: Ending) -> Benchmark:
    """All events of a benchmark. References are added by `judged`."""
    info: dict[str, object] = {}
    for event in events:
        if event["event"] == "info":
            info.update(event)
    end = next((event for event in events if event["event"] == "end"), None)
    broken = next((each for each in events if _is_failed_import(each)), None)
    reason, detail = (None, None) if end else ending.cause()
    if broken:
        reason, detail = str(broken.get("reason")), _text(broken.get("detail"))
    cpu = info.get("cpu")
    return Benchmark(
        devices=tuple(_device(row, events) for row in _rows(info.get("devices"))),
        cpu=_device(cpu, events) if isinstance(cpu, dict) else None,
        torch=str(info["torch"]) if "torch" in info else None,
        seconds=_number(end.get("seconds")) if end else None,
        reason=reason,
        detail=detail,
    )


def judged(benchmark: Benchmark, models: Iterable[GpuModel]) -> Benchmark:
    """The benchmark with what each GPU should reach, for the models that are known."""
    if not benchmark.devices:
        return benchmark
    known = {model.name: model for model in models}
    return replace(
        benchmark,
        devices=tuple(
            _with_expected(device, expected_figures(known[device.name]))
            if device.name in known
            else device
            for device in benchmark.devices
        ),
    )


def expected_figures(model: GpuModel) -> Mapping[str, float]:
    """What a model should reach, by the id of the figure; absent where no reference is known."""
    found: dict[str, float] = {}
    if "bandwidth_gb_s" in model.figures:
        found["copy-device"] = model.figures["bandwidth_gb_s"]
    if model.name in _MEASURED_BFLOAT16:
        found["matmul-bfloat16"] = _MEASURED_BFLOAT16[model.name]
    elif "GeForce RTX" in model.name and not _is_laptop(model.name):
        # quoted at the nominal boost clock, which these cards reach (3090, 4090, 5090 measured)
        for figure, name in (("fp16_tflops", "matmul-float16"), ("bf16_tflops", "matmul-bfloat16")):
            if figure in model.figures:
                found[name] = model.figures[figure]
    return found


def benchmark_document(
    benchmark: Benchmark, text: Callable[[MeasuredDevice], str | None] = lambda _device: None
) -> dict[str, object]:
    """`gpusetup.benchmark/1`. `text` says how a device stands, in words."""
    cpu = benchmark.cpu
    return {
        "schema": "gpusetup.benchmark/1",
        "torch": benchmark.torch,
        "devices": [
            {
                "index": device.index,
                "name": device.name,
                "compute_capability": device.compute_capability
                and show_capability(device.compute_capability),
                "results": [_result_document(result) for result in device.results],
                "clocks": None,
                "throttle_reasons": [],
                "health": device.health.value,
                "text": text(device),
            }
            for device in benchmark.devices
        ],
        "cpu": cpu
        and {
            "name": cpu.name,
            "threads": cpu.threads,
            "results": [_result_document(result) for result in cpu.results],
        },
        "seconds": benchmark.seconds,
        "reason": benchmark.reason,
        "detail": benchmark.detail,
    }


def _result_document(result: Measurement) -> dict[str, object]:
    ratio = result.ratio
    return {
        "id": result.id,
        "shape": list(result.shape),
        "median": result.median,
        "unit": result.unit,
        "spread": result.spread,
        "expected": result.expected,
        "ratio": None if ratio is None else round(ratio, 4),
        "health": result.health.value,
        "reason": result.reason,
        "detail": result.detail,
    }


def _with_expected(device: MeasuredDevice, expected: Mapping[str, float]) -> MeasuredDevice:
    laptop = _is_laptop(device.name or "")
    results = []
    for result in device.results:
        healthy, bad = _thresholds(result.id, laptop)
        figure = expected.get(result.id)
        results.append(replace(result, expected=figure, healthy_from=healthy, bad_below=bad))
    return replace(device, results=tuple(results))


def _thresholds(name: str, laptop: bool) -> tuple[float, float]:
    """(healthy from, bad below). Below 75 % of what is measured elsewhere, NVIDIA's own
    diagnosis (DCGM) calls a card defective."""
    if name == "copy-device":
        return 0.85, 0.75
    return (0.75, 0.60) if laptop else (0.90, 0.75)


def _is_laptop(name: str) -> bool:
    return any(word in name for word in ("Laptop", "Max-Q", "Mobile"))


def _is_failed_import(event: Event) -> bool:
    return event["event"] == "failed" and event.get("id") == "import"


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _device(row: Mapping[str, object], events: Iterable[Event]) -> MeasuredDevice:
    index = row.get("index")
    capability, threads = row.get("compute_capability"), row.get("threads")
    return MeasuredDevice(
        index=index if isinstance(index, int) else None,
        name=str(row.get("name")),
        results=tuple(_result(event) for event in events if _belongs(event, index)),
        compute_capability=parse_capability(str(capability)) if capability else None,
        threads=threads if isinstance(threads, int) else None,
    )


def _belongs(event: Event, index: object) -> bool:
    told = event["event"] in ("result", "skipped", "failed")
    return told and event.get("id") != "import" and event.get("device") == index


def _result(event: Event) -> Measurement:
    shape = event.get("shape")
    return Measurement(
        id=str(event.get("id")),
        median=_number(event.get("median")),
        unit=_text(event.get("unit")),
        spread=_number(event.get("spread")),
        shape=tuple(shape) if isinstance(shape, list) else (),
        reason=_text(event.get("reason")),
        detail=_text(event.get("detail")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
