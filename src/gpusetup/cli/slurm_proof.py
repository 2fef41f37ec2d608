"""`verify --slurm` and `bench --slurm`: one job on one node of each kind, judged here."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Mapping, Sequence

from gpusetup.basics.errors import Exit, Refused
from gpusetup.cli.job_wishes import WAIT_S, Jobs
from gpusetup.cli.slurm_judging import judge
from gpusetup.cluster.kinds import in_partition, request_for, to_ask
from gpusetup.cluster.values import Cluster, JobOutcome, JobRequest, NodeKind
from gpusetup.evidence.kinds import KindProof, exit_of
from gpusetup.probe.node_script import node_script
from gpusetup.proving.elsewhere import Question, ask_for_figures, ask_for_proof, body
from gpusetup.proving.here import Limits
from gpusetup.road.cluster_jobs import Manner, Task, collect, run_jobs

_MINUTES = {"quick": 15, "full": 40}  # a cold cache of the network file system takes its time
_MEMORY_MIB = 8192  # of the node: torch loads gigabytes before it computes


@dataclass(frozen=True)
class Asked:
    """What shall be proven. `expected`: "auto" is the GPU, on nodes that have one."""

    command: str  # "verify" | "bench"
    python: str
    level: str = "quick"
    expected: str = "auto"
    companions: tuple[str, ...] = ()
    check_s: float | None = None


def target_of(jobs: Jobs, env: str | None, python: str | None) -> str:
    """The interpreter that is meant. Jobs that were left know theirs."""
    from gpusetup.effects.targets import resolve_python

    if jobs.drops or (jobs.collects and env is None and python is None):
        return ""
    return resolve_python(env, python)


def prove_on_nodes(asked: Asked, jobs: Jobs) -> int:
    """Run, or collect what was left; show it. Returns the exit code."""
    from gpusetup.cli.slurm_proof_screen import tell

    if jobs.drops:
        return _drop(asked.command)
    proofs = collected(asked, jobs) if jobs.collects else proven(asked, jobs)
    tell(asked, proofs)
    return exit_of(proofs)


def _drop(command: str) -> int:
    """Cancel what was left."""
    from gpusetup.cli.slurm_proof_screen import tell_dropped
    from gpusetup.road.cluster_jobs import cancel_left

    tell_dropped(command, cancel_left(os.environ, command))
    return Exit.OK


def proven(asked: Asked, jobs: Jobs) -> tuple[KindProof, ...]:
    """One job for each kind.

    Raises:
        Refused: no Slurm answers, or no node of the kind that is asked for is there.
        KeyboardInterrupt: all jobs were cancelled.
    """
    from gpusetup.cli.survey_waiting import Waiting
    from gpusetup.probe.slurm import read_cluster

    cluster = read_cluster(os.environ)
    kinds = to_ask(in_partition(cluster, jobs.wish.partition), jobs.wish)
    if not kinds:
        raise Refused("prove.no-kind", partition=jobs.wish.partition or "-")
    tasks = [_task(kind, cluster, asked, jobs) for kind in kinds]
    manner = Manner(
        wait_s=WAIT_S if jobs.wait_s is None else jobs.wait_s,
        leaves=True,
        batch=jobs.batch,
        subject=asked.command,
    )
    with Waiting(len(tasks)) as waiting:
        outcomes = run_jobs(tasks, os.environ, manner, waiting.show)
    return _judged(outcomes, [each.memo for each in tasks])


def collected(asked: Asked, jobs: Jobs) -> tuple[KindProof, ...]:
    """What came of the jobs that were left: of one environment, if that is named, or of all.

    Raises:
        Refused: there are none.
    """
    from gpusetup.cli.survey_waiting import Waiting
    from gpusetup.road.cluster_records import left

    with Waiting(len(left(os.environ, asked.command))) as waiting:
        found = collect(os.environ, asked.command, jobs.wait_s or 0.0, waiting.show)
    if not found:
        raise Refused("prove.nothing-left", command=asked.command)
    return _judged([outcome for outcome, _ in found], [memo for _, memo in found])


def _judged(
    outcomes: Sequence[JobOutcome], memos: Sequence[Mapping[str, Any]]
) -> tuple[KindProof, ...]:
    from gpusetup.compat_files import packaged_or_configured

    matrix = packaged_or_configured(os.environ)
    return tuple(judge(outcome, memo, matrix) for outcome, memo in zip(outcomes, memos))


def _task(kind: NodeKind, cluster: Cluster, asked: Asked, jobs: Jobs) -> Task:
    gpus = min(jobs.gpus, sum(each.count for each in kind.gpus)) if kind.has_gpu else 0
    minutes = _MINUTES[asked.level]
    request = request_for(kind, cluster, jobs.wish, gpus=gpus, minutes=minutes)
    request = _with_memory(request, kind, jobs)
    question = _question(asked, gpus)
    limits = Limits(whole_s=request.minutes * 60.0)
    if asked.check_s is not None:
        limits = replace(limits, import_s=asked.check_s, check_s=asked.check_s)
    prefix = str(Path(asked.python).parent.parent)
    here = _file_system_of(prefix)
    nonce = secrets.token_hex(8)
    memo = {
        "question": question.facts(),
        "prefix": prefix,
        "gpus": gpus,
        "nonce": nonce,
        "here": here,
    }
    # first what the node is: in a shell of its own, because that text ends its shell
    text = f"(\n{node_script(nonce)})\n{body(asked.python, question, limits)}"
    return Task(request, text, memo)


def _file_system_of(path: str) -> dict[str, str]:
    """Where a path lies on this machine: a node may not have that file system."""
    from gpusetup.probe.disk import mount_of, parse_mounts
    from gpusetup.probe.world import World

    mounts = parse_mounts(World(os.environ).text("/proc/mounts") or "")
    found = mount_of(path, mounts)
    return {"mount": found[1], "filesystem": found[2]} if found else {}


def _question(asked: Asked, gpus: int) -> Question:
    if asked.command == "bench":
        return ask_for_figures(asked.level)
    expected = asked.expected
    if expected == "auto":
        expected = "cuda" if gpus else "cpu"
    devices = gpus if expected == "cuda" else 0
    return ask_for_proof(expected, asked.companions, asked.level, devices)


def _with_memory(request: JobRequest, kind: NodeKind, jobs: Jobs) -> JobRequest:
    """Enough for torch, and no more than half of the smallest node."""
    if jobs.wish.memory_mib is not None:
        return request
    least = min((each.memory_mib for each in kind.groups if each.memory_mib), default=None)
    most = _MEMORY_MIB if least is None else max(least // 2, request.memory_mib or 0)
    return replace(request, memory_mib=min(_MEMORY_MIB, most))
