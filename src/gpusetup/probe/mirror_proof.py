"""The requests that a client would make of an offer, one after the other, until one decides.

A mirror can serve its lists and refuse its files, serve browsers and refuse pip, or answer every
address with a page: so the files themselves are asked for, in the client's name.
"""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import Callable, Iterator

from gpusetup.mirrors.answers import Answer, PageFile
from gpusetup.mirrors.catalogue import Client, Layout, Service
from gpusetup.mirrors.proving import Job, Needs
from gpusetup.mirrors.verdicts import (
    Cause,
    Trail,
    Verdict,
    judge_file,
    judge_listing,
    judge_package,
    judge_page,
    judge_wheel,
    may_ask_next,
    verdict,
)
from gpusetup.mirrors.wheels import WantedWheel
from gpusetup.probe.mirror_fetch import Asker

_ENOUGH = 1 << 12  # bytes that show what a file is
_PROJECT = "torch"

# What each client asks a channel for, in its order; the packed ones may fail, the last may not.
_LISTS = {
    Client.CONDA: ("current_repodata.json", "repodata.json.zst", "repodata.json"),
    Client.PIXI: ("repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json"),
}
_PACKAGE = re.compile(rb'"([\w.+!-]+\.(?:conda|tar\.bz2))"\s*:')
_PARTIAL_PLATFORMS = ("pkgs/msys2", "pkgs/r")  # for some systems only, and conda allows it


def prove(job: Job, needs: Needs, asker: Asker) -> Verdict:
    """Whether an offer serves a client."""
    how: Callable[[Job, Needs, Asker], Trail] = {
        Service.INDEX: _index,
        Service.WHEELS: _wheels,
        Service.CHANNEL: _channel,
    }[job.offer.service]
    return verdict(job.mirror, job.offer, job.client, how(job, needs, asker))


def _index(job: Job, needs: Needs, asker: Asker) -> Trail:
    base = job.offer.url or needs.default_index or ""
    return _page(f"{base.rstrip('/')}/{_PROJECT}/", job, needs.index_wheel, asker)


def _wheels(job: Job, needs: Needs, asker: Asker) -> Trail:
    assert needs.wheel is not None  # noqa: S101 - else there is no such job
    folder = f"{job.offer.url}/{needs.wheel.build}/"
    page = folder if job.offer.layout is Layout.FLAT else f"{folder}{_PROJECT}/"
    return _page(page, job, needs.wheel, asker)


def _page(url: str, job: Job, wanted: WantedWheel | None, asker: Asker) -> Trail:
    """A page that must name the wheel, and the beginning of that wheel."""
    page = asker.page(url)
    trail = Trail().then(page, judge_page(page, job.offer.layout))
    if not trail.goes_on:
        return trail
    cause, name = judge_wheel(page, wanted)
    if cause is not None:
        return replace(trail, cause=cause)
    file = asker.piece(_chosen(page, name).url, _ENOUGH)
    return trail.then(file, judge_file(file), name)


def _chosen(page: Answer, name: str | None) -> PageFile:
    """The wheel that is wanted; else the last one, which is new."""
    wheels = [each for each in page.files if each.name.endswith(".whl")] or list(page.files)
    return next((each for each in wheels if each.name == name), wheels[-1])


def _channel(job: Job, needs: Needs, asker: Asker) -> Trail:
    """The lists of noarch and of this platform, as clients at once, and the start of a package."""
    platform, noarch = _at_once(
        lambda: _listing(job, needs.subdir, asker), lambda: _listing(job, "noarch", asker.again())
    )
    if platform.cause == Cause.NO_PLATFORM and job.offer.name in _PARTIAL_PLATFORMS:
        platform = Trail(platform.answers)
    trail = noarch.and_also(platform)
    package = _first_package(trail.answers)
    if not trail.goes_on or package is None:
        return trail
    piece = asker.piece(package, _ENOUGH)
    return trail.then(piece, judge_package(piece))


def _at_once(one: Callable[[], Trail], other: Callable[[], Trail]) -> tuple[Trail, Trail]:
    """Two trails at the same time. What goes wrong in the other thread goes wrong here."""
    found: list[Trail | Exception] = []

    def run() -> None:
        try:
            found.append(other())
        except Exception as error:  # noqa: BLE001
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    first = one()
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return first, found[0]


def _listing(job: Job, subdir: str, asker: Asker) -> Trail:
    """The first of a client's lists that is there."""
    answer = None
    for url, is_optional in _lists(job, subdir):
        answer = asker.piece(url, _ENOUGH)
        if not may_ask_next(answer, is_optional=is_optional):
            break
    assert answer is not None  # noqa: S101 - every client has lists
    noarch = subdir == "noarch"
    return Trail().then(answer, judge_listing(answer, job.offer.name, noarch=noarch))


def _lists(job: Job, subdir: str) -> Iterator[tuple[str, bool]]:
    for name in _LISTS[job.client]:
        yield f"{job.offer.url}/{subdir}/{name}", name.endswith(".zst")


def _first_package(answers: tuple[Answer, ...]) -> str | None:
    """A package that a plain list names."""
    for answer in reversed(answers):
        found = _PACKAGE.search(answer.head)
        if found:
            return answer.url.rpartition("/")[0] + "/" + found[1].decode()
    return None
