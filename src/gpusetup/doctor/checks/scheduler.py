"""In a cluster: what the scheduler gave to this job, and whether it is there."""

from __future__ import annotations

import re

from gpusetup.choosing.room import IN_MEMORY, NETWORK_DISKS, is_in_own_folder
from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.checks.kinds import judge_disks, kind_name, place_of
from gpusetup.doctor.checks.told import only_told
from gpusetup.doctor.looks import finding
from gpusetup.environments.facts import Job
from gpusetup.machine import Absence, Machine, Status

_NUMBERS = re.compile(r"\d+(?:,\d+)*")
_OUT_OF_USE = re.compile(r"DRAIN|DOWN|FAIL", re.IGNORECASE)
_NODES_OWN = (
    "driver.not-installed", "driver.not-loaded", "driver.module-missing", "driver.library-mismatch",
    "driver.nvml-failed", "driver.no-permission", "driver.unknown-error", "gpu.lost",
    "gpu.no-handle", "gpu.gsp-failed", "container.no-gpu",
)  # fmt: skip


def look_no_gpu(case: Case) -> Finding | None:
    """A login node has no GPU by design; a job has those that it asked for."""
    machine, around = case.machine, case.surroundings
    # unknown is not none, and what the scheduler gave is not taken back by a broken driver
    if case.reported or not machine.scheduler or machine.gpus != ():
        return None
    facts = {"scheduler": machine.scheduler, **_where(case)}
    if around.job is not None:
        if around.job_gpus or (machine.scheduler == "slurm" and around.job.gpus):
            return None
        evidence = f"job {around.job.id}"
        return finding(
            "scheduler.no-gpu", evidence, *_node_words(around.job),
            variant=_by_name("job", machine), facts=facts,
        )  # fmt: skip
    if machine.node_role == "login":
        variant = _by_name("login", machine)
        if facts["where"] and variant == "login-slurm":
            variant = "login-known" if around.gpu_queues else "login-nodes"
        return finding("scheduler.no-gpu", severity=Severity.INFO, variant=variant, facts=facts)
    return None


def _by_name(place: str, machine: Machine) -> str:
    """Schedulers whose commands are known well enough to be shown."""
    known = machine.scheduler in ("slurm", "pbs", "lsf")
    return f"{place}-{machine.scheduler}" if known else place


def _where(case: Case) -> dict[str, str]:
    """Where the cluster has GPUs: "gpu (a100), long (v100)"; empty where nobody told."""
    words: dict[str, list[str]] = {}
    for each in case.surroundings.gpu_queues or ():
        if each.is_open:
            words.setdefault(each.partition, []).append(each.type or "gpu")
    parts = [f"{name} ({', '.join(dict.fromkeys(types))})" for name, types in words.items()]
    kinds = dict.fromkeys(kind_name(each) for each in case.machine.compute_nodes if each.gpus)
    return {"where": "; ".join(parts or kinds)}


def _node_words(job: Job) -> tuple[str, ...]:
    """The node by the scheduler's word: "gpu3: IDLE+DRAIN, fan broken"."""
    if job.node is None or job.node_gpus is None:
        return ()
    found = [f"{job.node}: {job.node_gpus or 'gpu: 0'}"]
    return (*found, *_state_words(job))


def _state_words(job: Job) -> tuple[str, ...]:
    if job.node_state is None or not _OUT_OF_USE.search(job.node_state):
        return ()
    reason = f" ({job.node_reason})" if job.node_reason else ""
    return (f"{job.node}: {job.node_state}{reason}",)


def look_stayed_behind(case: Case) -> Finding | None:
    """salloc has a GPU for the job, and its shell still runs where it was typed."""
    job = case.surroundings.job
    if case.reported or job is None or not job.stayed_behind or case.machine.gpus != ():
        return None
    if not job.gpus and _was_told(case):
        return None  # it has none anywhere: another finding
    return finding(
        "scheduler.shell-stayed-behind", f"job {job.id}", "SLURMD_NODENAME: -", job=job.id
    )


def _was_told(case: Case) -> bool:
    """Whether the scheduler itself was asked for the job, and answered."""
    readings = case.surroundings.readings
    return any(each.source == "scontrol-job" and each.status is Status.OK for each in readings)


def look_step(case: Case) -> Finding | None:
    """The job has GPUs and this step of it has none."""
    job = case.surroundings.job
    if case.reported or job is None or job.step is None or case.machine.gpus != ():
        return None
    if case.surroundings.job_gpus or not job.gpus:
        return None
    return finding(
        "scheduler.step-without-gpu", f"job {job.id}: {job.gpus}", f"step {job.id}.{job.step}: -",
        job=job.id, gpus=job.gpus,
    )  # fmt: skip


def look_missing(case: Case) -> Finding | None:
    """The scheduler gave GPUs to this process, and the driver shows none."""
    job, given = case.surroundings.job, case.surroundings.job_gpus
    if case.reported or job is None or not given or looks.works(case):
        return None
    if case.machine.gpus or case.machine.container:
        return None
    variant = _why_missing(case)
    if variant is None:
        return None
    nodes = case.surroundings.device_nodes
    files = "/dev/nvidia*: -" if nodes == () else ", ".join(nodes[:3]) if nodes else None
    reading = case.machine.reading("nvml")
    nvml = f"NVML: {reading.detail}" if reading and reading.detail else None
    return finding(
        "scheduler.gpu-missing", f"job {job.id}: GPU {given}", files, nvml, *_state_words(job),
        variant=variant, job=job.id, node=job.node or "?", gpus=given,
    )  # fmt: skip


