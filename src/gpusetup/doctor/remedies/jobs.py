"""The lines that ask a scheduler for GPUs, with what is known of this job and cluster. Pure."""

from __future__ import annotations

from typing import Iterable

from gpusetup.doctor.check import Case, Finding
from gpusetup.environments.facts import GpuQueue

Argv = tuple[str, ...]
_HERE = ("scheduler.no-gpu", "scheduler.other-gpu")


def lines(case: Case, finding: Finding) -> list[Argv]:
    """The commands for a finding that depend on the cluster."""
    if finding.id == "scheduler.gpu-missing":
        return without_this_node(case)
    if finding.id not in _HERE or case.machine.scheduler not in (None, "slurm"):
        return []
    if finding.variant in ("login-slurm", "login-known", "login-nodes"):
        return [interactive(case), ("srun", *options(case), "gpusetup", "doctor")]
    if finding.variant in ("job-slurm", "none-given"):
        return [interactive(case), ("sbatch", *options(case), "SCRIPT")]
    return []


def interactive(case: Case, *more: str) -> Argv:
    """A shell on a node with a GPU."""
    return ("srun", *more, *options(case), "--pty", "bash")


def without_this_node(case: Case) -> list[Argv]:
    """The same job on another node."""
    if case.machine.scheduler != "slurm" or not is_on_a_node(case):
        return []
    exclude = f"--exclude={node(case)}"
    return [interactive(case, exclude), ("sbatch", exclude, *options(case), "SCRIPT")]


def is_on_a_node(case: Case) -> bool:
    job = case.surroundings.job
    return job is not None and job.node is not None


def node(case: Case) -> str:
    job = case.surroundings.job
    return job.node if job is not None and job.node is not None else "?"


def options(case: Case) -> Argv:
    """ "-p gpu -A physics --gres=gpu:a100:1", as far as it is known."""
    job, queue = case.surroundings.job, _queue(case)
    partition = queue.partition if queue else job.partition if job else None
    found: list[str] = []
    if partition:
        found += ["-p", partition]
    if job is not None and job.account:
        found += ["-A", job.account]
    return (*found, f"--gres={gres(case)}")


def gres(case: Case) -> str:
    """One GPU, of the type that the partition has most of where it names types."""
    queue = _queue(case)
    return f"gpu:{queue.type}:1" if queue and queue.type else "gpu:1"


def _queue(case: Case) -> GpuQueue | None:
    """In the partition of this job if it has GPUs, else where most nodes take jobs."""
    queues = [each for each in case.surroundings.gpu_queues or () if each.is_open]
    job = case.surroundings.job
    own = [each for each in queues if job is not None and each.partition == job.partition]
    return _largest(own) or _largest(queues)


def _largest(queues: Iterable[GpuQueue]) -> GpuQueue | None:
    return max(queues, key=lambda each: each.usable or 0, default=None)
