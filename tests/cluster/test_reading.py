"""What Slurm prints becomes values."""

from __future__ import annotations

import pytest

from gpusetup.cluster import queue
from gpusetup.cluster.durations import as_limit, is_time, minutes_of
from gpusetup.cluster.gres import gpus_of
from gpusetup.cluster.queue import end_of_job, read_queue, with_position
from gpusetup.cluster.scontrol import read_facts, read_partitions, version_of
from gpusetup.cluster.sinfo import read_groups
from gpusetup.cluster.troubles import end_in, hopeless, last_words, refusal_in
from gpusetup.cluster.values import GpuGres, JobState

SINFO = """\
Welcome to the cluster | read the rules
gpu|up|2-00:00:00|idle|2|64|515000|gpu:a100:4(S:0-1),lustre:1|nvlink,ampere|gpu[1-2]|none
gpu|up|2-00:00:00|drained*|1|64|515000|gpu:a100:4(S:0-1)|nvlink,ampere|gpu3|fan 2|3 broken
old|down|infinite|mixed-|3|16+|64000+|gpu:2|k80|old[01-03]|none
cpu|up|1:00:00|idle~|100|32|128000|(null)|(null)|node[001-100]|none
"""
PARTITIONS = """\
PartitionName=gpu
   AllowGroups=ALL AllowAccounts=physics,chem AllowQos=ALL
   AllocNodes=ALL Default=YES QoS=N/A
   DefaultTime=00:30:00 DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO
   MaxNodes=UNLIMITED MaxTime=1-00:00:00 MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED
   Nodes=gpu[1-2]
   State=UP TotalCPUs=8 TotalNodes=2 SelectTypeParameters=NONE

PartitionName=cpu
   AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL
   Default=NO MaxTime=UNLIMITED DefaultTime=NONE
   State=DRAIN
"""
CONFIG = """\
Configuration data as of 2026-01-05T10:00:00
AccountingStorageType   = accounting_storage/none
ClusterName             = lab
EnforcePartLimits       = ALL
SLURM_VERSION           = 22.05.8
"""
JOB = """\
JobId=18 JobName=gpusetup-1
   UserId=ana(1000) GroupId=ana(1000) MCS_label=N/A
   Priority=4294901757 Nice=0 Account=(null) QOS=(null)
   JobState=NODE_FAIL Reason=NodeDown Dependency=(null)
   Partition=gpu AllocNode:Sid=login:4242
   NodeList=gpu2
"""


def test_lines_of_nodes_are_read_and_all_else_is_passed_over() -> None:
    idle, drained, old, cpu = read_groups(SINFO)
    assert idle.gpus == (GpuGres("a100", 4),)
    assert idle.features == ("ampere", "nvlink")
    assert (idle.usable, idle.free) == (True, True)
    assert (drained.usable, drained.reason) == (False, "fan 2|3 broken")
    assert (old.state, old.cpus, old.gpus) == ("mixed", 16, (GpuGres(None, 2),))
    assert (cpu.count, cpu.gpus, cpu.features, cpu.usable) == (100, (), (), True)


