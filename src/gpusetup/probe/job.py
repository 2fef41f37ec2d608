"""The scheduler's job that this process is in, and where the cluster has GPUs. Short questions."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Callable, Iterable, Mapping, Sequence

from gpusetup.cluster.gres import gpus_of
from gpusetup.cluster.sinfo import read_state
from gpusetup.cluster.values import NodeGroup
from gpusetup.environments.facts import GpuQueue, Job, Surroundings
from gpusetup.machine import Machine, Reading, Status
from gpusetup.probe.world import World, at_once

_PATIENCE_S = 2.0  # a controller that answers does so in a tenth of this
_QUEUES = "%R|%a|%D|%T|%G"
_SPECIAL_STEP = 0xFFFFFFF0  # numbers from here on are the batch script's, the interactive shell's
_IDS = {"slurm": ("SLURM_JOB_ID", "SLURM_JOBID"), "pbs": ("PBS_JOBID",), "lsf": ("LSB_JOBID",),
        "sge": ("JOB_ID",)}  # fmt: skip
_QUEUE_NAMES = {"slurm": "SLURM_JOB_PARTITION", "pbs": "PBS_QUEUE", "lsf": "LSB_QUEUE",
                "sge": "QUEUE"}  # fmt: skip


def read_job(world: World, machine: Machine) -> Surroundings:
    """What the variables tell and, of Slurm, what it answers within two seconds."""
    name = machine.scheduler
    if name is None:
        return Surroundings()
    job = job_of(world.environ, name)
    found = Surroundings(job=job, job_gpus=given_to_us(world.environ, name))
    if name != "slurm" or (job is None and machine.node_role != "login"):
        return found
    return _asked(world, found)


def job_of(environ: Mapping[str, str], scheduler: str) -> Job | None:
    """The job by its variables."""
    number = _first(environ, *_IDS.get(scheduler, ()))
    if number is None:
        return None
    job = Job(number, partition=environ.get(_QUEUE_NAMES.get(scheduler, "")) or None)
    if scheduler != "slurm":
        return job
    # the shell of salloc stays on the machine where it was typed; a node's daemon names itself
    node = environ.get("SLURMD_NODENAME") or None
    return replace(
        job,
        account=environ.get("SLURM_JOB_ACCOUNT") or None,
        node=node,
        step=None if node is None else _step(environ),
        stayed_behind=node is None,
        gpus=environ.get("SLURM_JOB_GPUS") or None,
        order=environ.get("GPU_DEVICE_ORDINAL") or None,
    )


def given_to_us(environ: Mapping[str, str], scheduler: str) -> str | None:
    """The GPUs of this process by the scheduler's word: a step may have fewer than its job."""
    if scheduler != "slurm":
        return None
    if environ.get("SLURMD_NODENAME") and _step(environ) is not None:
        return _first(environ, "SLURM_STEP_GPUS", "GPU_DEVICE_ORDINAL", "SLURM_GPUS_ON_NODE")
    return _first(environ, "SLURM_JOB_GPUS", "SLURM_STEP_GPUS", "GPU_DEVICE_ORDINAL",
                  "SLURM_GPUS_ON_NODE")  # fmt: skip


def _step(environ: Mapping[str, str]) -> str | None:
    """The number of the step; None for the batch script and for salloc's own shell."""
    number = _first(environ, "SLURM_STEP_ID", "SLURM_STEPID")
    if number is None or not number.isdigit() or int(number) >= _SPECIAL_STEP:
        return None
    return number


def _first(environ: Mapping[str, str], *names: str) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _asked(world: World, found: Surroundings) -> Surroundings:
    """With what Slurm itself says of the job, its node and the partitions. All at once."""
    job = found.job
    questions: list[tuple[str, ...]] = [("sinfo", "-h", "-o", _QUEUES)]
    if job is not None and job.node is not None:
        questions.append(("scontrol", "show", "node", job.node))
    if job is not None:
        questions.append(("scontrol", "-d", "show", "job", job.id))
    works: Sequence[Callable[[], tuple[str | None, Reading]]] = [
        partial(_answer, world, argv) for argv in questions
    ]
    answers = at_once(works)
    texts = {argv[0] + argv[-2]: text for argv, (text, _reading) in zip(questions, answers)}
    queues = texts.get("sinfo-o")
    return replace(
        found,
        job=job and _told(job, texts.get("scontrolnode"), texts.get("scontroljob")),
        gpu_queues=None if queues is None else read_queues(queues),
        readings=tuple(reading for _text, reading in answers),
    )


def _answer(world: World, argv: tuple[str, ...]) -> tuple[str | None, Reading]:
    source = argv[0] if argv[0] == "sinfo" else f"scontrol-{argv[-2]}"
    program = world.which(argv[0])
    if program is None:
        return None, Reading(source, Status.ABSENT)
    try:
        return world.said((program, *argv[1:]), _PATIENCE_S), Reading(source, Status.OK)
    except TimeoutError as error:
        return None, Reading(source, Status.TIMEOUT, str(error))
    except OSError as error:
        return None, Reading(source, Status.ERROR, str(error))


def _told(job: Job, node: str | None, whole: str | None) -> Job:
    if node is not None:
        gres = re.search(r"\bGres=(\S*)", node)
        state = re.search(r"\bState=(\S+)", node)
        reason = re.search(r"\bReason=([^\n]*?)(?: \[[^\]\n]*\])?\s*$", node, re.MULTILINE)
        job = replace(
            job,
            node_gpus=_gpus_in(gres[1]) if gres else None,
            node_state=state[1] if state else None,
            node_reason=reason[1] if reason else None,
        )
    if whole is not None:
        account = re.search(r"\bAccount=(\S+)", whole)
        named = account[1] if account and account[1] != "(null)" else None
        wishes = re.findall(r"\b(?:JOB_GRES|GRES|TresPer\w+)=(?:gres[:/])?(\S+)", whole)
        gpus = next(filter(None, map(_gpus_in, wishes)), None)
        job = replace(job, account=job.account or named, gpus=job.gpus or gpus)
    return job


def _gpus_in(gres: str) -> str:
    """ "gpu:a100:4(S:0-1),lustre:1" -> "gpu:a100:4"; "" where there is none."""
    return ",".join(str(each) for each in gpus_of(gres))


def read_queues(text: str) -> tuple[GpuQueue, ...]:
    """The lines of `sinfo -o "%R|%a|%D|%T|%G"` with GPUs: `gpu|up|2|idle*|gpu:a100:4(S:0-1)`."""
    rows = [line.strip().split("|", 4) for line in text.splitlines()]
    found: dict[tuple[str, str | None], GpuQueue] = {}
    for row in rows:
        if len(row) == 5 and row[2].isdigit():
            for each in _queues(row):
                key = each.partition, each.type
                found[key] = _added(found[key], each) if key in found else each
    return tuple(found.values())


def _queues(row: list[str]) -> Iterable[GpuQueue]:
    name, is_up, count, state, gres = row
    word, answers = read_state(state)
    group = NodeGroup(name, word, int(count), "", gpus_of(gres), answers=answers)
    for gpu in group.gpus:
        usable = group.count if group.usable else 0
        yield GpuQueue(name, gpu.type, gpu.count, group.count, usable, is_up == "up")


def _added(first: GpuQueue, second: GpuQueue) -> GpuQueue:
    return replace(
        first,
        per_node=max(first.per_node or 0, second.per_node or 0),
        nodes=(first.nodes or 0) + (second.nodes or 0),
        usable=(first.usable or 0) + (second.usable or 0),
    )
