"""What the jobs of a proof told, by kind of node, and what follows from all of them. Pure.

A kind whose job did not run is unknown. It is never fine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Callable, Mapping, Sequence

from gpusetup.basics.errors import Exit
from gpusetup.benchmark.measurement import Benchmark
from gpusetup.choosing.choice import Reason
from gpusetup.verdict import Verdict, verdict_document


class Standing(str, Enum):
    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"  # its job did not run, or not to its end
    WAITING = "waiting"  # its job was left in the queue


@dataclass(frozen=True)
class KindProof:
    """One kind of node. `reason`: why it is not fine, where no check of a verdict says it."""

    kind: str
    standing: Standing
    node: str | None = None
    job: str | None = None
    verdict: Verdict | None = None
    benchmark: Benchmark | None = None
    reason: Reason | None = None
    driver: str | None = None  # as the node told in the same job
    gpus: tuple[str, ...] | None = None  # None: it did not tell
    environment: str | None = None  # its folder


def exit_of(proofs: Sequence[KindProof]) -> Exit:
    """1: torch does not compute somewhere. 4: somewhere nobody knows."""
    standings = {each.standing for each in proofs}
    if Standing.FAILED in standings:
        return Exit.FOUND
    return Exit.OK if standings == {Standing.OK} else Exit.STEP_FAILED


def proofs_document(
    schema: str,
    proofs: Sequence[KindProof],
    figures: Callable[[Benchmark], Mapping[str, Any]],
    speak: Callable[[Reason], Mapping[str, Any]],
) -> dict[str, Any]:
    """The one document of `verify --slurm` (a verdict per kind) or `bench --slurm` (figures)."""
    return {
        "schema": schema,
        "part": "slurm",
        "ok": exit_of(proofs) is Exit.OK,
        "kinds": [
            {
                "kind": each.kind,
                "environment": each.environment,
                "status": each.standing.value,
                "node": each.node,
                "job": each.job,
                "driver": each.driver,
                "gpus": None if each.gpus is None else list(each.gpus),
                "reason": speak(each.reason) if each.reason else None,
                **_found(each, figures),
            }
            for each in proofs
        ],
    }


def _found(each: KindProof, figures: Callable[[Benchmark], Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "verdict": verdict_document(each.verdict) if each.verdict else None,
        "benchmark": figures(each.benchmark) if each.benchmark else None,
    }
