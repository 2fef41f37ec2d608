"""`mirrors --show`: what each client uses now, from which file, and whether it answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping, Sequence

from gpusetup.basics.errors import Exit
from gpusetup.basics.redact import without_credentials
from gpusetup.cli.mirrors_manner import Manner
from gpusetup.cli.mirrors_report import Measured, Report
from gpusetup.cli.mirrors_words import cause_words, flaw_words
from gpusetup.messages import say
from gpusetup.mirrors.answers import Trouble
from gpusetup.mirrors.catalogue import Client, Mirrors, Offer, Service
from gpusetup.mirrors.flaws import Found, flaws
from gpusetup.mirrors.proving import Job, Needs
from gpusetup.mirrors.uses import Use, uses
from gpusetup.mirrors.verdicts import Verdict
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.terminal.show import Mark

if TYPE_CHECKING:
    from gpusetup.probe.client_files import ClientFiles
    from gpusetup.probe.mirror_race import Means

_PATIENCE_S = 4.0
_MEASURING_S = 2.0
_ASKED = (Service.INDEX, Service.CHANNEL)


def show_all(mirrors: Mirrors, manner: Manner) -> int:
    """Read, ask the addresses, show."""
    from gpusetup.cli.mirrors_needs import circumstances
    from gpusetup.probe.client_files import read_clients
    from gpusetup.probe.world import World
    from gpusetup.terminal.show import awaiting

    files = read_clients(World(os.environ))
    clients = manner.chosen(files)
    with awaiting(say("mirrors.show.looking")):
        needs, means = circumstances(clients)
        index = _official_index(mirrors, needs)
        found = {client: uses(client, files[client].places, index) for client in clients}
        measured = _measured(found, mirrors, needs, means)
    wrong = tuple(
        each for client in clients for each in flaws(client, files[client].places, mirrors)
    )
    report = Report("show", clients=clients, uses=measured, flaws=wrong)
    if session().json:
        from gpusetup.cli.mirrors_document import document
        from gpusetup.envelope import emit

        emit(document(report))
        return Exit.OK
    _screen(report, files)
    return Exit.OK


def _official_index(mirrors: Mirrors, needs: Needs) -> str:
    """What pip and uv use when nothing is set."""
    urls = [each.url for each in mirrors.official.usable(Service.INDEX) if each.url]
    return urls[0] if urls else needs.default_index or ""


def _measured(
    found: Mapping[Client, Sequence[Use]], mirrors: Mirrors, needs: Needs, means: Means
) -> tuple[Measured, ...]:
    """Each address once for each client, all at the same time; then how fast those are."""
    from gpusetup.probe.mirror_race import measure, race

    pairs = [(client, use) for client, own in found.items() for use in own]
    asked = [(client, use) for client, use in pairs if _is_asked(use)]
    verdicts = race([_job(*each, mirrors) for each in asked], needs, means, _PATIENCE_S).verdicts
    answers = dict(zip(asked, verdicts))
    serving = [pair for pair, verdict in answers.items() if verdict.ok and verdict.sample_url]
    timed = measure([answers[pair] for pair in serving], means, _MEASURING_S).verdicts
    answers.update(zip(serving, timed))
    return tuple(Measured(client, use, answers.get((client, use))) for client, use in pairs)


def _is_asked(use: Use) -> bool:
    """A mapping of labels has no address of its own, and a file is not on the network."""
    is_label = use.service is Service.CHANNEL and use.name.endswith("/label")
    return use.service in _ASKED and use.url.startswith(("https://", "http://")) and not is_label


def _job(client: Client, use: Use, mirrors: Mirrors) -> Job:
    known = mirrors.of_host(use.url)
    offer = Offer(use.service, use.url.rstrip("/"), use.name)
    return Job(known.id if known else "", offer, client)


def _screen(report: Report, files: Mapping[Client, ClientFiles]) -> None:
    for client in report.clients:
        own = [each for each in report.uses if each.client is client]
        show.heading(client.value)
        if not own and not files[client].is_there:
            show.item(Mark.NOTE, say("mirrors.show.absent"))
        for each in own:
            show.item(_mark(each), _words(each))
    _flaws(report.flaws)
    show.blank()
    _next_step(report.uses)


def _next_step(found: Sequence[Measured]) -> None:
    """Something faster where something answers; else why nothing does."""
    asked = [each.verdict for each in found if each.verdict is not None]
    troubles = {each.cause for each in asked if not each.ok} - {Trouble.NOT_ENCRYPTED.value}
    if not troubles or any(each.ok for each in asked):
        show.hint(say("mirrors.show.use"))
        return
    from gpusetup.cli.mirrors_needs import silent_proxy

    proxy = silent_proxy()
    code = "mirrors.show.no-network" if proxy is None else "mirrors.show.dead-proxy"
    show.hint(say(code, proxy=proxy))


def _mark(each: Measured) -> Mark:
    if each.verdict is None:
        return Mark.NOTE
    return Mark.OK if each.verdict.ok else Mark.BAD


def _words(each: Measured) -> str:
    use = each.use
    name = use.name or say(f"mirrors.label.{use.service.value}")
    origin = show.path(use.origin) if use.origin else say("mirrors.built-in")
    return say(
        "mirrors.show.line", name=name, url=without_credentials(use.url), origin=origin,
        answer=_answer(each.verdict),
    )  # fmt: skip


def _answer(verdict: Verdict | None) -> str:
    if verdict is None:
        return say("mirrors.show.not-asked")
    if not verdict.ok:
        return say("mirrors.show.fails", cause=cause_words(verdict.cause, verdict.status))
    if not verdict.bytes_per_s:
        return say("mirrors.show.works")
    return say("mirrors.show.works-fast", speed=f"{verdict.bytes_per_s / (1 << 20):.1f}")


def _flaws(found: Sequence[Found]) -> None:
    if not found:
        show.blank()
        show.item(Mark.OK, say("mirrors.show.fine"))
        return
    show.heading(say("mirrors.show.flaws"))
    for each in found:
        text, repair = flaw_words(each)
        show.item(Mark.WARN, text)
        show.item(Mark.NOTE, repair)