@pytest.mark.parametrize(
    ("text", "gpus"),
    [
        ("(null)", ()),
        ("gpu:4", (GpuGres(None, 4),)),
        ("gpu:a100:2(S:0),gpu:a100:2(S:1)", (GpuGres("a100", 4),)),
        ("gpu:tesla:no_consume:4G,gpu:v100:1", (GpuGres("v100", 1),)),
        ("gpu:1g.5gb:7(S:0-1),gpu:a100:1", (GpuGres("1g.5gb", 7), GpuGres("a100", 1))),
        ("mps:400,shard:8,gpu:nvidia_h100_80gb_hbm3:8", (GpuGres("nvidia_h100_80gb_hbm3", 8),)),
    ],
)
def test_gres_words_name_gpus(text: str, gpus: tuple[GpuGres, ...]) -> None:
    assert gpus_of(text) == gpus


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("5", 5), ("5:30", 6), ("1:00:00", 60), ("2-0", 2880), ("1-12:30", 2190), ("infinite", None),
     ("UNLIMITED", None), ("n/a", None), ("30 minutes", None)],
)  # fmt: skip
def test_times_are_minutes(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes


def test_a_limit_is_given_as_slurm_takes_it() -> None:
    assert [as_limit(each) for each in (5, 90, 2880)] == ["0:05:00", "1:30:00", "48:00:00"]
    assert [is_time(each) for each in ("10", "1:00:00", "0", "soon", "")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_partitions_tell_whom_they_let_in() -> None:
    gpu, cpu = read_partitions(PARTITIONS)
    assert (gpu.is_default, gpu.is_up, gpu.max_minutes, gpu.default_minutes) == (
        True, True, 1440, 30,
    )  # fmt: skip
    assert gpu.accounts == ("physics", "chem")
    assert (cpu.accounts, cpu.is_up, cpu.state, cpu.max_minutes) == (None, False, "DRAIN", None)


def test_the_configuration_tells_version_and_accounting() -> None:
    facts = read_facts(CONFIG)
    assert (facts.name, facts.version) == ("lab", (22, 5))
    assert (facts.has_accounting, facts.enforces_limits) == (False, True)
    assert version_of("slurm 23.11.10") == (23, 11)


def test_the_place_in_the_queue_counts_who_comes_first() -> None:
    lines = "7|PENDING|Priority|2026-01-05T12:00:00||0.2|gpu|ours\n"
    others = (
        "5|PENDING|Resources|N/A||0.9|gpu|x\n6|PENDING|Priority|N/A||0.2|gpu|y\n"
        "8|PENDING|Priority|N/A||0.1|gpu|z\n4|RUNNING|None|2026-01-05T11:00:00|gpu1|0.9|gpu|w\n"
    )
    ((entry, name),) = read_queue(lines)
    assert (name, entry.state, entry.reason) == ("ours", JobState.PENDING, "Priority")
    assert entry.expected_start == "2026-01-05T12:00:00"
    assert with_position(entry, others + lines).position == 3
    assert queue.FORMAT.count("|") + 1 == 8


def test_a_jobs_end_is_told_without_accounting() -> None:
    trouble, node = end_of_job(JOB)
    assert trouble is not None
    assert (trouble.code, trouble.detail, node) == ("job.node-fail", "NODE_FAIL (NodeDown)", "gpu2")
    assert end_of_job("slurm_load_jobs error: Invalid job id specified") == (None, None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("srun: error: Unable to allocate resources: Invalid account or account/partition "
         "combination specified", "job.bad-account"),
        ("sbatch: error: Batch job submission failed: Invalid qos specification", "job.bad-qos"),
        ("srun: error: Invalid generic resource (gres) specification", "job.bad-gres"),
        ("srun: error: Unable to allocate resources: Requested node configuration is not available",
         "job.impossible"),
        ("srun: error: Unable to allocate resources: Invalid feature specification",
         "job.bad-feature"),
        ("srun: error: Unable to allocate resources: Requested time limit is invalid (missing or "
         "exceeds some limit)", "job.bad-time"),
        ("srun: error: invalid partition specified: nope\nsrun: error: Unable to allocate "
         "resources: Invalid partition name specified", "job.bad-partition"),
        ("sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: "
         "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
         "job.too-many"),
        ("slurm_load_partitions: Unable to contact slurm controller (connect failure)",
         "job.no-controller"),
        ("srun: error: Unable to allocate resources: Only batch jobs are accepted or processed",
         None),
        ("sbatch: error: Our policy is 42", None),
    ],
)  # fmt: skip
def test_refusals_are_known_by_their_words(words: str, code: str | None) -> None:
    trouble = refusal_in(words)
    assert (trouble and trouble.code) == code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("slurmstepd: error: *** JOB 14 ON gpu1 CANCELLED AT 2026-01-05T12:00:00 DUE TO TIME LIMIT"
         " ***", "job.out-of-time"),
        ("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=9.0. Some of your processes may"
         " have been killed by the cgroup out-of-memory handler.", "job.out-of-memory"),
        ("srun: error: Node failure on gpu2\nsrun: Force Terminated job 18", "job.node-fail"),
        ("slurmstepd: error: *** JOB 3 ON gpu1 CANCELLED AT 2026-01-05T12:00:00 DUE TO PREEMPTION "
         "***", "job.preempted"),
        ("srun: Force Terminated job 18", "job.cancelled"),
        ("Traceback (most recent call last):", None),
    ],
)  # fmt: skip
def test_ends_are_known_by_their_words(words: str, code: str | None) -> None:
    trouble = end_in(words)
    assert (trouble and trouble.code) == code


def test_some_reasons_for_waiting_never_end() -> None:
    assert hopeless("Priority") is None
    assert hopeless("PartitionDown") is None
    assert (hopeless("PartitionTimeLimit") or refusal_in("")).code == "job.bad-time"  # type: ignore[union-attr]


def test_the_last_words_come_without_the_program() -> None:
    assert (
        last_words("srun: hello\nsrun: error: gpu1: task 0: Killed\n\n") == "gpu1: task 0: Killed"
    )
