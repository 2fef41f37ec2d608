"""Many proofs at once, under one deadline and within one budget of bytes."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from typing import Sequence

from gpusetup.machine import Installers
from gpusetup.mirrors.agents import ACCEPT, Agents
from gpusetup.mirrors.answers import Trouble
from gpusetup.mirrors.proving import Job, Needs, shared
from gpusetup.mirrors.verdicts import Verdict, host_of
from gpusetup.probe.mirror_fetch import Asker, Budget
from gpusetup.probe.mirror_proof import prove

MOST_BYTES = 8 << 20
_FOR_SAMPLES = MOST_BYTES // 2  # the rest is for pages
_GRACE_S = 0.05  # for those who come to their end at the deadline by themselves


@dataclass(frozen=True)
class Means:
    """What the requests are made with."""

    agents: Agents
    installers: Installers = field(default_factory=Installers)
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True)
class Race:
    """What came of it, in the order of the jobs."""

    verdicts: tuple[Verdict, ...]
    seconds: float
    received: int


def race(jobs: Sequence[Job], needs: Needs, means: Means, deadline_s: float) -> Race:
    """Prove all jobs. Who has not ended at the deadline has timed out."""
    begun = time.monotonic()
    deadline, budget = begun + deadline_s, Budget(means.most_bytes)
    done: queue.Queue[tuple[int, Verdict]] = queue.Queue()
    jobs = shared(jobs, min(_FOR_SAMPLES, means.most_bytes // 2))

    def run(number: int, job: Job) -> None:
        done.put((number, prove(job, needs, _asker(job, means, deadline, budget))))

    for number, job in enumerate(jobs):
        # not a pool: its threads are waited for when the program ends, and one may hang in DNS
        threading.Thread(target=run, args=(number, job), daemon=True).start()
    found = _collected(done, len(jobs), deadline + _GRACE_S)
    verdicts = tuple(found.get(number) or _timed_out(job, needs) for number, job in enumerate(jobs))
    return Race(verdicts, time.monotonic() - begun, means.most_bytes - budget.left)


def _asker(job: Job, means: Means, deadline: float, budget: Budget) -> Asker:
    installers = means.installers
    return Asker(
        agent=means.agents[job.client], deadline=deadline, budget=budget,
        cert=installers.cert, proxy=installers.proxy, accept=ACCEPT.get(job.client, "*/*"),
    )  # fmt: skip


def _collected(
    done: queue.Queue[tuple[int, Verdict]], count: int, deadline: float
) -> dict[int, Verdict]:
    found: dict[int, Verdict] = {}
    while len(found) < count:
        left = deadline - time.monotonic()
        try:
            number, verdict = done.get(timeout=max(0.0, left))
        except queue.Empty:
            break
        found[number] = verdict
    return found


def _timed_out(job: Job, needs: Needs) -> Verdict:
    url = job.offer.url or needs.default_index or ""
    return Verdict(
        job.mirror, job.offer, job.client, Trouble.TIMED_OUT.value, asked=url,
        final_host=host_of(url),
    )  # fmt: skip
