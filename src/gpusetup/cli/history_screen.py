"""How the earlier benchmarks of this machine look on the screen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from gpusetup.messages import say, sentences
from gpusetup.terminal.show import Mark, heading, line, note, path, table

_FASTEST = ("matmul-bfloat16", "matmul-float16", "matmul-tf32", "matmul-float32")
_COPIES = ("copy-device", "copy-memory")


def show_history(runs: Sequence[Mapping[str, Any]], file: Path) -> None:
    """A line for each device of each run, the newest last."""
    heading(say("bench.history"))
    rows = [row for run in runs for row in _rows(run)]
    if not rows:
        line(Mark.NOTE, say("bench.history-label"), say("bench.history-empty"))
        return
    names = ("when", "torch", "device", "products", "copy", "training", "health")
    table([say(f"bench.history-{name}") for name in names], rows)
    note(say("bench.history-file", path=path(file)))


def _rows(run: Mapping[str, Any]) -> Iterator[list[str]]:
    when, torch = _when(run.get("at")), str(run.get("torch") or "")
    devices = run.get("devices") or []
    for device in devices or [run.get("cpu") or {}]:
        results = {row.get("id"): row for row in device.get("results") or ()}
        health = f"bench.health-{device.get('health')}"
        yield [
            when,
            torch,
            _device(device),
            _figure(results, _FASTEST),
            _figure(results, _COPIES),
            _figure(results, ("training-images",)),
            say(health) if health in sentences() else "",
        ]


def _device(device: Mapping[str, Any]) -> str:
    name = str(device.get("name") or "").removeprefix("NVIDIA ").removeprefix("GeForce ")
    return name if device.get("index") is None else f"{device['index']}: {name}"


def _figure(results: Mapping[Any, Mapping[str, Any]], names: Sequence[str]) -> str:
    from gpusetup.cli.benchmark_screen import amount

    for name in names:
        row = results.get(name) or {}
        if row.get("median"):
            return amount(float(row["median"]), row.get("unit"))
    return ""


def _when(text: object) -> str:
    try:
        return f"{datetime.fromisoformat(str(text)).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return str(text or "")
