"""How a benchmark looks on the screen. `bench` and `init` use it."""

from __future__ import annotations

from typing import Sequence

from gpusetup.matrix import Matrix
from gpusetup.measurement import Benchmark, Health, MeasuredDevice, Measurement
from gpusetup.messages import say, sentences
from gpusetup.terminal.show import Mark, heading, hint, line, table
from gpusetup.verdict import Event

_MARKS = {
    Health.GOOD: Mark.OK,
    Health.LOW: Mark.WARN,
    Health.BAD: Mark.BAD,
    Health.UNKNOWN: Mark.NOTE,
}


def measure_with_progress(
    python: str, matrix: Matrix | None = None, level: str = "quick"
) -> Benchmark:
    """Measure, say on stderr what is measured, and judge by the matrix's models."""
    from gpusetup.measurement import judged
    from gpusetup.proving import measure
    from gpusetup.terminal.show import awaiting

    with awaiting(say("bench.running", figure=say("bench.figure-import"))) as wait:

        def tell(event: Event) -> None:
            if event["event"] == "start":
                wait.update(say("bench.running", figure=_figure(str(event.get("check")))))

        benchmark = measure(python, level, tell)
    # only a GPU has a model to look up: leave the table unread on other machines
    return judged(benchmark, matrix.gpus) if matrix and benchmark.devices else benchmark


def show_benchmark(benchmark: Benchmark) -> None:
    """A table of the figures, then each GPU's standing."""
    heading(say("bench.title"))
    rows = benchmark_rows(benchmark)
    if rows:
        table(_headers(benchmark), rows)
    for device in benchmark.devices:
        label = say("verify.label-gpu", index=device.index)
        line(_MARKS[device.health], label, device_text(device))
        following = f"bench.device-{device.health.value}.next"
        if following in sentences():
            hint(say(following))
    _compare_with_cpu(benchmark)
    if benchmark.reason:
        reason = _reason(benchmark.reason, benchmark.detail, benchmark.torch)
        line(Mark.BAD, say("verify.label-result"), say("bench.stopped", reason=reason))
        following = f"verify.reason-{benchmark.reason}.next"
        if following in sentences():
            hint(say(following))


def device_text(device: MeasuredDevice) -> str:
    """How a GPU stands, in one sentence."""
    if all(result.median is None for result in device.results):
        reason = next((each for each in device.results if each.reason != "not-supported"), None)
        told = _reason(reason.reason, reason.detail, None) if reason else say("bench.not-measured")
        return say("bench.device-failed", name=device.name, reason=told)
    ratios = [each.ratio for each in device.results if each.health is device.health and each.ratio]
    percent = round(100 * min(ratios)) if ratios else 0
    return say(f"bench.device-{device.health.value}", name=device.name, percent=percent)


def benchmark_rows(benchmark: Benchmark) -> list[list[str]]:
    """device, what, speed, and (with a reference) expected and verdict."""
    judged = len(_headers(benchmark)) > 3
    devices = [(say("verify.label-gpu", index=each.index), each) for each in benchmark.devices]
    if benchmark.cpu:
        devices.append((say("verify.label-cpu"), benchmark.cpu))
    return [
        [label, _figure(result.id), _speed(result), *(_judgement(result) if judged else ())]
        for label, device in devices
        for result in device.results
    ]


def _headers(benchmark: Benchmark) -> Sequence[str]:
    names = ["device", "figure", "speed"]
    results = [result for device in benchmark.devices for result in device.results]
    if any(result.expected or result.is_unsteady for result in results):
        names += ["expected", "health"]
    return [say(f"bench.column-{name}") for name in names]


def _figure(name: str) -> str:
    code = f"bench.figure-{name}"
    return say(code) if code in sentences() else name


def _speed(result: Measurement) -> str:
    if result.median is None:
        return say("bench.not-measured" if result.reason == "not-supported" else "bench.failed")
    return _amount(result.median, result.unit)


def _amount(value: float, unit: str | None) -> str:
    """A processor's figures are a thousand times smaller than a GPU's."""
    if unit == "TFLOP/s" and value < 1:
        value, unit = value * 1000, "GFLOP/s"
    return f"{_rounded(value)} {unit or ''}".rstrip()


def _rounded(value: float) -> str:
    """Three digits are what a benchmark of seconds can promise."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def _judgement(result: Measurement) -> tuple[str, str]:
    expected = _amount(result.expected, result.unit) if result.expected else ""
    if result.is_unsteady:
        percent = round(100 * (result.spread or 0))
        return expected, say("bench.health-unsteady", percent=percent)
    if result.ratio is None:
        return expected, ""
    share = say("bench.share", percent=round(100 * result.ratio))
    return expected, f"{share} {say(f'bench.health-{result.health.value}')}"


def _compare_with_cpu(benchmark: Benchmark) -> None:
    cpu = benchmark.cpu and benchmark.cpu.result("matmul-float32")
    if not cpu or not cpu.median or benchmark.cpu is None:
        return
    if not benchmark.devices:
        text = say("bench.cpu-only", threads=benchmark.cpu.threads)
        line(Mark.NOTE, say("verify.label-cpu"), text)
        return
    gpu = benchmark.devices[0].result("matmul-float32")
    if gpu and gpu.median:
        label = say("verify.label-gpu", index=benchmark.devices[0].index)
        factor = _rounded(gpu.median / cpu.median)
        line(Mark.NOTE, label, say("bench.factor", factor=factor))


def _reason(reason: str | None, detail: str | None, torch: str | None) -> str:
    code = f"verify.reason-{reason}"
    if code not in sentences():
        code = "verify.reason-exception"
    return say(code, detail=detail or "", torch=torch or "", cuda_runtime="")
