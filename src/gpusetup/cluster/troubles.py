"""Slurm's words on what goes wrong, as codes of `messages`. The most telling line wins."""

from __future__ import annotations

import re

from gpusetup.cluster.values import JobTrouble

# code, words of srun, sbatch, slurmstepd and slurmctld in lower case; earlier rows win
_REFUSALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("job.no-controller", (
        "unable to contact slurm controller", "slurm_load_partitions", "slurm_load_node",
        "slurm_load_jobs", "slurm_load_ctl_conf", "slurm_load_job", "error contacting controller",
        "unable to establish control", "unable to establish configuration source",
        "slurm backup controller in standby mode", "socket timed out on send/recv",
        "could not establish a configuration source", "munge", "zero bytes were transmitted",
        "connection refused",
    )),
    ("job.bad-partition", ("invalid partition name", "invalid partition specified",
        "no partition specified",
    )),
    ("job.bad-account", (
        "invalid account", "user's group not permitted", "accountnotallowed", "invalidaccount",
        "account/partition combination", "account not known", "account not permitted",
    )),
    ("job.too-many", (
        "job limit", "maxjobs", "maxsubmit", "qosmax", "assocmax", "assocgrp", "qosgrp",
        "too many jobs", "submission limit",
    )),
    ("job.bad-qos", (
        "invalid qos", "qosnotallowed", "qos specification", "invalidqos", "qos not known",
        "qos not permitted", "job violates accounting/qos policy",
    )),
    ("job.bad-gres", (
        "invalid generic resource", "invalid gres", "invalid trestasks", "gres specification",
    )),
    ("job.bad-feature", ("invalid feature specification", "badconstraints", "invalid constraint")),
    ("job.bad-time", (
        "requested time limit is invalid", "partitiontimelimit", "time limit specification",
        "timelimit",
    )),
    ("job.partition-down", (
        "partition in down state", "partitiondown", "partition(s) is down", "partition is down",
        "partitioninactive", "required partition not available", "partition in inactive state",
        "partition in drain state",
    )),
    ("job.bad-memory", ("memory specification can not be satisfied", "memory required by task")),
    ("job.impossible", (
        "requested node configuration is not available", "more processors requested",
        "node count specification invalid", "reqnodenotavail", "requested nodes are not available",
        "partitionnodelimit", "partitionconfig", "required node not available",
        "requested nodes not in this partition",
        "requested partition configuration not available",
    )),
    ("job.access-denied", (
        "access/permission denied", "access denied", "user not permitted", "invalid user id",
        "access to requested partition", "group permission",
    )),
)  # fmt: skip
_ENDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("job.node-fail", ("node failure", "node fail", "node_fail", "boot_fail", "boot fail")),
    ("job.out-of-memory", (
        "exceeded memory limit", "exceeded job memory limit", "exceeded step memory limit",
        "oom-kill", "oom_kill", "out_of_memory", "out of memory", "out-of-memory",
    )),
    ("job.out-of-time", ("due to time limit", "timeout (", "exceeded its time limit")),
    ("job.preempted", ("due to preemption", "preempted")),
    ("job.cancelled", ("cancelled", "force terminated job", "revoked", "was canceled")),
    ("job.launch-failed", (
        "launch failed", "launch_failed", "unable to launch", "task launch", "unable to confirm",
        "job credential", "nodes are still not ready", "unable to create step",
        "jobheldlaunchfailed", "failed to connect", "can't open /dev/", "io error",
    )),
)  # fmt: skip
# reasons of waiting jobs that no time will change
_NEVER = (
    "job.bad-account", "job.bad-qos", "job.bad-time", "job.bad-feature", "job.access-denied",
)  # fmt: skip
_STATES = {
    "TIMEOUT": "job.out-of-time", "DEADLINE": "job.out-of-time",
    "OUT_OF_MEMORY": "job.out-of-memory", "NODE_FAIL": "job.node-fail",
    "BOOT_FAIL": "job.node-fail", "CANCELLED": "job.cancelled", "REVOKED": "job.cancelled",
    "PREEMPTED": "job.preempted", "FAILED": "job.failed", "LAUNCH_FAILED": "job.launch-failed",
}  # fmt: skip


def refusal_in(text: str) -> JobTrouble | None:
    """Why a submission was refused, if its words are known."""
    return _found(text, _REFUSALS)


def end_in(text: str) -> JobTrouble | None:
    """Why a job that had begun ended badly, if its words are known."""
    return _found(text, _ENDS)


def hopeless(reason: str | None) -> JobTrouble | None:
    """A reason for waiting that will not go away by itself: "PartitionTimeLimit"."""
    found = refusal_in(reason or "")
    return found if found and found.code in _NEVER else None


def trouble_of_state(state: str, detail: str) -> JobTrouble | None:
    """ "NODE_FAIL", "CANCELLED by 1000" ... None for a job that ended well or still runs."""
    word = state.split()[0].rstrip("+") if state.split() else ""
    return JobTrouble(_STATES[word], detail) if word in _STATES else None


def last_words(text: str) -> str | None:
    """The last line that says something, without the name of the program before it."""
    lines = [_bare(line) for line in text.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if line), None)


def _found(text: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> JobTrouble | None:
    lines = [line for line in text.splitlines() if line.strip()]
    for code, words in table:
        for line in lines:
            if any(each in line.lower() for each in words):
                return JobTrouble(code, _bare(line))
    return None


def _bare(line: str) -> str:
    """ "srun: error: gpu1: task 0: Killed" -> "gpu1: task 0: Killed"."""
    program = r"^(?:(?:srun|sbatch|scontrol|sinfo|squeue|slurm\w*(?:-[\w.-]+)?):\s+)?"
    return re.sub(program + r"(?:(?:fatal|error):\s+)?", "", line.strip())