def _why_missing(case: Case) -> str | None:
    """None: the driver did not get to answer, or failed in another way: nothing is sure."""
    machine, nodes = case.machine, case.surroundings.device_nodes
    if machine.driver is Absence.NOT_THERE or looks.nvml_code(case) in (9, 12):
        return "no-driver"
    if machine.gpus != ():
        return None
    return "no-files" if nodes is not None and not _card_files(nodes) else "denied"


def _card_files(nodes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in nodes if re.fullmatch(r"/dev/nvidia\d+", each))


def look_others(case: Case) -> Finding | None:
    """Without a cgroup a job sees all cards of the node, and takes one that is not its own."""
    job = case.surroundings.job
    mine = own_devices(case)
    if case.reported or job is None or case.machine.scheduler != "slurm":
        return None
    if mine is None or not case.machine.gpus or len(case.machine.gpus) <= len(mine):
        return None
    value = visible_devices(case)
    if value is None:
        taken = tuple(str(gpu.index) for gpu in case.machine.gpus if str(gpu.index) not in mine)
        variant = "all" if mine else "none-given"
    else:
        words = [each.strip() for each in value.split(",")]
        taken = tuple(each for each in words if each.isdigit() and each not in mine)
        variant = "named"
        if any(int(each) >= len(case.machine.gpus) for each in taken):
            return None  # one that is not there: another finding
    if not taken:
        return None
    shown = "CUDA_VISIBLE_DEVICES" + (f"={value}" if value is not None else ": -")
    return finding(
        "scheduler.other-gpu", f"job {job.id}: GPU {','.join(mine) or '-'}", shown,
        severity=Severity.WARNING, variant=variant,
        mine=",".join(mine), taken=", ".join(taken), value=value or "",
    )  # fmt: skip


def visible_devices(case: Case) -> str | None:
    """CUDA_VISIBLE_DEVICES as programs of the environment get it."""
    environment = case.environment
    if environment is not None and environment.variables is not None:
        return environment.variable("CUDA_VISIBLE_DEVICES")
    return case.machine.cuda_visible_devices


def own_devices(case: Case) -> tuple[str, ...] | None:
    """The numbers under which this process may use its GPUs. None: nobody knows.

    Behind a cgroup they are counted from 0; Slurm writes them into GPU_DEVICE_ORDINAL too.
    """
    job, given = case.surroundings.job, case.surroundings.job_gpus
    if job is None:
        return None
    if not given:
        # a cluster that does not count GPUs gives whole nodes
        return () if job.node_gpus and not job.gpus else None
    if job.order is not None and _NUMBERS.fullmatch(job.order):
        return tuple(job.order.split(","))
    if not _NUMBERS.fullmatch(given):
        return None
    count = len(given.split(","))
    if len(case.machine.gpus or ()) == count:
        return tuple(str(number) for number in range(count))
    return tuple(given.split(","))


def look_environment(case: Case) -> Finding | None:
    """The environment that was active where the job was submitted is not on this node."""
    job, lost = case.surroundings.job, case.surroundings.lost_prefix
    if job is None or case.reported:
        return next(judge_disks(case), None) or look_local(case)
    if lost is None or (case.environment is not None and case.environment.version is not None):
        return None  # another one is in use
    return finding(
        "environment.not-on-node", f"{lost}: -", node=job.node or "?", prefix=lost, variant="job"
    )


def look_local(case: Case) -> Finding | None:
    """On a login node: a folder that every machine has for itself."""
    environment = case.environment
    prefix = environment.prefix if environment else None
    if case.reported or case.machine.node_role != "login" or not prefix:
        return None
    if case.surroundings.gpu_queues is None and not case.machine.compute_nodes:
        return None  # nobody answers: its commands are installed, and there may be no cluster
    if any(place_of(node, prefix)[1] is Status.OK for node in case.machine.compute_nodes):
        return None
    kind = case.surroundings.prefix_filesystem
    if kind in NETWORK_DISKS or (not is_in_own_folder(prefix) and kind not in IN_MEMORY):
        return None
    return finding(
        "environment.not-on-node", f"{prefix} ({kind or '?'})", severity=Severity.WARNING,
        prefix=prefix, variant="local",
    )  # fmt: skip


def _told(name: str, *explained_by: str) -> Check:
    """Only a line of the scheduler tells it."""
    return Check(name, Area.SCHEDULER, only_told, (Fact.TEXT,), explained_by=explained_by)


_AREA = Area.SCHEDULER
CHECKS: tuple[Check, ...] = (
    looks.check("scheduler.shell-stayed-behind", _AREA, look_stayed_behind),
    looks.check("scheduler.step-without-gpu", _AREA, look_step),
    looks.check(
        "scheduler.no-gpu", _AREA, look_no_gpu, explained_by=("scheduler.shell-stayed-behind",)
    ),
    looks.check("scheduler.gpu-missing", _AREA, look_missing, explained_by=_NODES_OWN),
    looks.check("scheduler.other-gpu", _AREA, look_others),
    looks.check("environment.not-on-node", Area.ENVIRONMENT, look_environment),
)
REFUSED: tuple[Check, ...] = (
    _told("scheduler.no-answer"),
    _told("scheduler.request-impossible"),
    _told("scheduler.not-permitted"),
    _told("scheduler.over-limit"),
    _told("scheduler.nodes-unavailable"),
)
ENDED: tuple[Check, ...] = (
    _told("scheduler.node-failed"),
    _told("scheduler.out-of-memory", "container.shm-small"),
    _told("scheduler.preempted"),
    _told("scheduler.out-of-time"),
)
"""What ended a job that ran: behind all that may have kept it from working."""
