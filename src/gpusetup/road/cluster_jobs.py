"""One job on one node of each kind: handed in, waited for, and its answer brought back.

    outcomes = run_jobs(tasks, environ, Manner(wait_s=120), listen)

A `Task` is a request (`cluster.kinds.request_for` makes one for a kind), the body of a script for
/bin/sh whose standard output is the answer, and what must be remembered to judge it later. Jobs are
run by `srun`; where that is refused without a known reason, as on clusters that take batch jobs
only, by `sbatch`. When the wait is over, jobs that still wait are handed in as batch jobs and left
(`leaves`), or cancelled. `collect` takes up what was left. Ctrl-C cancels everything. Only an
outcome that ended as `ANSWERED` tells something about its kind; of all others nothing is known.

A batch job's answer comes back by a file: the nodes must share the state folder's file system.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Sequence

from gpusetup.cluster.answers import marked
from gpusetup.cluster.values import JobOutcome, JobRequest
from gpusetup.road import cluster_records
from gpusetup.road.cluster_job import Job
from gpusetup.road.cluster_records import JobRecord

AT_ONCE = 8
_LOOK_S = 0.1


@dataclass(frozen=True)
class Task:
    """What shall run on one node of a kind."""

    request: JobRequest
    body: str
    memo: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manner:
    """How long is waited, and what becomes of jobs that did not begin until then."""

    wait_s: float = 120.0
    leaves: bool = False
    batch: bool = False  # by sbatch from the beginning
    subject: str = "detect"  # whose answer it is, for `collect`


Listener = Callable[[Sequence[Job]], None]


def run_jobs(
    tasks: Sequence[Task],
    environ: Mapping[str, str],
    manner: Manner,
    listen: Listener = lambda _jobs: None,
) -> tuple[JobOutcome, ...]:
    """Run them all, some at a time; the outcomes in the order of the tasks.

    Raises:
        KeyboardInterrupt: everything was cancelled.
    """
    sweep(environ)
    jobs = [_job(task, environ, manner) for task in tasks]
    end = time.monotonic() + manner.wait_s
    try:
        while not all(job.outcome for job in jobs):
            _go_on(jobs, end, manner)
            listen(jobs)
            time.sleep(_LOOK_S)
    except BaseException:
        for job in jobs:
            job.cancel()
        raise
    return tuple(job.outcome for job in jobs if job.outcome)


def collect(
    environ: Mapping[str, str], subject: str, wait_s: float = 0.0,
    listen: Listener = lambda _jobs: None,
) -> tuple[tuple[JobOutcome, Mapping[str, Any]], ...]:  # fmt: skip
    """What came of the jobs that were left, each with what was to be remembered of it.

    Jobs that are still in the queue when the wait is over stay there.
    """
    jobs = [_taken_up(each, environ) for each in cluster_records.left(environ, subject)]
    end = time.monotonic() + wait_s
    try:
        while not all(job.outcome for job in jobs):
            for job in jobs:
                job.look()
                if not job.outcome and time.monotonic() >= end:
                    job.leave()
            listen(jobs)
            time.sleep(_LOOK_S if any(not job.outcome for job in jobs) else 0)
    except BaseException:  # they were left before, and stay
        for job in jobs:
            if not job.outcome:
                job.leave()
        raise
    return tuple((job.outcome, job.record.memo) for job in jobs if job.outcome)


def sweep(environ: Mapping[str, str]) -> None:
    """Cancel what a killed run of ours left in the queue."""
    for record in cluster_records.orphans(environ):
        _taken_up(record, environ).cancel()


def cancel_left(environ: Mapping[str, str], subject: str) -> int:
    """Take the jobs that were left out of the queue. Returns how many."""
    found = cluster_records.left(environ, subject)
    for record in found:
        _taken_up(record, environ).cancel()
    return len(found)


def _job(task: Task, environ: Mapping[str, str], manner: Manner) -> Job:
    record = cluster_records.new_record(task.request, manner.subject, task.memo, environ)
    return Job(record, marked(task.body, record.nonce), environ)


def _taken_up(record: JobRecord, environ: Mapping[str, str]) -> Job:
    job = Job(record, "", environ)
    job.take_up()
    return job


def _go_on(jobs: Sequence[Job], end: float, manner: Manner) -> None:
    is_over = time.monotonic() >= end
    for job in jobs:
        if not job.begun and (is_over or sum(each.at_work for each in jobs) < AT_ONCE):
            job.begin(batch=manner.batch)
        job.look()
        if is_over and job.waits:
            if manner.leaves and not job.is_stuck:
                job.leave()
            else:
                job.give_up()
