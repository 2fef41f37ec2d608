"""A benchmark from beginning to end: watch, measure, judge. `bench` and `init` use it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from gpusetup.benchmark.document import benchmark_document
from gpusetup.benchmark.limits import Mark, with_conditions, with_limits
from gpusetup.benchmark.measurement import Benchmark
from gpusetup.benchmark.references import judged
from gpusetup.cli.benchmark_screen import device_text, limit_text
from gpusetup.matrix.rows import Matrix
from gpusetup.messages import say, sentences
from gpusetup.probe.watch import Watch
from gpusetup.probe.world import World
from gpusetup.road.benchmark_history import remember
from gpusetup.verdict import Event


def measure_with_progress(
    python: str, matrix: Matrix | None = None, level: str = "quick", seconds: float | None = None
) -> Benchmark:
    """Measure, say on stderr what is measured, and judge by the matrix's models.

    `seconds` overrules the level's own time.
    """
    from gpusetup.proving.here import measure
    from gpusetup.terminal.show import awaiting

    marks: list[Mark] = []
    world = World(os.environ, Path(os.environ.get("GPUSETUP_ROOT") or "/"))
    with awaiting(say("bench.running", figure=say("bench.figure-import"))) as wait:

        def tell(event: Event) -> None:
            if event["event"] == "start":
                device = event.get("device")
                figure = str(event.get("check"))
                index = device if isinstance(device, int) else None
                marks.append(Mark(time.time(), index, figure))
                wait.update(say("bench.running", figure=_figure(figure)))

        with Watch(world) as watch:
            benchmark = measure(python, level, tell, seconds=seconds)
        telemetry = watch.telemetry
    found = with_conditions(benchmark, telemetry, marks, os.environ)
    # only a GPU has a model to look up: leave the table unread on other machines
    found = judged(found, matrix) if matrix and found.devices else found
    return with_limits(found)


def remembered(benchmark: Benchmark) -> dict[str, Any]:
    """The benchmark's document. One that came to its end is kept in this machine's history."""
    document = benchmark_document(benchmark, device_text, limit_text)
    if benchmark.reason is None:
        remember(document, os.environ)
    return document


def _figure(name: str) -> str:
    for code in (f"bench.figure-{name}", f"bench.figure-{name.rpartition('-')[0]}"):
        if code in sentences():
            return say(code)
    return name
