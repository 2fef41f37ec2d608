"""What a batch script asks for, where the user did not say it: as this cluster has it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

from gpusetup.basics.errors import GpusetupError
from gpusetup.exporting import Contents
from gpusetup.exporting.sbatch import BatchJob
from gpusetup.messages import say


def fitted(job: BatchJob, contents: Contents, only: tuple[str, ...] = ()) -> BatchJob:
    """With a partition that has GPUs of the kind that is asked for.

    Unchanged where one was named, or where no Slurm answers. `only`: the kinds of nodes that the
    environment is for; where it is but one, its GPUs are asked for by their type.
    """
    if (job.partition is not None and not only) or shutil.which("sinfo") is None:
        return job
    from gpusetup.cluster.kinds import request_for, to_ask
    from gpusetup.cluster.values import JobWish
    from gpusetup.probe.slurm import read_cluster
    from gpusetup.terminal import show

    try:
        cluster = read_cluster(os.environ)
    except GpusetupError:
        return job
    wish = JobWish(job.partition, job.account, gres=job.gres, constraint=job.constraint)
    kinds = [each for each in to_ask(cluster.kinds, wish) if each.has_gpu]
    kinds = [each for each in kinds if each.label in only] or kinds
    if contents.build.is_cpu or not kinds:
        return job
    largest = max(kinds, key=lambda each: (each.free, each.usable))
    request = request_for(largest, cluster, wish)
    if job.partition is None and request.partition is not None:
        show.note(say("export.partition-found", partition=request.partition))
    gres = job.gres or (request.gres if only and len(kinds) == 1 else None)
    return replace(job, partition=request.partition, gres=gres)
