"""How a benchmark looks on the screen. `bench` and `init` use it."""

from __future__ import annotations

from typing import Mapping, Sequence

from gpusetup.benchmark.comparison import Change
from gpusetup.benchmark.measurement import (
    Basis,
    Benchmark,
    Health,
    Limit,
    MeasuredDevice,
    Measurement,
)
from gpusetup.messages import listed, say, sentences
from gpusetup.terminal.show import Mark, bar, heading, hint, line, note, table

_MARKS = {
    Health.GOOD: Mark.OK,
    Health.LOW: Mark.WARN,
    Health.BAD: Mark.BAD,
    Health.UNKNOWN: Mark.NOTE,
}
_BAR_CELLS = 8
_COMPUTED = (Basis.OWN_CLOCKS, Basis.LINK)
NO_TIME = "no-time"
Changes = Mapping[tuple[object, str], Change]


def show_benchmark(benchmark: Benchmark, compared: Sequence[Change] = ()) -> None:
    """A table of each device's figures, then how each GPU stands and why."""
    heading(say("bench.title"))
    by_figure: Changes = {(change.device, change.figure): change for change in compared}
    for device in (*benchmark.devices, *([benchmark.cpu] if benchmark.cpu else [])):
        rows = benchmark_rows(device, by_figure)
        if rows:
            columns = [say(f"bench.column-{name}") for name in _columns(device, by_figure)]
            table(columns, rows, title=_device_title(device))
    _name_what_was_left_out(benchmark)
    heading(say("bench.verdict"))
    for device in benchmark.devices:
        _show_standing(device)
    _explain(benchmark)
    _compare_with_cpu(benchmark)
    if benchmark.reason:
        _show_reason(benchmark)


def _name_what_was_left_out(benchmark: Benchmark) -> None:
    devices = (*benchmark.devices, *([benchmark.cpu] if benchmark.cpu else []))
    left_out = [each for device in devices for each in device.results if each.reason == NO_TIME]
    if left_out:
        names = dict.fromkeys(_figure(each.id) for each in left_out)
        note(say("bench.left-out", figures=listed(names)))


def _device_title(device: MeasuredDevice) -> str:
    name = device.name or ""
    if device.index is None:
        return say("bench.of-cpu", name=name, threads=device.threads)
    return say("bench.of-gpu", index=device.index, name=name)


def _show_standing(device: MeasuredDevice) -> None:
    label = say("verify.label-gpu", index=device.index)
    line(_MARKS[device.health], label, device_text(device), _conditions(device))
    for limit in shown_limits(device):
        text, following = limit_text(limit)
        line(Mark.WARN if limit.serious else Mark.NOTE, label, text)
        if following:
            hint(following)
    explained = any(limit.serious for limit in device.limits)
    if device.health in (Health.LOW, Health.BAD) and not explained:
        hint(say("bench.unexplained.next"))


def shown_limits(device: MeasuredDevice) -> tuple[Limit, ...]:
    """What is usual explains a low figure, and is not worth a word beside a good one."""
    is_low = device.health in (Health.LOW, Health.BAD)
    return tuple(limit for limit in device.limits if limit.serious or is_low)


def limit_text(limit: Limit) -> tuple[str, str | None]:
    """What held a device back, and what to do."""
    code = f"bench.limit-{limit.code}"
    facts = {name: _fact(value) for name, value in limit.facts.items()}
    following = f"{code}.next"
    told = say(following, **facts) if following in sentences() else None
    return say(code, **facts), told


def _fact(value: object) -> object:
    if isinstance(value, float):
        return f"{value:g}"
    return say("who.unknown") if value is None else value


def device_text(device: MeasuredDevice) -> str:
    """How a GPU stands, in one sentence."""
    if all(result.median is None for result in device.results):
        reason = next((each for each in device.results if each.reason != "not-supported"), None)
        told = _reason(reason.reason, reason.detail, None) if reason else say("bench.not-measured")
        return say("bench.device-failed", name=device.name, reason=told)
    worst = [each for each in device.results if each.health is device.health and each.ratio]
    if not worst:
        unsteady = any(each.expected and each.is_unsteady for each in device.results)
        held = device.health is Health.LOW
        kind = "held" if held else "unsteady" if unsteady else "unknown"
        return say(f"bench.device-{kind}", name=device.name)
    least = min(worst, key=lambda each: each.ratio or 0)
    facts = {"percent": round(100 * (least.ratio or 0)), "figure": _figure(least.id)}
    return say(f"bench.device-{device.health.value}", name=device.name, **facts)


def _conditions(device: MeasuredDevice) -> str | None:
    """Clock, temperature, power and link while it was measured."""
    card = device.conditions
    if card is None or card.sm_mhz is None:
        return None
    parts = [say("bench.clock", clock=card.sm_mhz, highest=card.sm_max_mhz or "?")]
    if card.temperature_c is not None:
        parts.append(say("bench.temperature", temperature=card.temperature_c))
    if card.power_w and card.power_limit_w:
        facts = {"power": round(card.power_w), "limit": round(card.power_limit_w)}
        parts.append(say("bench.power", **facts))
    if card.link_width and card.link_generation:
        link = {"generation": card.link_generation, "width": card.link_width}
        parts.append(say("bench.link", **link))
    return say("comma").join(parts)


