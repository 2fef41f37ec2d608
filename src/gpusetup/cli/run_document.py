"""`gpusetup.run/1`: what `init --json` prints at its end."""

from __future__ import annotations

from gpusetup.benchmark_document import benchmark_document
from gpusetup.choice import Choice
from gpusetup.cli.benchmark_screen import device_text, limit_text
from gpusetup.cli.last_screen import activation_command
from gpusetup.documents import choice_document
from gpusetup.engines.uv import Place
from gpusetup.journal import Run
from gpusetup.measurement import Benchmark
from gpusetup.verdict import Verdict, verdict_document


def run_document(
    choice: Choice,
    place: Place,
    verdict: Verdict | None,
    benchmark: Benchmark | None,
    run: Run,
    seconds: float,
) -> dict[str, object]:
    """A finished run: the environment, the proof, how to activate it."""
    return {
        "schema": "gpusetup.run/1",
        "run": run.id,
        "state": "finished",
        "changed": True,
        "prefix": place.prefix,
        "python": place.python,
        "activate": activation_command(place.prefix),
        "choice": choice_document(choice),
        "verdict": verdict_document(verdict) if verdict else None,
        "benchmark": benchmark_document(benchmark, device_text, limit_text) if benchmark else None,
        "log": str(run.log),
        "seconds": round(seconds, 1),
    }  # fmt: skip
