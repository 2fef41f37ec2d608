"""Jobs on a real Slurm: their answers, what goes wrong, and that nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator, Mapping, Sequence

import pytest

from gpusetup.cluster.kinds import request_for, to_ask
from gpusetup.cluster.values import End, JobOutcome, JobState, JobWish
from gpusetup.probe.slurm import read_cluster
from gpusetup.road import cluster_records
from gpusetup.road.cluster_job import Job
from gpusetup.road.cluster_jobs import Manner, Task, collect, run_jobs
from tests.cluster.test_lab import command_lines
from tests.lab.slurm import SlurmLab

EATER = f"{sys.executable} -c 'x = bytearray(300 << 20); import time; time.sleep(9)'"
HOG = ("sbatch", "--gres=gpu:v100:2", "-p", "gpu", "-t", "5", "-o", "/dev/null", "--wrap",
       "sleep 99")  # fmt: skip


@pytest.fixture
def environ(slurm_lab: SlurmLab, tmp_path: Path) -> dict[str, str]:
    return slurm_lab.environment() | {"GPUSETUP_STATE": str(tmp_path / "state")}


def tasks(
    environ: Mapping[str, str], body: str, wish: JobWish | None = None, only: str | None = None
) -> list[Task]:
    cluster = read_cluster(environ)
    kinds = to_ask(cluster.kinds, JobWish())
    return [
        Task(request_for(kind, cluster, wish or JobWish()), body)
        for kind in kinds
        if only in (None, kind.label)
    ]


def one(
    environ: Mapping[str, str], body: str, wish: JobWish | None = None, **manner: object
) -> JobOutcome:
    found = tasks(environ, body, wish, "v100")
    (outcome,) = run_jobs(found, environ, Manner(**manner))  # type: ignore[arg-type]
    return outcome


def is_clean(environ: Mapping[str, str], lab: SlurmLab, *, but: Sequence[str] = ()) -> bool:
    ours = [each for each in lab.jobs() if each.split()[0] not in but]
    return not ours and not cluster_records.records(environ)


@pytest.mark.parametrize("batch", [False, True], ids=["srun", "sbatch"])
def test_each_kind_answers(slurm_lab: SlurmLab, environ: dict[str, str], batch: bool) -> None:
    found = tasks(environ, "cat; echo $GPUSETUP_FAKE_CUDA; exit 3")
    outcomes = run_jobs(found, environ, Manner(batch=batch))
    assert [(each.request.kind, each.node, each.answer) for each in outcomes] == [
        ("v100", "gpu1", "12080\n"),
        ("a100", "gpu2", "12020\n"),
    ]
    assert {each.returncode for each in outcomes} == {3}
    assert is_clean(environ, slurm_lab)


@pytest.mark.parametrize(
    ("wish", "end", "code"),
    [
        (JobWish(partition="private", account="bio"), End.REFUSED, "job.bad-account"),
        (JobWish(partition="nowhere"), End.REFUSED, "job.bad-partition"),
        (JobWish(gres="gpu:h100:1"), End.REFUSED, "job.impossible"),
        (JobWish(gres="fpga:1"), End.REFUSED, "job.bad-gres"),
        (JobWish(constraint="hopper"), End.REFUSED, "job.bad-feature"),
        (JobWish(memory_mib=10**6), End.REFUSED, "job.bad-memory"),
        (JobWish(minutes=600), End.REFUSED, "job.bad-time"),
        (JobWish(partition="closed"), End.REFUSED, "job.partition-down"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_refusal_is_known_and_leaves_nothing(
    slurm_lab: SlurmLab, environ: dict[str, str], wish: JobWish, end: End, code: str
) -> None:
    outcome = one(environ, "echo x", wish, wait_s=1.5, leaves=True)
    assert outcome.trouble is not None
    assert (outcome.end, outcome.trouble.code) == (end, code)
    assert is_clean(environ, slurm_lab)


@pytest.mark.parametrize("batch", [False, True], ids=["srun", "sbatch"])
def test_a_job_that_wants_too_much_memory_is_killed(
    slurm_lab: SlurmLab, environ: dict[str, str], batch: bool
) -> None:
    outcome = one(environ, EATER, JobWish(memory_mib=100), batch=batch)
    assert outcome.trouble is not None
    assert (outcome.end, outcome.trouble.code) == (End.FAILED, "job.out-of-memory")
    assert is_clean(environ, slurm_lab)


def test_a_job_that_may_not_be_interactive_becomes_a_batch_job(
    slurm_lab: SlurmLab, environ: dict[str, str], tmp_path: Path
) -> None:
    refusing = tmp_path / "bin/srun"
    refusing.parent.mkdir()
    words = "Unable to allocate resources: Only batch jobs are accepted or processed"
    refusing.write_text(f"#!/bin/sh\necho 'srun: error: {words}' >&2\nexit 1\n")
    refusing.chmod(0o755)
    environ["PATH"] = f"{refusing.parent}:{environ['PATH']}"
    outcome = one(environ, "echo $GPUSETUP_FAKE_CUDA")
    assert (outcome.end, outcome.manner, outcome.answer) == (End.ANSWERED, "sbatch", "12080\n")


def test_a_job_without_a_free_gpu_is_left_and_taken_up_again(
    slurm_lab: SlurmLab, environ: dict[str, str]
) -> None:
    slurm_lab.run(*HOG)
    (hog,) = slurm_lab.jobs()
    looks: list[Job] = []
    found = [replace(each, memo={"seed": 7}) for each in tasks(environ, "echo late", only="v100")]
    (outcome,) = run_jobs(found, environ, Manner(wait_s=1.5, leaves=True), looks.extend)
    entry = looks[-1].entry
    assert entry is not None
    assert (entry.state, entry.position, outcome.end) == (JobState.PENDING, 1, End.LEFT)
    assert [each.end for each, _memo in collect(environ, "detect")] == [End.LEFT]
    assert collect(environ, "verify") == ()
    slurm_lab.run("scancel", hog.split()[0])
    ((outcome, memo),) = collect(environ, "detect", wait_s=20)
    assert (outcome.end, outcome.answer, memo) == (End.ANSWERED, "late\n", {"seed": 7})
    assert is_clean(environ, slurm_lab)


def test_a_job_that_nobody_waits_for_is_cancelled(
    slurm_lab: SlurmLab, environ: dict[str, str]
) -> None:
    slurm_lab.run(*HOG)
    (hog,) = slurm_lab.jobs()
    outcome = one(environ, "echo x", wait_s=1.5)
    assert outcome.trouble is not None
    assert (outcome.end, outcome.trouble.code) == (End.CANCELLED, "job.waited-too-long")
    assert is_clean(environ, slurm_lab, but=[hog.split()[0]])


def test_a_node_that_goes_down_in_the_middle(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    down = ("nodename=gpu1", "state=down", "reason=test")
    threading.Timer(1.2, lambda: slurm_lab.set(*down)).start()
    outcome = one(environ, "echo begun; sleep 60")
    assert outcome.trouble is not None
    assert (outcome.end, outcome.trouble.code, outcome.answer) == (
        End.FAILED, "job.node-fail", None,
    )  # fmt: skip
    assert is_clean(environ, slurm_lab)


@pytest.mark.slow
def test_a_job_that_outlives_its_time_limit(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    """Limits are whole minutes, and looked at twice a minute: the job's end is set to now."""

    def end_now(jobs: Sequence[Job]) -> None:
        entry = jobs[0].entry
        if entry and entry.state is JobState.RUNNING and not ended:
            ended.append(entry.job_id)
            slurm_lab.set(f"jobid={entry.job_id}", "EndTime=now")

    ended: list[str] = []
    (outcome,) = run_jobs(
        tasks(environ, "echo x; sleep 80", only="v100"), environ, Manner(), end_now
    )
    assert outcome.trouble is not None
    assert (outcome.end, outcome.trouble.code) == (End.FAILED, "job.out-of-time")
    assert is_clean(environ, slurm_lab)


