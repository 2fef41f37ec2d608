"""Many proofs at once, under one deadline and within one budget of bytes."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Callable, Sequence, TypeVar, Union

from gpusetup.basics.redact import without_credentials
from gpusetup.machine import Installers
from gpusetup.mirrors.agents import ACCEPT, Agents
from gpusetup.mirrors.answers import Answer, Trouble
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.proving import Job, Needs
from gpusetup.mirrors.verdicts import Verdict, host_of, samplers, speed_of
from gpusetup.probe.mirror_fetch import Asker, Budget
from gpusetup.probe.mirror_proof import prove

MOST_BYTES = 7_500_000  # of the 8 MB that are allowed; the last pieces may come on top
LONGEST_SAMPLE = 1 << 20
_GRACE_S = 0.05  # for those who come to their end at the deadline by themselves
_TICK_S = 0.1

Value = TypeVar("Value")


@dataclass(frozen=True)
class Means:
    """What the requests are made with."""

    agents: Agents
    installers: Installers = field(default_factory=Installers)
    most_bytes: int = MOST_BYTES

    def after(self, race: Race) -> Means:
        """The same with what a race has left."""
        return replace(self, most_bytes=max(1, self.most_bytes - race.received))


@dataclass(frozen=True)
class Race:
    """What came of it, in the order of the jobs."""

    verdicts: tuple[Verdict, ...]
    seconds: float
    received: int


Enough = Callable[[Sequence[Union[Verdict, None]]], bool]
"""Whether the verdicts so far decide; None for a job that has not ended."""


def race(
    jobs: Sequence[Job],
    needs: Needs,
    means: Means,
    deadline_s: float,
    enough: Enough = lambda _verdicts: False,
) -> Race:
    """Prove all jobs. Who has not ended at the deadline, or when it is `enough`, has timed out."""
    begun = time.monotonic()
    deadline, budget = begun + deadline_s, Budget(means.most_bytes)
    found = _together(
        [partial(_proved, job, needs, _asker(job.client, means, deadline, budget)) for job in jobs],
        deadline,
        enough,
    )
    verdicts = tuple(
        verdict or _without_answer(job, needs, Trouble.TIMED_OUT)
        for verdict, job in zip(found, jobs)
    )
    return Race(verdicts, time.monotonic() - begun, means.most_bytes - budget.left)


def measure(
    verdicts: Sequence[Verdict],
    means: Means,
    deadline_s: float,
    enough: Enough = lambda _verdicts: False,
) -> Race:
    """The speeds of offers that serve: each host is measured, with an equal share of the bytes."""
    begun = time.monotonic()
    deadline, budget = begun + deadline_s, Budget(means.most_bytes)
    hosts = samplers(verdicts)
    # a quarter stays for what comes after
    share = min(LONGEST_SAMPLE, means.most_bytes * 3 // 4 // max(1, len(hosts)))
    tasks = [
        partial(_asker(each.client, means, deadline, budget).piece, each.sample_url, share)
        for each in hosts
    ]

    def so_far(samples: Sequence[Answer | None]) -> bool:
        ended = {each.final_host for each, sample in zip(hosts, samples) if sample}
        return enough([each if each.final_host in ended else None for each in verdicts])

    samples = _together(tasks, deadline, so_far)
    speeds = {
        each.final_host: speed_of(each, sample) for each, sample in zip(hosts, samples) if sample
    }
    found = tuple(replace(each, bytes_per_s=speeds.get(each.final_host)) for each in verdicts)
    return Race(found, time.monotonic() - begun, means.most_bytes - budget.left)


def _together(
    tasks: Sequence[Callable[[], Value]],
    deadline: float,
    enough: Callable[[Sequence[Value | None]], bool] = lambda _values: False,
) -> list[Value | None]:
    """Run all at once; None for what has not ended shortly after the deadline."""
    done: queue.Queue[tuple[int, Value]] = queue.Queue()

    def run(number: int) -> None:
        done.put((number, tasks[number]()))

    for number in range(len(tasks)):
        # not a pool: its threads are waited for when the program ends, and one may hang in DNS
        threading.Thread(target=run, args=(number,), daemon=True).start()
    found: list[Value | None] = [None] * len(tasks)
    ended = 0
    while ended < len(tasks) and not enough(found):
        left = deadline + _GRACE_S - time.monotonic()
        try:
            number, value = done.get(timeout=max(0.0, min(left, _TICK_S)))
        except queue.Empty:
            if left <= 0:
                break
            continue
        found[number] = value
        ended += 1
    return found


def _asker(client: Client, means: Means, deadline: float, budget: Budget) -> Asker:
    installers = means.installers
    return Asker(
        agent=means.agents[client], deadline=deadline, budget=budget, cert=installers.cert,
        proxy=installers.proxy, accept=ACCEPT.get(client, "*/*"),
    )  # fmt: skip


def _proved(job: Job, needs: Needs, asker: Asker) -> Verdict:
    """A proof. What a server can send has no end: the rest of the race goes on."""
    try:
        return prove(job, needs, asker)
    except Exception:  # noqa: BLE001
        return _without_answer(job, needs, Trouble.NO_SENSE)


def _without_answer(job: Job, needs: Needs, trouble: Trouble) -> Verdict:
    url = job.offer.url or needs.default_index or ""
    return Verdict(
        job.mirror, job.offer, job.client, trouble.value, asked=without_credentials(url),
        final_host=host_of(url),
    )  # fmt: skip
