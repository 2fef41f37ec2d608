"""`gpusetup mirrors` on the screen; with --json the same report as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpusetup.basics.errors import Exit
from gpusetup.basics.redact import without_credentials
from gpusetup.cli.mirrors_diff import diff
from gpusetup.cli.mirrors_report import ClientCheck, FileChange, Report
from gpusetup.cli.mirrors_words import flaw_words, mirror_words, note_words, what_words
from gpusetup.messages import say
from gpusetup.mirrors.catalogue import OFFICIAL, Client, Service
from gpusetup.mirrors.choosing import Selection
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.terminal.show import Line, Mark

if TYPE_CHECKING:
    from gpusetup.mirrors.settings import Route
    from gpusetup.mirrors.uses import Use


def finish(report: Report) -> int:
    """The end of a call that set a mirror, or would."""
    if session().json:
        return _document(report)
    if not report.changed:
        plan(report)
    _outcome(report)
    _checks(report)
    for each in report.flaws:
        text, repair = flaw_words(each)
        show.item(Mark.WARN, text)
        show.item(Mark.NOTE, repair)
    return Exit.OK


def plan(report: Report) -> None:
    """Where things will come from, and what changes in which file."""
    if report.proven is not None and isinstance(report.proven.outcome, Selection):
        _routes(report.proven.outcome)
    changing = [each for each in report.files if each.changes]
    if changing:
        show.heading(say("mirrors.changes"))
    for each in changing:
        show.code(diff(show.path(each.path).strip("`"), each.old, each.new))
        show.blank()
    for each in report.files:
        if each.action in ("private", "no-file") or (each.action == "no-route" and report.mirror):
            show.item(Mark.WARN, _file_words(each))


def _routes(selection: Selection) -> None:
    if selection.routes:
        show.heading(say("mirrors.sources"))
        show.lines([_route_line(each) for each in selection.routes])
    for note in selection.notes:
        show.item(Mark.NOTE, note_words(note.code, note.facts))
    wheels = selection.route(Service.WHEELS)
    if wheels is not None and wheels.mirror != OFFICIAL:
        show.item(Mark.NOTE, say("mirrors.wheels"))


def _route_line(route: Route) -> Line:
    label = route.name or say(f"mirrors.label.{route.service.value}")
    text = f"{mirror_words(route.mirror)}  {without_credentials(route.url)}"
    return Line(Mark.OK, label, text)


def _file_words(change: FileChange) -> str:
    return say(
        f"mirrors.file.{change.action}", path=show.path(change.path), client=change.client.value
    )


def _outcome(report: Report) -> None:
    changing = [each for each in report.files if each.changes]
    if not changing:
        show.item(Mark.OK, say(f"mirrors.{_why_nothing(report)}"))
        return
    if report.dry_run:
        show.paragraph(say("mirrors.dry-run"))
        return
    show.heading(say("mirrors.done"))
    for each in changing:
        show.item(Mark.OK, say(f"mirrors.file.{each.action}-done", path=show.path(each.path)))
    backups = [each.backup for each in changing if each.backup]
    if backups:
        show.item(Mark.NOTE, say("mirrors.backups", folder=show.path(_folder(backups[0]))))
    show.hint(say("mirrors.how-back"))


def _why_nothing(report: Report) -> str:
    if any(each.action == "same" for each in report.files):
        return "nothing-to-do"
    return "nothing-to-set" if report.mirror else "none-clearly-faster"


def _folder(path: str) -> str:
    import os

    return os.path.dirname(path)  # noqa: PTH120 - a text for the screen


def _checks(report: Report) -> None:
    for each in report.checks:
        for line in _check_lines(each):
            show.item(*line)


def _check_lines(check: ClientCheck) -> list[tuple[Mark, str]]:
    client = check.client.value
    if check.status == "agrees":
        return [(Mark.OK, say("mirrors.check.agrees", client=client)), *_besides(check)]
    if check.status == "not-asked":
        return [(Mark.NOTE, say("mirrors.check.not-asked", client=client)), *_besides(check)]
    if check.status == "failed":
        return [(Mark.WARN, say("mirrors.check.failed", client=client, output=_failed(check)))]
    found = []
    for each in check.overruled:
        what = what_words(each.wanted.service, each.wanted.name)
        if each.found is None:
            found.append(say("mirrors.check.missing", client=client, what=what))
            continue
        origin = each.found.origin or say("mirrors.built-in")
        url = without_credentials(each.found.url)
        found.append(
            say("mirrors.check.overruled", client=client, what=what, url=url, origin=origin)
        )
    return [*((Mark.WARN, text) for text in found), *_besides(check)]


def _besides(check: ClientCheck) -> list[tuple[Mark, str]]:
    return [(Mark.WARN, _besides_words(each)) for each in check.besides]


def _besides_words(use: Use) -> str:
    return say("mirrors.check.besides", url=without_credentials(use.url), origin=use.origin)


def _failed(check: ClientCheck) -> str:
    return without_credentials(check.failed or "")


def environment(report: Report) -> int:
    """Variables for a shell, on stdout alone, so that it can be evaluated."""
    if session().json:
        return _document(report)
    lines = assignments(report.environment or {})
    show.raw("".join(f"{line}\n" for line in lines))
    if Client.CONDA in report.clients:
        show.hint(say("mirrors.env-conda"))
    if Client.PIXI in report.clients:
        show.hint(say("mirrors.env-pixi"))
    return Exit.OK


def assignments(environment: object) -> list[str]:
    """`export NAME=value`, or PowerShell's words on Windows."""
    import os

    from gpusetup.shells import Shell, quote

    assert isinstance(environment, dict)  # noqa: S101 - made by us
    if os.name == "nt":
        return [f"$env:{n} = {quote(v, Shell.POWERSHELL)}" for n, v in environment.items()]
    return [f"export {n}={quote(v, Shell.BASH)}" for n, v in environment.items()]


def _document(report: Report) -> int:
    from gpusetup.cli.mirrors_document import document
    from gpusetup.envelope import emit

    emit(document(report))
    return Exit.OK