def test_output_that_is_cut_off_is_no_answer(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    outcome = one(environ, "echo half; kill -9 $$")
    assert outcome.trouble is not None
    assert (outcome.end, outcome.answer) == (End.FAILED, None)
    assert outcome.trouble.code == "job.cut-off"
    assert is_clean(environ, slurm_lab)


def test_ctrl_c_cancels_what_runs_and_what_waits(
    slurm_lab: SlurmLab, environ: dict[str, str]
) -> None:
    def interrupt(jobs: Sequence[Job]) -> None:
        if all(job.entry for job in jobs):
            raise KeyboardInterrupt

    slurm_lab.run(*HOG)
    (hog,) = slurm_lab.jobs()
    with pytest.raises(KeyboardInterrupt):
        run_jobs(tasks(environ, "sleep 60"), environ, Manner(), interrupt)
    slurm_lab.wait_until(lambda: is_clean(environ, slurm_lab, but=[hog.split()[0]]), "cancelling")


def test_a_running_job_ends_when_we_are_killed(
    slurm_lab: SlurmLab, environ: dict[str, str]
) -> None:
    sleep = f"sleep {60 + os.getpid() / 1e6}"
    with killed(environ, sleep, batch=False) as kill:
        slurm_lab.wait_until(lambda: f"{sleep} " in command_lines(), "job")
        kill()
    slurm_lab.wait_until(lambda: not slurm_lab.jobs(), "the end")


def test_a_waiting_batch_job_is_cancelled_by_the_run_after_one_that_was_killed(
    slurm_lab: SlurmLab, environ: dict[str, str]
) -> None:
    slurm_lab.run(*HOG)
    (hog,) = slurm_lab.jobs()
    with killed(environ, "echo x", batch=True) as kill:
        slurm_lab.wait_until(lambda: len(slurm_lab.jobs()) == 2, "job")
        kill()
    (record,) = cluster_records.records(environ)
    run_jobs((), environ, Manner())
    assert is_clean(environ, slurm_lab, but=[hog.split()[0]])
    assert not record.folder.exists()


@contextmanager
def killed(environ: dict[str, str], body: str, *, batch: bool) -> Iterator[Callable[[], None]]:
    """A run of another process, and the call that kills it."""
    code = (
        "import os; from tests.cluster.test_jobs import *\n"
        f"run_jobs(tasks(os.environ, {body!r}, only='v100'), os.environ, Manner(batch={batch}))"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", code], env=environ, cwd=root) as first:
        yield lambda: os.kill(first.pid, signal.SIGKILL)


def test_no_controller(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    found = tasks(environ, "echo x", only="v100")
    slurm_lab.stop_controller()
    try:
        begun = time.monotonic()
        (outcome,) = run_jobs(found, environ, Manner(wait_s=5))
        assert outcome.trouble is not None
        assert (outcome.end, outcome.trouble.code) == (End.REFUSED, "job.no-controller")
        assert time.monotonic() - begun < 60
    finally:
        slurm_lab.start_controller("-c")
    assert is_clean(environ, slurm_lab)
