"""The wait for jobs on the screen: how many answered, where the others stand in the queue."""

from __future__ import annotations

from types import TracebackType
from typing import Sequence

from gpusetup.cluster.values import End, JobState, QueueEntry
from gpusetup.messages import listed, say
from gpusetup.road.cluster_job import Job
from gpusetup.terminal import show


class Waiting:
    """`show` is told of all jobs many times a second, and says what is new."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._said: set[str] = set()
        self._awaiting = show.awaiting(say("cluster.waiting", done=0, count=count))

    def __enter__(self) -> Waiting:
        self._awaiting.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._awaiting.__exit__(kind, error, trace)

    def show(self, jobs: Sequence[Job]) -> None:
        """Answers stay as lines; the others stand in the line that moves."""
        for job in jobs:
            if job.outcome and job.outcome.end is End.ANSWERED:
                self._say_once(_answered(job))
        done = sum(job.outcome is not None and job.outcome.end is End.ANSWERED for job in jobs)
        states = [state_of(job) for job in jobs if job.begun and not job.outcome]
        parts = [say("cluster.waiting", done=done, count=self._count), *states]
        self._awaiting.update(listed(parts))

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._awaiting.above(text)


def state_of(job: Job) -> str:
    """ "a100: number 3 in the queue (Priority), expected to start at 2026-01-05T12:00:00"."""
    kind, entry = job.record.request.kind, job.entry
    if entry is None:
        return say("cluster.handed-in", kind=kind)
    if entry.state is JobState.RUNNING:
        return say("cluster.running", kind=kind, node=entry.node or "?")
    return _waits(kind, entry)


def _waits(kind: str, entry: QueueEntry) -> str:
    reason = entry.reason or say("job.no-words")
    if entry.position is None:
        text = say("cluster.pending", kind=kind, reason=reason)
    else:
        text = say("cluster.pending-place", kind=kind, position=entry.position, reason=reason)
    if entry.expected_start is None:
        return text
    start = entry.expected_start.replace("T", " ")[:16]
    return say("cluster.pending-until", waits=text, start=start)


def _answered(job: Job) -> str:
    outcome = job.outcome
    node = outcome.node if outcome else None
    return say("cluster.answered", kind=job.record.request.kind, node=node or "?")
