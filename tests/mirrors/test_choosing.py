"""Which mirror is taken for what, decided by what the lab's sites prove, and by verdicts alone."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest

from gpusetup.mirrors.catalogue import OFFICIAL, Client, Layout, Mirrors, Service
from gpusetup.mirrors.choosing import Failure, Selection
from gpusetup.mirrors.proving import Needs
from gpusetup.mirrors.settings import Route
from gpusetup.mirrors.speed import load_seconds
from gpusetup.probe.mirror_choice import FASTEST_S, Proven, prove_asked, prove_fastest
from gpusetup.probe.mirror_race import MOST_BYTES
from tests.lab import mirror_content as content
from tests.lab.mirror_sites import Lab, Site
from tests.mirrors.world import MEANS, needs

MIB = 1 << 20
DEADLINE_S = 2.0


@pytest.fixture
def lab(mirror_lab: Lab, mirror_root: Path) -> Callable[..., Site]:
    """Makes a site that serves everything."""

    def make(**manner: object) -> Site:
        return mirror_lab.site(mirror_root, **manner)

    return make


def catalogue(folder: Path, **rows: dict[str, object]) -> Mirrors:
    from gpusetup.compat_files.mirrors import NAME, load

    return load(content.write_mirrors(folder, rows) / NAME)


def tuna(site: Site) -> dict[str, object]:
    """As the real one: neither wheels of torch nor the channel nvidia."""
    absent = content.row(
        names=["nvidia"], state="absent", note="may not be passed on", note_zh="不允许再分发"
    )
    here = content.row(base=f"{site.url}/anaconda/cloud", names=["conda-forge"])
    return content.mirror(site, "TUNA", channels=[here, absent], wheels=[])


def whole(site: Site, layout: str = "pep503") -> dict[str, object]:
    folder = {"pep503": "whl", "flat": "pytorch-wheels"}[layout]
    return content.mirror(
        site, "whole",
        channels=[content.row(base=f"{site.url}/anaconda/cloud", names=["conda-forge", "nvidia"])],
        wheels=[content.row(url=f"{site.url}/{folder}", layout=layout)],
    )  # fmt: skip


def asked(
    mirrors: Mirrors, name: str, wants: Needs | None = None, deadline_s: float = DEADLINE_S
) -> Proven:
    mirror = mirrors.named(name)
    assert mirror is not None
    return prove_asked(mirror, mirrors, wants or needs(), MEANS, deadline_s)


def selection(proven: Proven) -> Selection:
    assert isinstance(proven.outcome, Selection), proven.outcome
    return proven.outcome


def origin(found: Selection, service: Service, name: str = "") -> str | None:
    route = found.route(service, name)
    return route.mirror if route else None


def codes(found: Selection) -> list[tuple[str, object, object]]:
    return [(each.code, each.facts["service"], each.facts["name"]) for each in found.notes]


def test_tuna_is_set_for_what_it_has_and_the_rest_comes_from_another_mirror(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    here, other = lab(), lab()
    mirrors = catalogue(tmp_path, official=whole(lab()), tuna=tuna(here), other=whole(other))
    found = selection(asked(mirrors, "tuna"))
    assert origin(found, Service.INDEX) == "tuna"
    assert origin(found, Service.CHANNEL, "conda-forge") == "tuna"
    assert origin(found, Service.CHANNEL, "nvidia") == "other"
    assert origin(found, Service.WHEELS) == "other"
    assert codes(found) == [
        ("mirrors.note.elsewhere", "channel", "nvidia"), ("mirrors.note.elsewhere", "wheels", ""),
    ]  # fmt: skip


def test_without_another_mirror_the_rest_comes_from_the_source_by_an_explicit_line(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    source = lab()
    mirrors = catalogue(tmp_path, official=whole(source), tuna=tuna(lab()))
    found = selection(asked(mirrors, "tuna"))
    assert found.route(Service.CHANNEL, "nvidia") == Route(
        Service.CHANNEL, f"{source.url}/anaconda/cloud/nvidia", OFFICIAL, (Client.CONDA, Client.PIXI),
        "nvidia", official=f"{source.url}/anaconda/cloud/nvidia",
    )  # fmt: skip
    assert origin(found, Service.WHEELS) == OFFICIAL
    assert ("mirrors.note.official", "channel", "nvidia") in codes(found)


def test_a_flat_folder_of_wheels_is_taken_in_its_own_form(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    flat = whole(lab(), "flat")
    source = whole(lab().behave("/whl", status=404))
    mirrors = catalogue(tmp_path, official=source, tuna=tuna(lab()), aliyun=flat)
    route = selection(asked(mirrors, "tuna")).route(Service.WHEELS)
    assert route is not None
    assert (route.mirror, route.layout) == ("aliyun", Layout.FLAT)


@pytest.mark.parametrize(
    ("misbehave", "cause", "status"),
    [
        (lambda site: site.behave("/simple", refuses="^pip/"), "status", 403),
        (
            lambda site: site.behave("/anaconda/cloud/conda-forge/noarch", status=404),
            "no-noarch",
            404,
        ),
        (lambda site: site.behave(hangs=True), "timed-out", None),
        (lambda site: site.behave(html="<html>"), "html", 200),
    ],
    ids=["403 for pip", "no noarch", "hanging", "HTML"],
)
def test_a_mirror_that_was_asked_for_and_fails_is_told_with_the_one_that_works(
    lab: Callable[..., Site], tmp_path: Path,
    misbehave: Callable[[Site], Site], cause: str, status: int | None,
) -> None:  # fmt: skip
    bad = misbehave(lab())
    rows = {"slow": whole(lab(latency_s=0.2, bytes_per_s=2 * MIB)), "quick": whole(lab(bytes_per_s=6 * MIB)),
            "gone": whole(lab(status=500))}  # fmt: skip
    mirrors = catalogue(tmp_path, official=whole(lab()), tuna=tuna(bad), **rows)
    failure = asked(mirrors, "tuna", deadline_s=1.0).outcome
    assert isinstance(failure, Failure)
    assert (failure.verdict.cause, failure.verdict.status) == (cause, status)
    assert (failure.verdict.final_host, failure.best) == (bad.host, "quick")


def test_the_one_that_is_named_instead_serves_all_clients(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    half = lab(bytes_per_s=6 * MIB).behave("/anaconda", status=503)
    rows = {"half": whole(half), "whole": whole(lab(bytes_per_s=2 * MIB))}
    mirrors = catalogue(tmp_path, official=whole(lab()), tuna=tuna(lab(status=403)), **rows)
    failure = asked(mirrors, "tuna").outcome
    assert isinstance(failure, Failure)
    assert failure.best == "whole"


def test_only_the_clients_that_shall_be_set_have_a_say(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    site = lab().behave("/simple", refuses="^pip/")
    mirrors = catalogue(tmp_path, official=whole(lab()), tuna=tuna(site))
    found = selection(asked(mirrors, "tuna", needs(Client.UV, Client.CONDA)))
    assert not any(agent.startswith("pip/") for agent in site.asked("/"))
    route = found.route(Service.INDEX)
    assert route is not None
    assert route.clients == (Client.UV,)
    assert isinstance(asked(mirrors, "tuna").outcome, Failure)


def test_the_second_address_of_a_mirror_serves_where_the_first_does_not(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    site = lab().behave("/old", status=403)
    rows = [content.row(url=f"{site.url}/old/simple"), content.row(url=f"{site.url}/simple")]
    mirrors = catalogue(tmp_path, official=whole(lab()), tuna={**whole(site), "indexes": rows})
    route = selection(asked(mirrors, "tuna")).route(Service.INDEX)
    assert route is not None
    assert route.url == f"{site.url}/simple"


def test_a_further_channel_that_is_dead_is_left_out_and_named(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    site = lab()
    rows = [content.row(base=f"{site.url}/anaconda/cloud", names=["conda-forge", "pytorch"])]
    mirrors = catalogue(tmp_path, official=whole(lab()), tuna={**tuna(site), "channels": rows})
    found = selection(asked(mirrors, "tuna"))
    assert found.route(Service.CHANNEL, "pytorch") is None
    assert ("mirrors.note.left-out", "channel", "pytorch") in codes(found)


def test_a_mirror_at_whose_end_another_host_answers_says_so(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    end = lab()
    mirrors = catalogue(tmp_path, official=whole(lab()), door=whole(lab(redirect=end.url)))
    notes = selection(asked(mirrors, "door")).notes
    assert {each.facts["host"] for each in notes if each.code == "mirrors.note.redirected"} == {
        end.host
    }


def test_a_second_run_takes_the_same_routes(lab: Callable[..., Site], tmp_path: Path) -> None:
    mirrors = catalogue(tmp_path, official=whole(lab()), tuna=tuna(lab()),
                        one=whole(lab()), two=whole(lab()))  # fmt: skip
    first, second = (selection(asked(mirrors, "tuna")).routes for _ in range(2))
    assert [replace(each, fallback=None) for each in first] == [
        replace(each, fallback=None) for each in second
    ]


@pytest.mark.parametrize(("name", "cause"), [("gone", "dead"), ("poor", "absent")])
def test_a_mirror_that_has_nothing_of_it_fails_without_being_asked(
    lab: Callable[..., Site], tmp_path: Path, name: str, cause: str
) -> None:
    site = lab()
    rows = {
        "gone": [content.row(url=f"{site.url}/simple", state="dead", note="gone", note_zh="没了")],
        "poor": [],
    }
    mirrors = catalogue(
        tmp_path, official=whole(lab()), other=whole(lab()),
        **{name: {**whole(site), "indexes": rows[name], "channels": []}},
    )  # fmt: skip
    failure = asked(mirrors, name).outcome
    assert isinstance(failure, Failure)
    assert (failure.verdict.cause, failure.best) == (cause, "other")
    assert name not in [each.id for each in mirrors.offered if not each.usable(Service.WHEELS)]


# the fastest

PACES = {  # latency in seconds, bytes per second
    "near": (0.002, 3 * MIB), "far": (0.15, 6 * MIB), "thin": (0.002, 40_000.0), "slow": (0.1, MIB),
}  # fmt: skip


def seconds(name: str) -> float:
    return load_seconds(*PACES[name])


def test_the_fastest_is_taken_within_three_seconds_and_eight_megabytes(
    lab: Callable[..., Site], tmp_path: Path, mirror_lab: Lab
) -> None:
    paced = {
        name: whole(lab(latency_s=wait, bytes_per_s=rate)) for name, (wait, rate) in PACES.items()
    }
    bad = {
        "hanging": whole(lab(hangs=True)), "refusing": whole(mirror_lab.nobody()),
        "walled": whole(lab(refuses="^(pip|uv|conda|pixi)/")), "fake": whole(lab(html="<html>")),
        "circle": whole(lab().behave(redirect="")), "broken": whole(lab(cut_after=30)),
    }  # fmt: skip
    source = whole(lab(latency_s=0.3, bytes_per_s=300_000.0))
    begun = time.monotonic()
    proven = prove_fastest(catalogue(tmp_path, official=source, **paced, **bad), needs(), MEANS)
    assert time.monotonic() - begun < FASTEST_S + 0.5
    assert proven.received <= MOST_BYTES
    found = selection(proven)
    best = min(map(seconds, PACES))
    for service, name in (
        (Service.INDEX, ""),
        (Service.CHANNEL, "conda-forge"),
        (Service.WHEELS, ""),
    ):
        taken = origin(found, service, name)
        assert taken in PACES, found.verdicts
        assert seconds(taken) <= 1.1 * best


def test_a_default_that_is_about_as_fast_stays(lab: Callable[..., Site], tmp_path: Path) -> None:
    mirrors = catalogue(
        tmp_path, official=whole(lab(bytes_per_s=2 * MIB)), other=whole(lab(bytes_per_s=2.2 * MIB))
    )
    found = selection(prove_fastest(mirrors, needs(), MEANS))
    assert found.routes == ()
    assert {code for code, _, _ in codes(found)} == {"mirrors.note.default-stays"}


def test_a_mirror_that_is_quick_to_measure_and_refuses_another_client_is_passed_over(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    quick = lab(bytes_per_s=6 * MIB).behave("/simple", bytes_per_s=6 * MIB, refuses="^uv/")
    mirrors = catalogue(tmp_path, official=whole(lab(hangs=True)), quick=whole(quick),
                        second=whole(lab(bytes_per_s=3 * MIB)))  # fmt: skip
    found = selection(prove_fastest(mirrors, needs(Client.PIP, Client.UV, wheel=False), MEANS))
    assert origin(found, Service.INDEX) == "second"


def test_the_second_best_is_the_fall_back(lab: Callable[..., Site], tmp_path: Path) -> None:
    second = lab(bytes_per_s=1 * MIB)
    mirrors = catalogue(tmp_path, official=whole(lab(status=503)), best=whole(lab(bytes_per_s=4 * MIB)),
                        second=whole(second))  # fmt: skip
    found = selection(prove_fastest(mirrors, needs(Client.CONDA, wheel=False), MEANS))
    route = found.route(Service.CHANNEL, "conda-forge")
    assert route is not None
    assert (route.mirror, route.fallback) == ("best", f"{second.url}/anaconda/cloud/conda-forge")


def test_others_are_not_waited_for_when_the_gaps_are_filled(
    lab: Callable[..., Site], tmp_path: Path
) -> None:
    rows = {"good": whole(lab()), "hanging": whole(lab(hangs=True))}
    mirrors = catalogue(tmp_path, official=whole(lab(hangs=True)), tuna=tuna(lab()), **rows)
    proven = asked(mirrors, "tuna", deadline_s=6.0)
    assert origin(selection(proven), Service.WHEELS) == "good"
    assert proven.seconds < 3.0


def test_without_any_network_nothing_is_chosen(mirror_lab: Lab, tmp_path: Path) -> None:
    nobody = mirror_lab.nobody()
    mirrors = catalogue(tmp_path, official=whole(nobody), tuna=tuna(nobody), other=whole(nobody))
    failure = asked(mirrors, "tuna").outcome
    assert isinstance(failure, Failure)
    assert (failure.verdict.cause, failure.best) == ("refused", None)
    found = selection(prove_fastest(mirrors, needs(), MEANS))
    assert found.routes == ()
    assert {code for code, _, _ in codes(found)} == {"mirrors.note.nothing-serves"}
