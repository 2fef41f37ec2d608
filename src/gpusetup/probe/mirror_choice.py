"""Proving and choosing in turn: what is proven decides, and what is missing is proven next."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Sequence

from gpusetup.mirrors.catalogue import OFFICIAL, Client, Mirror, Mirrors, Service
from gpusetup.mirrors.choosing import (
    Failure,
    Key,
    Outcome,
    Selection,
    choose_asked,
    choose_fastest,
    measured_services,
    serving_all,
    verdicts_of,
)
from gpusetup.mirrors.proving import Job, Needs, compared_jobs, gap_jobs, gaps, jobs_of
from gpusetup.mirrors.speed import ranked
from gpusetup.mirrors.verdicts import Verdict
from gpusetup.probe.mirror_race import Enough, Means, measure, race

ASKED_S = 8.0  # for a mirror that somebody wants
GAPS_S = 3.0  # for others, to fill what it does not have
SETTLING_S = 0.5  # for those who are a little later than the first
MOMENT_S = 0.8  # the same, where all are compared
BEST_S = 3.0  # for another one in its place
FASTEST_S = 3.0  # for all together
_PROVING, _MEASURING = 0.4, 0.3  # of the time; the rest is for the other clients of the first ones
_MEASURED = 4  # so many copies of each service, those that answer first
_TRIED = 2  # so many of each service are proven for all clients


@dataclass(frozen=True)
class Proven:
    """An outcome, with what it cost."""

    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    seconds: float
    received: int


def prove_asked(
    mirror: Mirror, mirrors: Mirrors, needs: Needs, means: Means, deadline_s: float = ASKED_S
) -> Proven:
    """Whether a mirror serves; if not, which other one does."""
    serves = any(mirror.usable(*each) for each in needs.services)
    jobs = [*jobs_of(mirror, needs), *gap_jobs(mirror, mirrors, needs)] if serves else []
    done = race(jobs, needs, means, deadline_s, _decided(jobs, mirror, mirrors, needs))
    outcome = choose_asked(mirror, mirrors, needs, done.verdicts)
    if isinstance(outcome, Selection):
        return Proven(outcome, done.verdicts, done.seconds, done.received)
    return _with_best(outcome, mirror, mirrors, needs, means)


class _Patience:
    """Enough is known some time after the first moment at which it could be enough.

    Who answers first is not always the same, so others get a multiple of that time too.
    """

    def __init__(self, ready: Enough, times: float, least_s: float) -> None:
        self._ready, self._times, self._least_s = ready, times, least_s
        self._begun, self._first = time.monotonic(), math.inf

    def __call__(self, verdicts: Sequence[Verdict | None]) -> bool:
        passed = time.monotonic() - self._begun
        if self._first == math.inf and self._ready(verdicts):
            self._first = passed
        return passed > max(self._least_s, self._times * self._first)


def _decided(jobs: Sequence[Job], mirror: Mirror, mirrors: Mirrors, needs: Needs) -> Enough:
    """When the mirror itself has answered, and others have filled its gaps, or had their time."""
    begun = time.monotonic()

    def filled(verdicts: Sequence[Verdict | None]) -> bool:
        pending = [job for job, verdict in zip(jobs, verdicts) if verdict is None]
        ended = [each for each in verdicts if each is not None]
        return all(_is_filled(gap, needs, pending, ended) for gap in gaps(mirror, needs))

    patience = _Patience(filled, 2.0, SETTLING_S)

    def enough(verdicts: Sequence[Verdict | None]) -> bool:
        ended = [each for each in verdicts if each is not None]
        if any(job.mirror == mirror.id for job, each in zip(jobs, verdicts) if each is None):
            return False
        fails = isinstance(choose_asked(mirror, mirrors, needs, ended), Failure)
        return fails or patience(verdicts) or time.monotonic() - begun > GAPS_S

    return enough


def _is_filled(
    gap: tuple[Service, str], needs: Needs, pending: Sequence[Job], ended: Sequence[Verdict]
) -> bool:
    """Whether a copy serves, or none is left that could."""
    copies = [each for each in verdicts_of(ended, *gap) if each.mirror != OFFICIAL]
    left = [each for each in pending if (each.offer.service, each.offer.name) == gap]
    is_served = bool(serving_all(copies, needs.clients_of(gap[0])))
    return is_served or all(each.mirror == OFFICIAL for each in left)


def _with_best(
    failure: Failure, mirror: Mirror, mirrors: Mirrors, needs: Needs, means: Means
) -> Proven:
    """The failure, with the fastest mirror that serves every client that shall be set."""
    begun = time.monotonic()
    offer, client = failure.verdict.offer, failure.verdict.client
    jobs = [
        Job(other.id, each, client)
        for other in mirrors.copies
        if other.id != mirror.id
        for each in other.usable(offer.service, offer.name)[:1]
    ]
    key = (offer.service, offer.name)
    ready = _Patience(lambda known: _have_copies(known, [key]), 4.0, MOMENT_S)
    done = race(jobs, needs, means, BEST_S / 2, ready)
    leading = ranked(done.verdicts)[:_MEASURED]
    more = measure(leading, means.after(done), BEST_S / 4)
    order = [each.mirror for each in ranked(more.verdicts)][: _TRIED + 1]
    left = means.after(done).after(more)
    jobs = [job for name in order for job in jobs_of(_named(mirrors, name), needs)]
    last = race(jobs, needs, left, BEST_S / 2)
    best = (each for each in order if _serves(_named(mirrors, each), mirrors, needs, last.verdicts))
    verdicts = (*failure.verdicts, *_with_speeds(done.verdicts, more.verdicts))
    outcome = replace(failure, best=next(best, None), verdicts=verdicts)
    received = done.received + more.received + last.received
    return Proven(outcome, verdicts, time.monotonic() - begun, received)


def _named(mirrors: Mirrors, id: str) -> Mirror:
    return next(each for each in mirrors.mirrors if each.id == id)


def _serves(mirror: Mirror, mirrors: Mirrors, needs: Needs, verdicts: Sequence[Verdict]) -> bool:
    return isinstance(choose_asked(mirror, mirrors, needs, verdicts), Selection)


def prove_fastest(
    mirrors: Mirrors,
    needs: Needs,
    means: Means,
    deadline_s: float = FASTEST_S,
    *,
    steady: bool = False,
) -> Proven:
    """Prove all mirrors and the sources, measure those that answer first, prove them wholly.

    `steady`: of those about as fast always the same, so that a second run asks the same mirror.
    """
    begun = time.monotonic()
    services = measured_services(needs)
    jobs = compared_jobs(mirrors.mirrors, needs, services)
    ready = _Patience(lambda known: _have_copies(known, services), 4.0, MOMENT_S)
    first = race(jobs, needs, means, deadline_s * _PROVING, ready)
    means = means.after(first)
    leading = [each for key in services for each in _leading(first.verdicts, *key)]
    ready = _Patience(lambda known: _have_copies(known, services), 2.5, MOMENT_S / 2)
    second = measure(leading, means, deadline_s * _MEASURING, ready)
    verdicts = _with_speeds(first.verdicts, second.verdicts)
    more = _proof_jobs(mirrors, needs, verdicts)
    left = deadline_s - (time.monotonic() - begun)
    third = race(more, needs, means.after(second), left)
    verdicts = (*verdicts, *third.verdicts)
    received = first.received + second.received + third.received
    outcome = choose_fastest(mirrors, needs, verdicts, steady=steady)
    return Proven(outcome, verdicts, time.monotonic() - begun, received)


def _have_copies(known: Sequence[Verdict | None], services: Sequence[Key]) -> bool:
    """Whether a copy of each thing has come to its end well. The source alone does not count."""
    found = {
        (each.offer.service, each.offer.name)
        for each in known
        if each is not None and each.ok and each.mirror != OFFICIAL
    }
    return all(each in found for each in services)


def _leading(verdicts: Sequence[Verdict], service: Service, name: str) -> list[Verdict]:
    """The copies that answered first, and the source, which they must beat."""
    serving = [each for each in verdicts_of(verdicts, service, name) if each.ok]
    serving.sort(key=lambda each: each.waited_s or 0.0)
    copies = [each for each in serving if each.mirror != OFFICIAL][:_MEASURED]
    return [*copies, *(each for each in serving if each.mirror == OFFICIAL)]


def _with_speeds(verdicts: Sequence[Verdict], faster: Sequence[Verdict]) -> tuple[Verdict, ...]:
    known = {(each.offer, each.client): each for each in faster}
    return tuple(known.get((each.offer, each.client), each) for each in verdicts)


def _proof_jobs(mirrors: Mirrors, needs: Needs, verdicts: Sequence[Verdict]) -> list[Job]:
    """What is not proven yet of those that lead: the other clients, the further channels."""
    known = {(each.offer, each.client) for each in verdicts}
    found: dict[tuple[object, Client], Job] = {}
    for service, name in measured_services(needs):
        fastest_first = ranked(verdicts_of(verdicts, service, name))
        leading = [each for each in fastest_first if each.bytes_per_s]
        for verdict in leading[:_TRIED]:
            mirror = mirrors.named(verdict.mirror)
            for job in jobs_of(mirror, needs) if mirror else ():
                is_more = job.offer == verdict.offer or (
                    verdict is leading[0] and service is job.offer.service is Service.CHANNEL
                )
                if is_more and (job.offer, job.client) not in known:
                    found[job.offer, job.client] = job
    return list(found.values())
