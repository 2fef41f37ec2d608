"""Sites that behave in every way, each asked as the clients ask, and the verdict on each."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Callable

import pytest

from gpusetup.mirrors.catalogue import Client, Layout, Offer, Service
from gpusetup.mirrors.proving import Job
from gpusetup.mirrors.verdicts import Verdict
from gpusetup.probe.mirror_race import measure, race
from tests.lab.mirror_content import make_old
from tests.lab.mirror_sites import Lab, Site
from tests.mirrors.world import MEANS, OTHER_TAG, needs, write_root

INDEX, CHANNEL, WHEELS, FLAT = "index", "channel", "wheels", "flat"
DEADLINE_S = 2.0

CLIENT = {INDEX: Client.PIP, CHANNEL: Client.CONDA, WHEELS: Client.UV, FLAT: Client.UV}


def offer_of(site: Site, what: str) -> Offer:
    return {
        INDEX: Offer(Service.INDEX, f"{site.url}/simple"),
        CHANNEL: Offer(Service.CHANNEL, f"{site.url}/anaconda/cloud/conda-forge", "conda-forge"),
        WHEELS: Offer(Service.WHEELS, f"{site.url}/whl"),
        FLAT: Offer(Service.WHEELS, f"{site.url}/pytorch-wheels", layout=Layout.FLAT),
    }[what]


def proven(
    site: Site, what: str, client: Client | None = None, deadline_s: float = DEADLINE_S
) -> Verdict:
    """The verdict, within its deadline."""
    begun = time.monotonic()
    job = Job("lab", offer_of(site, what), client or CLIENT[what])
    done = race([job], needs(), MEANS, deadline_s)
    assert time.monotonic() - begun < deadline_s + 0.5
    return done.verdicts[0]


@pytest.fixture
def site(mirror_lab: Lab, mirror_root: Path) -> Site:
    return mirror_lab.site(mirror_root)


@pytest.mark.parametrize("what", [INDEX, CHANNEL, WHEELS, FLAT])
def test_a_good_mirror_serves(site: Site, what: str) -> None:
    found = proven(site, what)
    assert found.ok, found
    assert found.final_host == site.host
    assert measure([found], MEANS, DEADLINE_S).verdicts[0].bytes_per_s


@pytest.mark.parametrize("client", [Client.CONDA, Client.PIXI])
def test_a_channel_is_asked_for_the_lists_that_the_client_asks_for(
    site: Site, client: Client
) -> None:
    assert proven(site, CHANNEL, client).ok
    first = {Client.CONDA: "current_repodata.json", Client.PIXI: "repodata_shards.msgpack.zst"}
    # two subdirs are asked at once: the first request tells what comes first
    assert site.requests[0][1].rpartition("/")[2] == first[client]
    assert {agent for _, _, agent in site.requests} == {MEANS.agents[client]}
    assert site.requests[-1][1].endswith(".tar.bz2")  # a package, not only the lists


def html(site: Site) -> None:
    site.behave("/", html="<!DOCTYPE html><html><body>Welcome</body></html>")


BEHAVIOURS: dict[str, tuple[str, Callable[[Site], object], str]] = {
    "hanging": (INDEX, lambda site: site.behave(hangs=True), "timed-out"),
    "hanging in its files": (INDEX, lambda site: site.behave("/packages", hangs=True), "timed-out"),
    "thin pages": (INDEX, lambda site: site.behave(bytes_per_s=60), "timed-out"),
    "cut off": (CHANNEL, lambda site: site.behave("/anaconda", cut_after=40), "cut"),
    "403 for pip's full name": (
        INDEX, lambda site: site.behave(refuses=r'^pip/.*"implementation":\{"name":"\w+","version"'), "status",
    ),
    "403 for its files": (CHANNEL, lambda site: site.behave("/anaconda/cloud/conda-forge/linux-64/conda-forge-lib", status=403), "status"),
    "403 for the list": (CHANNEL, lambda site: site.behave("/anaconda/cloud/conda-forge/noarch/current", status=403), "status"),
    "404 for noarch": (CHANNEL, lambda site: site.behave("/anaconda/cloud/conda-forge/noarch", status=404), "no-noarch"),
    "404 for this platform": (CHANNEL, lambda site: site.behave("/anaconda/cloud/conda-forge/linux-64", status=404), "no-platform"),
    "404 for the index": (INDEX, lambda site: site.behave("/simple", status=404), "status"),
    "HTML for the index": (INDEX, html, "html"),
    "HTML for a channel": (CHANNEL, html, "html"),
    "HTML for a wheel": (WHEELS, lambda site: site.behave("/whl/cu126/torch-", html="<p>sold out"), "html"),
    "no server but an error": (INDEX, lambda site: site.behave(status=503), "status"),
    "a redirect in a circle": (INDEX, lambda site: site.behave("/simple", redirect=site.url), "loop"),
    "a redirect to plain http": (INDEX, lambda site: site.behave(redirect="http://127.0.0.1:9"), "plain-http"),
    "a flat folder as an index": (INDEX, lambda site: site.behave("/simple/torch/", redirect=f"{site.url}/pytorch-wheels/cu126/?"), "no-wheel"),
}  # fmt: skip


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_mirror_that_misbehaves_is_found_out(site: Site, name: str) -> None:
    what, misbehave, cause = BEHAVIOURS[name]
    misbehave(site)
    found = proven(site, what, deadline_s=1.0)
    assert found.cause == cause
    assert found.final_host


def test_a_firewall_is_told_with_its_status_and_spares_other_clients(site: Site) -> None:
    site.behave(refuses=r'^pip/.*"implementation":\{"name":"\w+","version"')
    found = proven(site, INDEX)
    assert (found.status, found.final_host) == (403, site.host)
    assert proven(site, INDEX, Client.PIXI).ok


def test_nobody_listens(mirror_lab: Lab) -> None:
    assert proven(mirror_lab.nobody(), INDEX).cause == "refused"


def test_a_certificate_that_nobody_knows_is_refused(mirror_lab: Lab, mirror_root: Path) -> None:
    found = proven(mirror_lab.site(mirror_root, trusted=False), INDEX)
    assert found.cause == "certificate"


def test_a_redirect_is_followed_and_its_end_is_told(
    mirror_lab: Lab, mirror_root: Path, site: Site
) -> None:
    door = mirror_lab.site(mirror_root, redirect=site.url)
    found = proven(door, INDEX)
    assert (found.ok, found.final_host) == (True, site.host)
    assert site.requests


def test_the_firewall_of_the_host_at_the_end_counts(
    mirror_lab: Lab, mirror_root: Path, site: Site
) -> None:
    site.behave(refuses="^pip/")
    found = proven(mirror_lab.site(mirror_root, redirect=site.url), INDEX)
    assert (found.cause, found.status, found.final_host) == ("status", 403, site.host)


def test_a_channel_that_stopped_being_copied_is_stale(mirror_lab: Lab, tmp_path: Path) -> None:
    root = write_root(tmp_path / "old")
    make_old(root / "anaconda", days=30)
    found = proven(mirror_lab.site(root), CHANNEL)
    assert found.cause == "stale"
    assert found.age_days == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("what", [INDEX, WHEELS, FLAT])
def test_an_index_without_the_wheel_of_this_machine_does_not_serve(
    mirror_lab: Lab, tmp_path: Path, what: str
) -> None:
    root = write_root(tmp_path / "poor", tags=(OTHER_TAG,))
    assert proven(mirror_lab.site(root), what).cause == "no-wheel"


def test_a_build_that_is_not_copied_is_a_404(site: Site, mirror_root: Path) -> None:
    site.behave("/whl/cu126", status=404)
    found = proven(site, WHEELS)
    assert (found.cause, found.status) == ("status", 404)


def test_the_wheel_that_was_found_is_told(site: Site) -> None:
    assert proven(site, FLAT).wheel == "torch-2.8.0+cu126-cp312-cp312-manylinux_2_28_x86_64.whl"


def test_a_proof_that_fails_in_a_way_nobody_thought_of_spares_the_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gpusetup.probe import mirror_proof

    def burst(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(mirror_proof, "judge_listing", burst)
    jobs = [Job("lab", offer_of(site, what), CLIENT[what]) for what in (CHANNEL, INDEX)]
    found = race(jobs, needs(), MEANS, DEADLINE_S).verdicts
    assert [each.cause for each in found] == ["no-sense", None]


def test_what_a_server_behind_a_login_answers_is_no_index(site: Site) -> None:
    site.behave("/", redirect="https://127.0.0.1:1/login?next=")
    assert proven(site, INDEX).cause == "refused"
