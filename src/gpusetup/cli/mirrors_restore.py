"""`mirrors --restore`: our part goes out of the files, what the user changed since stays."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Sequence

from gpusetup.basics.errors import Exit, Refused, UsageError
from gpusetup.cli.mirrors_manner import Manner
from gpusetup.cli.mirrors_report import FileChange, Report
from gpusetup.messages import listed, say
from gpusetup.mirrors.catalogue import Client
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.terminal.show import Mark

if TYPE_CHECKING:
    from gpusetup.road.rewriting import Rewrite, Written


def restore_all(manner: Manner) -> int:
    """Take back all writes of ours, the newest first."""
    from gpusetup.effects.places import state_folder
    from gpusetup.road.locking import locked
    from gpusetup.road.rewriting import lock_name, take_back, written

    state = state_folder(os.environ)
    clients = manner.clients or tuple(Client)
    steps = [each for each in written(state) if each.client in clients]
    rewrites = _plan(steps)
    report = Report("restore", manner.dry_run, clients=clients, files=_changes(rewrites))
    if not steps or manner.dry_run:
        return _end(report)
    _show(report)
    if manner.asks():
        from gpusetup.terminal.ask import agree

        agree(say("mirrors.restore.confirm"))
    with locked(state, lock_name(state)):
        take_back(steps, rewrites)
    return _end(replace(report, changed=any(each.changes for each in rewrites)), shown=True)


def _plan(steps: Sequence[Written]) -> tuple[Rewrite, ...]:
    """What each file becomes.

    Raises:
        UsageError: a file was broken since, or cannot be read.
        Refused: a file may not be written.
    """
    from gpusetup.cli.mirrors_use import broken
    from gpusetup.road.rewriting import BrokenFile, obstacle, take_back_plan

    try:
        rewrites = take_back_plan(steps)
    except BrokenFile as error:
        problem = error.problem
        raise broken(error.client, error.path, problem.reason, problem.line, problem.key) from error
    except OSError as error:
        cause = error.strerror or str(error)
        raise UsageError("mirrors.unreadable", path=error.filename, cause=cause) from error
    for each in rewrites:
        found = obstacle(each.path) if each.changes else None
        if found is not None:
            raise Refused(
                f"mirrors.{found[0]}", path=each.path, what=found[1], client=each.client.value
            )
    return rewrites


def _changes(rewrites: Sequence[Rewrite]) -> tuple[FileChange, ...]:
    return tuple(
        FileChange(each.client, each.path, _action(each), each.old, each.new, kept=each.kept)
        for each in rewrites
    )


def _action(rewrite: Rewrite) -> str:
    if not rewrite.changes:
        return "same"
    return "delete" if rewrite.new is None else "write"


def _show(report: Report) -> None:
    from gpusetup.cli.mirrors_diff import diff

    show.heading(say("mirrors.restore.title"))
    for each in report.files:
        if each.changes:
            show.code(diff(show.path(each.path).strip("`"), each.old, each.new))
            show.blank()
        if each.kept:
            keys = listed(f"`{key}`" for key in each.kept)
            show.item(Mark.WARN, say("mirrors.restore.kept", path=show.path(each.path), keys=keys))


def _end(report: Report, *, shown: bool = False) -> int:
    if session().json:
        from gpusetup.cli.mirrors_document import document
        from gpusetup.envelope import emit

        emit(document(report))
        return Exit.OK
    if not shown and report.files:
        _show(report)
    if not report.files:
        show.item(Mark.OK, say("mirrors.restore.nothing"))
    elif report.dry_run:
        show.paragraph(say("mirrors.dry-run"))
    else:
        show.item(Mark.OK, say("mirrors.restore.done"))
    return Exit.OK
