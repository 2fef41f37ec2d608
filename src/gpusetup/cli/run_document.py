"""`gpusetup.run/1`: what `init --json` prints at its end."""

from __future__ import annotations

from dataclasses import dataclass

from gpusetup.benchmark.document import benchmark_document
from gpusetup.benchmark.measurement import Benchmark
from gpusetup.choosing.choice import Choice
from gpusetup.cli.benchmark_screen import device_text, limit_text
from gpusetup.cli.last_screen import activation_command
from gpusetup.cli.slurm_proof_screen import document_of
from gpusetup.documents import choice_document
from gpusetup.effects.journal import Run
from gpusetup.engines.uv import Place
from gpusetup.evidence.kinds import KindProof
from gpusetup.verdict import Verdict, verdict_document


@dataclass(frozen=True)
class Proven:
    """What a run has proven: here, and on the nodes of a cluster."""

    verdict: Verdict | None = None
    benchmark: Benchmark | None = None
    nodes: tuple[KindProof, ...] | None = None


def run_document(
    choice: Choice, place: Place, proven: Proven, run: Run, seconds: float
) -> dict[str, object]:
    """A finished run: the environment, the proof, how to activate it."""
    verdict, benchmark = proven.verdict, proven.benchmark
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
        "nodes": proven.nodes and document_of("verify", proven.nodes),
        "log": str(run.log),
        "seconds": round(seconds, 1),
    }  # fmt: skip
