"""What a batch script asks for, where the user did not say it: as this cluster has it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from gpusetup.errors import GpusetupError
from gpusetup.exporting import Contents
from gpusetup.exporting.sbatch import BatchJob
from gpusetup.messages import say


def fitted(job: BatchJob, contents: Contents, machine: Path | None) -> BatchJob:
    """With a partition that has GPUs of the kind that is asked for.

    Unchanged where one was named, where the machine is a profile, or where no Slurm answers.
    """
    if job.partition is not None or machine is not None or shutil.which("sinfo") is None:
        return job
    from gpusetup.cluster.kinds import request_for, to_ask
    from gpusetup.cluster.values import JobWish
    from gpusetup.probe.slurm import read_cluster
    from gpusetup.terminal import show

    try:
        cluster = read_cluster(os.environ)
    except GpusetupError:
        return job
    wish = JobWish(account=job.account, gres=job.gres, constraint=job.constraint)
    kinds = [each for each in to_ask(cluster.kinds, wish) if each.has_gpu]
    if contents.build.is_cpu or not kinds:
        return job
    largest = max(kinds, key=lambda each: (each.free, each.usable))
    partition = request_for(largest, cluster, wish).partition
    if partition is not None:
        show.note(say("export.partition-found", partition=partition))
    return replace(job, partition=partition)
