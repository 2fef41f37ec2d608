"""The options of the proofs that are sent to a cluster as jobs, declared once."""

from __future__ import annotations

from dataclasses import dataclass, field

import typer

from gpusetup.cli.option_groups import with_group
from gpusetup.cli.queue_options import Typed, check, queue_options, read_wish, typed
from gpusetup.cluster.values import JobWish
from gpusetup.messages import say

WAIT_S = 600.0  # an import from a cold network file system is nothing to hurry


@dataclass(frozen=True)
class Jobs:
    """Whether and how jobs are sent. Those that have not begun after `wait_s` stay in the queue."""

    slurm: bool = False
    wish: JobWish = field(default_factory=JobWish)
    gpus: int = 1
    wait_s: float | None = None
    batch: bool = False
    collects: bool = False  # what was left in the queue is taken up
    drops: bool = False  # what was left in the queue is cancelled


@with_group(queue_options, "queue")
def job_options(
    slurm: bool = typer.Option(False, "--slurm", help=say("help.job.slurm")),
    gpus: int = typer.Option(1, "--gpus", metavar="N", min=1, help=say("help.job.gpus")),
    *,
    queue: Typed,
) -> Jobs:
    """How jobs are sent.

    Raises:
        UsageError: a wish without `--slurm`, one that cannot be read, or two against each other.
    """
    given = {**queue, **typed({"--gpus": gpus if gpus != 1 else None})}
    check(given, slurm=slurm, sending=set(given) - {"--wait"})
    return Jobs(
        slurm=slurm,
        wish=read_wish(given),
        gpus=gpus,
        wait_s=given.get("--wait"),
        batch="--batch" in given,
        collects="--collect" in given,
        drops="--drop" in given,
    )


with_jobs = with_group(job_options, "jobs")
"""Give a command all job options; it gets them as one `jobs`."""
