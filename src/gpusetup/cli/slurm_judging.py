"""What came of a job, as the proof of its kind of node."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping

from gpusetup.benchmark.limits import with_limits
from gpusetup.benchmark.references import judged
from gpusetup.choosing.choice import Reason
from gpusetup.cluster.values import End, JobOutcome
from gpusetup.evidence.belonging import Wanted, judge_belonging, wanted_of
from gpusetup.evidence.kinds import KindProof, Standing
from gpusetup.machine import Driver, Machine
from gpusetup.matrix.rows import Matrix
from gpusetup.probe.node import NodeAnswer, read_node
from gpusetup.proving.elsewhere import (
    Question,
    Told,
    benchmark_of,
    question_from,
    read_told,
    verdict_of,
)


def judge(outcome: JobOutcome, memo: Mapping[str, Any], matrix: Matrix) -> KindProof:
    """The proof of a kind. `memo`: what was kept when the job was handed in."""
    found = replace(_judged(outcome, memo, matrix), environment=str(memo.get("prefix")))
    return _with_cards(found, _machine(outcome, memo, matrix))


def _judged(outcome: JobOutcome, memo: Mapping[str, Any], matrix: Matrix) -> KindProof:
    told = read_told(outcome.answer) if outcome.answer is not None else Told()
    if outcome.end is End.LEFT:
        return _without(outcome, Standing.WAITING, Reason("prove.left"))
    if outcome.end is not End.ANSWERED or (told.ending is None and told.absent is None):
        return _without(outcome, Standing.UNKNOWN, _why(outcome))
    if told.absent is not None:
        facts = {
            "prefix": str(memo.get("prefix")), "detail": told.absent.detail or "-",
            "node": outcome.node or "?", "name": Path(str(memo.get("prefix"))).name,
            "mount": "?", "filesystem": "?", **memo.get("here", {}),
        }  # fmt: skip
        reason = Reason(f"prove.absent-{told.absent.what}", facts)
        return _without(outcome, Standing.FAILED, reason)
    question = question_from(memo["question"])
    if question.script == "benchmark.py":
        return _figures(outcome, told, matrix, wants_gpu=bool(memo.get("gpus")))
    return _verdict(outcome, question, told, _wanted(_machine(outcome, memo, matrix), matrix))


def _without(outcome: JobOutcome, standing: Standing, reason: Reason) -> KindProof:
    return KindProof(outcome.request.kind, standing, outcome.node, outcome.job_id, reason=reason)


def _why(outcome: JobOutcome) -> Reason:
    """Why nothing is known of the kind, in Slurm's own words as far as it has some."""
    trouble = outcome.trouble
    if trouble is None:
        return Reason("prove.no-ending", {"code": outcome.returncode})
    return Reason(trouble.code, {"detail": trouble.detail or "-"})


def _machine(outcome: JobOutcome, memo: Mapping[str, Any], matrix: Matrix) -> Machine | None:
    """What the node told of itself, in the same job."""
    found = read_node(outcome.answer or "", str(memo.get("nonce")), lambda: matrix)
    return found.machine if isinstance(found, NodeAnswer) else None


def _with_cards(proof: KindProof, machine: Machine | None) -> KindProof:
    if machine is None:
        return proof
    driver = machine.driver if isinstance(machine.driver, Driver) else None
    version = str(driver.version) if driver and driver.version else None
    gpus = None if machine.gpus is None else tuple(each.name or "?" for each in machine.gpus)
    return replace(proof, driver=version, gpus=gpus)


def _wanted(machine: Machine | None, matrix: Matrix) -> Wanted:
    """What the node lets us expect."""
    if machine is None:
        return Wanted()
    rows = matrix.builds_for(machine.platform)
    # a job is given some of a node's GPUs: that the others are hidden is how it shall be
    return replace(wanted_of(machine, rows=rows), hidden=None)


def _verdict(outcome: JobOutcome, question: Question, told: Told, wanted: Wanted) -> KindProof:
    verdict = judge_belonging(verdict_of(question, told), wanted)
    standing = Standing.OK if verdict.ok else Standing.FAILED
    kind = outcome.request.kind
    return KindProof(kind, standing, outcome.node, outcome.job_id, verdict=verdict)


def _figures(outcome: JobOutcome, told: Told, matrix: Matrix, wants_gpu: bool) -> KindProof:
    """Figures of a processor say nothing about a kind of node that has GPUs."""
    found = benchmark_of(told)
    found = with_limits(judged(found, matrix) if found.devices else found)
    reason = None
    if wants_gpu and not found.devices and found.reason is None:
        reason = Reason("prove.no-gpu-figures", {"torch": found.torch or "?"})
    fine = found.ok and reason is None
    standing = Standing.OK if fine else Standing.FAILED
    kind = outcome.request.kind
    return KindProof(kind, standing, outcome.node, outcome.job_id, benchmark=found, reason=reason)
