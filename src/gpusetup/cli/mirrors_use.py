"""`mirrors --tuna`, `--use`, `--fastest`: prove, plan, show, write, ask the clients."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Iterator, Mapping, Sequence

from gpusetup.basics.errors import GpusetupError, Refused, StepFailed, UsageError
from gpusetup.cli.mirrors_manner import Manner
from gpusetup.cli.mirrors_needs import silent_proxy
from gpusetup.cli.mirrors_report import ClientCheck, FileChange, Report
from gpusetup.messages import Words, say
from gpusetup.mirrors.catalogue import Client, Mirrors, Offer
from gpusetup.mirrors.choosing import Failure
from gpusetup.mirrors.flaws import Found, flaws
from gpusetup.mirrors.merging import decoded
from gpusetup.mirrors.planning import (
    besides,
    chosen_settings,
    environment_of,
    expected,
    overruled,
    rewritten,
    with_origin,
)
from gpusetup.mirrors.texts import Unreadable, format_of
from gpusetup.mirrors.uses import Place, uses
from gpusetup.mirrors.wanting import Kept

if TYPE_CHECKING:
    from gpusetup.effects.journal import Run
    from gpusetup.mirrors.settings import Route, Settings
    from gpusetup.probe.client_files import ClientFiles
    from gpusetup.probe.mirror_choice import Proven
    from gpusetup.probe.world import World
    from gpusetup.road.asking_clients import Told
    from gpusetup.road.rewriting import Rewrite

Files = Mapping[Client, "ClientFiles"]


def use_mirror(mirrors: Mirrors, wished: str | None, manner: Manner) -> int:
    """Set the clients to a mirror (None: the fastest) that has just proven to work."""
    from gpusetup.cli import mirrors_screen as screen
    from gpusetup.probe.client_files import read_clients
    from gpusetup.probe.world import World

    world = World(os.environ)
    files = read_clients(world)
    wanted = manner.chosen(files)
    clients = wanted if manner.env_only else writable(world, files, wanted, manner)
    proven, before = _proven(mirrors, wished, clients, files, manner)
    routes = _routes(proven)
    report = Report("use", manner.dry_run, clients=clients, mirror=wished, proven=proven)
    if manner.env_only:
        return screen.environment(replace(report, environment=environment_of(routes, clients)))
    report, rewrites, settings = _planned(report, mirrors, world, files, routes)
    files_of_all = (*report.files, *_left_out(wanted, clients, files))
    report = replace(report, files=files_of_all, flaws=_remaining(report, files, mirrors))
    if not any(each.changes for each in rewrites):
        return screen.finish(_checked(report, files, settings, before))
    if manner.dry_run:
        return screen.finish(report)
    screen.plan(report)
    if manner.asks():
        from gpusetup.terminal.ask import agree

        agree(say("mirrors.confirm"))
    return _write(report, world, rewrites, settings, before)


def _routes(proven: Proven) -> tuple[Route, ...]:
    """Where things shall come from.

    Raises:
        Refused: the mirror does not serve, or nothing answers at all.
    """
    outcome = proven.outcome
    if isinstance(outcome, Failure):
        raise failure(outcome) if outcome.best else _nothing_serves(failure(outcome))
    if not any(each.ok for each in proven.verdicts):
        raise _nothing_serves(Refused("mirrors.nothing-reached"))
    return outcome.routes


def _nothing_serves(error: GpusetupError) -> GpusetupError:
    """It may be the way to all of them that is closed."""
    proxy = silent_proxy()
    return error if proxy is None else Refused("mirrors.dead-proxy", proxy=proxy)


def _remaining(report: Report, files: Files, mirrors: Mirrors) -> tuple[Found, ...]:
    """What will still be wrong once the files are written: what we do not change by ourselves."""
    found: list[Found] = []
    for change in report.files:
        places = list(files[change.client].places)
        if change.new is not None:
            data = format_of(change.client).data_of(decoded(change.new).text)
            ours = Place(change.path, data)
            there = any(each.origin == change.path for each in places)
            places = [ours if each.origin == change.path else each for each in places]
            places += [] if there else [ours]
        found += flaws(change.client, places, mirrors)
    return tuple(found)


def _left_out(
    wanted: Sequence[Client], clients: Sequence[Client], files: Files
) -> Iterator[FileChange]:
    for each in wanted:
        if each not in clients:
            yield FileChange(each, str(files[each].reason), "no-file")


def writable(
    world: World, files: Files, clients: Sequence[Client], manner: Manner
) -> tuple[Client, ...]:
    """Those whose file can be read and written. Looked at before anything is asked of a server.

    Raises:
        UsageError: a file is broken.
        Refused: a file may not be written, or a client that was named reads none.
    """
    kept = [each for each in clients if files[each].target is not None]
    without = next((each for each in clients if each not in kept), None)
    if without is not None and (manner.clients is not None or not kept):
        raise Refused("mirrors.no-file", client=without.value, name=files[without].reason)
    for client in kept:
        _check_file(world, client, str(files[client].target))
    return tuple(kept)


def _check_file(world: World, client: Client, path: str) -> None:
    from gpusetup.probe.client_files import read_place
    from gpusetup.road.rewriting import obstacle

    found = obstacle(path)
    if found is not None:
        code, what = found
        raise Refused(f"mirrors.{code}", path=path, what=what, client=client.value)
    place = read_place(world, client, path)
    if place.broken is not None:
        raise broken(client, path, place.broken, place.line, place.key)


def broken(client: Client, path: str, reason: str, line: int | None, key: str | None) -> UsageError:
    """A file that its client cannot read either."""
    from gpusetup.cli.mirrors_words import reason_words

    code = "mirrors.broken" if line is None else "mirrors.broken-line"
    others = ",".join(each.value for each in Client if each is not client)
    return UsageError(
        code,
        path=path,
        line=line,
        reason=Words(reason_words(reason, key), reason),
        client=client.value,
        others=others,
    )


def failure(failed: Failure) -> GpusetupError:
    """A mirror that was asked for and does not serve: with what it said, and who serves."""
    from gpusetup.cli.mirrors_words import cause_words

    verdict = failed.verdict
    code = "mirrors.failed" if failed.best else "mirrors.failed-all"
    return Refused(
        code, mirror=failed.mirror, what=_what(verdict.offer), client=verdict.client.value,
        cause=Words(cause_words(verdict.cause, verdict.status), verdict.cause),
        status=verdict.status, url=verdict.asked, host=verdict.final_host, best=failed.best,
    )  # fmt: skip


def _what(offer: Offer) -> Words:
    from gpusetup.cli.mirrors_words import what_words

    neutral = f"{offer.service.value} {offer.name}".strip()
    return Words(what_words(offer.service, offer.name), neutral)


def _proven(
    mirrors: Mirrors, wished: str | None, clients: Sequence[Client], files: Files, manner: Manner
) -> tuple[Proven, tuple[Told, ...]]:
    """The mirror is proven while the clients say whether they work as they are set now."""
    from concurrent.futures import ThreadPoolExecutor

    from gpusetup.cli.mirrors_proof import proof
    from gpusetup.road.asking_clients import ask_all
    from gpusetup.terminal.show import awaiting

    asked = () if manner.env_only or manner.dry_run else clients
    with awaiting(say("mirrors.proving")), ThreadPoolExecutor(1) as pool:
        before = pool.submit(ask_all, files, asked)
        return proof(mirrors, wished, clients), before.result()


def _planned(
    report: Report, mirrors: Mirrors, world: World, files: Files, routes: Sequence[Route]
) -> tuple[Report, tuple[Rewrite, ...], Mapping[Client, Settings]]:
    """The new bytes of every file; private indexes stay, and are named."""
    from gpusetup.road.rewriting import Rewrite

    rewrites: list[Rewrite] = []
    changes: list[FileChange] = []
    settings: dict[Client, Settings] = {}
    for client in report.clients:
        path = str(files[client].target)
        found = chosen_settings(client, routes, files[client].places, files[client].version)
        if found is None:
            changes.append(FileChange(client, path, "no-route"))
            continue
        old = _content(world, path)
        try:
            new = rewritten(client, old, found, lambda url: mirrors.of_host(url) is not None)
        except Kept:
            changes.append(FileChange(client, path, "private"))
            continue
        except Unreadable as error:
            raise broken(client, path, error.reason, error.line, error.key) from error
        settings[client] = found
        rewrite = Rewrite(client, path, old, new)
        rewrites.append(rewrite)
        changes.append(FileChange(client, path, "write" if rewrite.changes else "same", old, new))
    return replace(report, files=tuple(changes)), tuple(rewrites), settings


def _content(world: World, path: str) -> bytes | None:
    from gpusetup.probe.client_files import content_of

    try:
        return content_of(world, path)
    except OSError as error:
        cause = error.strerror or str(error)
        raise UsageError("mirrors.unreadable", path=path, cause=cause) from error


def _write(
    report: Report,
    world: World,
    rewrites: Sequence[Rewrite],
    settings: Mapping[Client, Settings],
    before: Sequence[Told],
) -> int:
    """Write, ask the clients, and take it back where one cannot work any more."""
    from gpusetup.cli import mirrors_screen as screen
    from gpusetup.effects.places import state_folder
    from gpusetup.effects.runner import ended_as_by_ctrl_c
    from gpusetup.probe.client_files import read_clients
    from gpusetup.road.locking import locked
    from gpusetup.road.rewriting import begin, lock_name, write_all

    state = state_folder(os.environ)
    with locked(state, lock_name(state)), ended_as_by_ctrl_c():
        run = begin(state, rewrites, mirror=report.mirror)
        done = {each.client: each.backup for each in write_all(run, rewrites)}
        files = tuple(replace(each, backup=done.get(each.client)) for each in report.files)
        report = replace(report, files=files, run=run.id, changed=True)
        report = _checked(report, read_clients(world), settings, before)
        _take_back_if_broken(report, run)
    return screen.finish(report)


def _checked(
    report: Report, files: Files, settings: Mapping[Client, Settings], before: Sequence[Told]
) -> Report:
    """What the clients say now, against what was meant."""
    from gpusetup.road.asking_clients import ask_all
    from gpusetup.terminal.show import awaiting

    if report.dry_run:
        return report
    with awaiting(say("mirrors.asking")):
        told = ask_all(files, tuple(settings))
    worked = {each.client for each in before if each.failed is None}
    checks = [
        _check(each, settings[each.client], files[each.client].places, each.client in worked)
        for each in told
    ]
    return replace(report, checks=tuple(checks))


def _check(told: Told, settings: Settings, places: Sequence[Place], worked: bool) -> ClientCheck:
    meant = expected(told.client, settings)
    read = uses(told.client, places)
    lost = overruled(meant, read)
    if not lost and told.uses is not None:
        lost = with_origin(overruled(meant, told.uses), told.client, places)
    if told.failed is not None:
        status = "broken" if worked else "failed"
    elif lost:
        status = "overruled"
    else:
        status = "agrees" if told.uses is not None else "not-asked"
    return ClientCheck(
        told.client, told.program, status, meant, told.uses or (), lost,
        besides(settings, read), told.failed,
    )  # fmt: skip


def _take_back_if_broken(report: Report, run: Run) -> None:
    from gpusetup.road.rewriting import take_back, take_back_plan, written_by

    bad = next((each for each in report.checks if each.status == "broken"), None)
    if bad is None:
        return
    steps = written_by(run)
    take_back(steps, take_back_plan(steps))
    raise StepFailed(
        "mirrors.client-broke", client=bad.client.value, output=bad.failed, run=run.id, log=None
    )