def benchmark_rows(device: MeasuredDevice, compared: Changes | None = None) -> list[list[str]]:
    """What, speed, and where there is something to hold it against: expected, verdict, before."""
    columns = _columns(device, compared or {})
    return [
        [_cell(name, result, (compared or {}).get((device.index, result.id))) for name in columns]
        for result in device.results
        if result.reason != NO_TIME
    ]


def _columns(device: MeasuredDevice, compared: Changes) -> list[str]:
    names = ["figure", "speed"]
    if any(result.expected for result in device.results):
        names.append("expected")
    if any(result.expected or result.is_unsteady for result in device.results):
        names.append("health")
    if any(index == device.index for index, _figure_id in compared):
        names.append("before")
    return names


def _cell(column: str, result: Measurement, change: Change | None) -> str:
    if column == "figure":
        return _figure(result.id, result.peer)
    if column == "speed":
        return _speed(result)
    if column == "expected" and result.median is None:
        return ""
    if column == "expected":
        mark = "≈" if result.basis in _COMPUTED else ""
        return mark + amount(result.expected, result.unit) if result.expected else ""
    return _judgement(result) if column == "health" else _before(change)


def _figure(name: str, peer: int | None = None) -> str:
    code = f"bench.figure-{name}" + ("" if peer is None else "-peer")
    if code in sentences():
        return say(code, peer=peer)
    base, _dash, size = name.rpartition("-")
    code = f"bench.figure-{base}"
    return say("bench.sized", figure=say(code), size=size) if code in sentences() else name


def _speed(result: Measurement) -> str:
    if result.median is None:
        known = {"not-supported": "not-measured", "no-room": "no-room"}
        return say(f"bench.{known.get(result.reason or '', 'failed')}")
    return amount(result.median, result.unit)


def amount(value: float, unit: str | None) -> str:
    """A processor's figures are a thousand times smaller than a GPU's."""
    if unit == "TFLOP/s" and value < 1:
        value, unit = value * 1000, "GFLOP/s"
    code = f"bench.unit-{(unit or '').replace('/s', '')}"
    return f"{_rounded(value)} {say(code) if code in sentences() else unit or ''}".rstrip()


def _rounded(value: float) -> str:
    """Three digits are what a benchmark of seconds can promise."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}" if value >= 10000 else f"{value:.{digits}f}"


def _judgement(result: Measurement) -> str:
    if result.is_unsteady:
        return say("bench.health-unsteady", percent=round(100 * (result.spread or 0)))
    if result.ratio is None:
        return ""
    share = say("bench.share", percent=round(100 * result.ratio))
    drawn = bar(result.ratio, _BAR_CELLS)
    return f"{drawn} {share} {say(f'bench.health-{result.health.value}')}"


def _before(change: Change | None) -> str:
    if change is None:
        return ""
    percent = round(100 * (change.factor - 1))
    return say("bench.same") if change.is_same else f"{percent:+d} %"


def _explain(benchmark: Benchmark) -> None:
    """What ≈ means, and that float32 could be made faster."""
    results = [result for device in benchmark.devices for result in device.results]
    if any(result.basis in _COMPUTED for result in results):
        line(Mark.NOTE, say("bench.column-expected"), say("bench.own-clocks"))
    for device in benchmark.devices[:1]:
        plain, fast = device.result("matmul-float32"), device.result("matmul-tf32")
        if benchmark.tf32 == "off" and plain and fast and plain.median and fast.median:
            factor = fast.median / plain.median
            if factor >= 1.5:
                label = say("bench.figure-matmul-tf32")
                line(Mark.NOTE, label, say("bench.tf32-off", factor=_rounded(factor)))


def _compare_with_cpu(benchmark: Benchmark) -> None:
    if benchmark.cpu is None:
        return
    if not benchmark.devices:
        text = say("bench.cpu-only", threads=benchmark.cpu.threads)
        line(Mark.NOTE, say("verify.label-cpu"), text)
        return
    label = say("verify.label-gpu", index=benchmark.devices[0].index)
    for figure in ("training-images", "training-tokens", "matmul-float32"):
        cpu, gpu = benchmark.cpu.result(figure), benchmark.devices[0].result(figure)
        if cpu and gpu and cpu.median and gpu.median:
            factor = _rounded(gpu.median / cpu.median)
            line(Mark.NOTE, label, say(f"bench.factor-{figure}", factor=factor))


def _show_reason(benchmark: Benchmark) -> None:
    code = benchmark.reason or ""
    reason = _reason(code, benchmark.detail, benchmark.torch)
    line(Mark.BAD, say("verify.label-result"), say("bench.stopped", reason=reason))
    following = f"verify.reason-{code}.next"
    if following in sentences():
        hint(say(following))


def _reason(reason: str | None, detail: str | None, torch: str | None) -> str:
    code = f"verify.reason-{reason}"
    if code not in sentences():
        code = "verify.reason-exception"
    return say(code, detail=detail or "", torch=torch or "", cuda_runtime="")
