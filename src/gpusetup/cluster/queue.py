"""Where a job stands: what `squeue` and `scontrol show job` print."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from gpusetup.cluster.scontrol import read_records
from gpusetup.cluster.troubles import trouble_of_state
from gpusetup.cluster.values import JobState, JobTrouble, QueueEntry

# PENDING jobs have no node; the priority is needed for the place in the queue
FORMAT = "%i|%T|%r|%S|%N|%p|%P|%j"
_WAITING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD")
_RUNNING = ("RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING")


def read_queue(text: str) -> tuple[tuple[QueueEntry, str], ...]:
    """Every job with its name."""
    rows = [line.split("|") for line in text.splitlines()]
    return tuple((_entry(fields), fields[7].strip()) for fields in rows if len(fields) >= 8)


def _entry(fields: Sequence[str]) -> QueueEntry:
    job_id, state, reason, start, node, priority = (each.strip() for each in fields[:6])
    if state in _WAITING:
        known = JobState.PENDING
    else:
        known = JobState.RUNNING if state in _RUNNING else JobState.GONE
    return QueueEntry(
        job_id=job_id,
        state=known,
        reason=reason if reason not in ("None", "(null)", "") else None,
        expected_start=start if start[:1].isdigit() and known is JobState.PENDING else None,
        node=node if node not in ("(null)", "n/a", "") else None,
        priority=_float(priority),
    )


def with_position(entry: QueueEntry, partition_queue: str) -> QueueEntry:
    """The entry with its place among the jobs that wait in its partition."""
    waiting = [each for each, _name in read_queue(partition_queue) if _waits(each)]
    if entry.priority is None or not _waits(entry):
        return entry
    before = sum((each.priority or 0) > entry.priority for each in waiting)
    earlier = sum(
        each.priority == entry.priority and _order(each) < _order(entry) for each in waiting
    )
    return replace(entry, position=before + earlier + 1)


def _waits(entry: QueueEntry) -> bool:
    return entry.state is JobState.PENDING


def _order(entry: QueueEntry) -> int:
    digits = entry.job_id.split("_")[0].split("+")[0]
    return int(digits) if digits.isdigit() else 0


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def end_of_job(text: str) -> tuple[JobTrouble | None, str | None]:
    """Why a job ended badly, and on which node, by `scontrol show job ID`."""
    records = read_records(text, "JobId")
    if not records:
        return None, None
    record = records[-1]
    detail = f"{record.get('JobState', '')} ({record.get('Reason', '')})"
    nodes = record.get("NodeList", "")
    return trouble_of_state(record.get("JobState", ""), detail), nodes.strip() or None
