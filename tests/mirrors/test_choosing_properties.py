"""Whatever the proofs say: nothing is routed to what did not prove itself, and order plays no part."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gpusetup.compat_files.mirrors import packaged_or_configured
from gpusetup.mirrors.catalogue import OFFICIAL, Client
from gpusetup.mirrors.choosing import (
    Failure,
    Selection,
    choose_asked,
    choose_fastest,
    measured_services,
)
from gpusetup.mirrors.proving import Job, Needs, compared_jobs, gap_jobs, jobs_of
from gpusetup.mirrors.settings import Route
from gpusetup.mirrors.speed import CLEARLY, seconds_for
from gpusetup.mirrors.through import Own, through
from gpusetup.mirrors.verdicts import Verdict, host_of
from gpusetup.mirrors.wheels import WantedWheel

MIRRORS = packaged_or_configured({})
NAMES = [each.id for each in MIRRORS.offered]
WHEEL = WantedWheel("2.8.0+cu126", "cu126", "cp312", "linux-x86_64")
CAUSES = [None, None, None, "status", "timed-out", "html", "no-wheel", "stale"]

clients = st.lists(st.sampled_from(list(Client)), min_size=1, unique=True).map(tuple)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, Needs, list[Verdict]]:
    """A mirror that is asked for, what is needed, and some answer to each job."""
    name = draw(st.sampled_from(NAMES))
    wheel = draw(st.sampled_from([WHEEL, None]))
    needs = Needs(draw(clients), "linux-64", WHEEL, wheel, "https://index.example/simple")
    mirror = MIRRORS.named(name)
    assert mirror is not None
    jobs = [*jobs_of(mirror, needs), *gap_jobs(mirror, MIRRORS, needs)]
    return name, needs, answered(jobs, draw(st.randoms(use_true_random=False)))


def answered(jobs: list[Job], chance: random.Random) -> list[Verdict]:
    found = []
    for job in dict.fromkeys(jobs):
        cause = chance.choice(CAUSES)
        url = job.offer.url or "https://index.example/simple"
        facts: dict[str, Any] = {"final_host": host_of(url), "asked": url}
        if cause is None:
            facts.update(waited_s=chance.uniform(0.01, 1), bytes_per_s=chance.uniform(1e4, 1e7))
        found.append(Verdict(job.mirror, job.offer, job.client, cause, **facts))
    return found


def is_proven(route: Route, verdicts: list[Verdict]) -> bool:
    return all(
        any(
            each.ok and each.offer.url == route.url and each.client is client
            for each in verdicts
        )
        for client in route.clients
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(questions())
def test_what_did_not_prove_itself_is_never_routed_to(
    question: tuple[str, Needs, list[Verdict]],
) -> None:
    name, needs, verdicts = question
    mirror = MIRRORS.named(name)
    assert mirror is not None
    outcome = choose_asked(mirror, MIRRORS, needs, verdicts)
    if isinstance(outcome, Failure):
        is_ok = outcome.verdict.ok
        assert not is_ok
        return
    for route in outcome.routes:
        assert route.url.startswith("https://")
        if route.mirror != OFFICIAL:
            proven = is_proven(route, verdicts)
            assert proven, route
    keys = [(each.service, each.name) for each in outcome.routes]
    assert len(keys) == len(set(keys))
    used = through(outcome, Own())
    assert used is None or all(each.mirror != OFFICIAL for each in used.routes)


@settings(max_examples=60, deadline=None)
@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_the_verdicts_plays_no_part(
    question: tuple[str, Needs, list[Verdict]], chance: random.Random
) -> None:
    name, needs, verdicts = question
    mirror = MIRRORS.named(name)
    assert mirror is not None
    first = choose_asked(mirror, MIRRORS, needs, verdicts)
    mixed = chance.sample(verdicts, len(verdicts))
    second = choose_asked(mirror, MIRRORS, needs, mixed)
    assert type(first) is type(second)
    if isinstance(first, Selection) and isinstance(second, Selection):
        same = first.routes == second.routes
        assert same, (first.routes, second.routes)


@settings(max_examples=60, deadline=None)
@given(clients, st.randoms(use_true_random=False))
def test_the_fastest_is_proven_and_clearly_beats_the_default(
    wanted: tuple[Client, ...], chance: random.Random
) -> None:
    needs = Needs(wanted, "linux-64", WHEEL, WHEEL, "https://index.example/simple")
    measured = measured_services(needs)
    jobs = compared_jobs(MIRRORS.mirrors, needs, measured)
    for mirror in MIRRORS.copies:
        jobs += list(jobs_of(mirror, needs))
    verdicts = answered(jobs, chance)
    for route in choose_fastest(MIRRORS, needs, verdicts).routes:
        proven = is_proven(route, verdicts)
        assert proven, route
        key = (route.service, route.name)
        same = [each for each in verdicts if (each.offer.service, each.offer.name) == key]
        default = [each for each in same if each.mirror == OFFICIAL and each.ok]
        if default and key in measured:
            taken = [each for each in same if each.offer.url == route.url]
            assert min(map(seconds_for, taken)) * CLEARLY <= seconds_for(default[0])
