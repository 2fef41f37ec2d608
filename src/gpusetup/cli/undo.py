"""`gpusetup undo`: take a run back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import typer

from gpusetup.basics.errors import Exit, Refused, StepFailed, UsageError
from gpusetup.basics.redact import without_credentials
from gpusetup.effects.journal import Run
from gpusetup.messages import say
from gpusetup.road.undo import Action

if TYPE_CHECKING:
    from gpusetup.road.left_behind import Growth
    from gpusetup.terminal.show import Mark


def command(
    run: Optional[str] = typer.Argument(None, help=say("help.undo.run")),
    list_: bool = typer.Option(False, "--list", help=say("help.undo.list")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.undo.yes")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("help.init.dry-run")),
) -> int:
    """Texts: `help.undo` and its parts."""
    from gpusetup.effects import journal
    from gpusetup.effects.places import state_folder
    from gpusetup.road.existing import check_readable
    from gpusetup.terminal.prompts import require_answers

    known = list(journal.runs(state_folder(os.environ)))
    if list_:
        return _list(known)
    chosen = _pick(run, known)
    check_readable(chosen)
    if not yes and not dry_run:
        require_answers()
    return _undo(chosen, yes, dry_run)


def _pick(name: str | None, known: list[Run]) -> Run:
    if name is not None:
        for each in known:
            if each.id == name:
                _check_not_purged(each)
                return each
        raise UsageError("undo.unknown", run=name)
    for each in known:
        if each.state() not in ("undone", "purged"):
            return each
    raise Refused("undo.nothing")


def _check_not_purged(run: Run) -> None:
    if run.state() == "purged":
        raise Refused("undo.purged", run=run.id)


def _undo(run: Run, yes: bool, dry_run: bool) -> int:
    from gpusetup.effects.places import state_folder
    from gpusetup.road.left_behind import growths
    from gpusetup.road.locking import locked
    from gpusetup.road.stragglers import check_none_works
    from gpusetup.road.undo import actions_for, take_back
    from gpusetup.terminal import show
    from gpusetup.terminal.amounts import mib

    actions = actions_for(run)
    _check_is_last(actions)
    show.heading(say("undo.title", run=run.id))
    for action in actions:
        show.item(_mark(action), _words(action))
    if not actions:
        show.paragraph(say("undo.empty"))
    if dry_run:
        return _document(run, actions, "open") or Exit.OK
    if not yes:
        from gpusetup.terminal.ask import agree

        agree(say("undo.confirm"))
    state = state_folder(os.environ)
    with locked(state, _lock_name(run, state)):
        check_none_works(run, _prefix(run))
        with show.awaiting(say("undo.working")):
            _done, failed = take_back(run, _way_out())
    if failed:
        action, cause = failed[0]
        raise StepFailed("undo.failed", path=_what(action), cause=cause, run=run.id)
    show.paragraph(say("undo.done"))
    left = growths(run, os.environ)
    for each in left:
        show.note(say("undo.cache", size=mib(each.added_mib), folder=show.path(Path(each.path))))
    return _document(run, actions, "undone", left) or Exit.OK


def _check_is_last(actions: tuple[Action, ...]) -> None:
    """Changes of one environment are taken back in their order, the last one first.

    Raises:
        Refused: a later one has not been taken back.
    """
    from gpusetup.effects import journal
    from gpusetup.effects.places import state_folder
    from gpusetup.road.keeping import places

    for action in actions:
        if action.kind != "return":
            continue
        place = Path(action.argv[-1])
        later = {
            str(each) for each in places(place.parent.parent) if int(each.name) > int(place.name)
        }
        for run in journal.runs(state_folder(os.environ)) if later else ():
            begin = run.begin()
            if begin and begin.facts.get("keep") in later:
                raise Refused("undo.later-first", prefix=action.path, run=run.id)


def _way_out() -> dict[str, str | None]:
    """Certificate and proxy as the user's pip has them now."""
    from gpusetup.engines.uv import network_environment
    from gpusetup.probe.pip import read_pip
    from gpusetup.probe.world import World

    return network_environment(read_pip(World(os.environ))[0])


def _lock_name(run: Run, state: Path) -> str:
    """What the command that made the run locks, too."""
    from gpusetup.road import rewriting

    begin = run.begin()
    if begin is not None and begin.facts.get("command") == rewriting.COMMAND:
        return rewriting.lock_name(state)
    return _prefix(run)


def _prefix(run: Run) -> str:
    begin = run.begin()
    return str(begin.facts.get("prefix") or run.folder) if begin else str(run.folder)


def _what(action: Action) -> str:
    return action.path or " ".join(action.argv)


def _mark(action: Action) -> Mark:
    from gpusetup.terminal.show import Mark

    return Mark.WARN if action.kind in ("keep", "strange", "later") else Mark.NOTE


def _words(action: Action) -> str:
    if action.argv[:2] == ("mv", "--"):
        return say("undo.move-back", path=action.argv[3])
    command = without_credentials(" ".join(action.argv))
    return say(f"undo.{action.kind}", path=action.path, command=command)


def _document(
    run: Run, actions: tuple[Action, ...], state: str, left: tuple[Growth, ...] = ()
) -> int:
    from gpusetup.terminal.session import session

    if session().json:
        from gpusetup.envelope import emit

        emit(
            {
                "schema": "gpusetup.run/1", "run": run.id, "state": state,
                "actions": [
                    {
                        "kind": each.kind, "path": each.path,
                        "argv": [without_credentials(word) for word in each.argv],
                    }
                    for each in actions
                ],
                "caches": [{"path": each.path, "added_mib": each.added_mib} for each in left],
            }
        )  # fmt: skip
    return Exit.OK


def _list(known: list[Run]) -> int:
    from gpusetup.terminal.session import session

    rows = []
    for each in known:
        begin = each.begin()
        rows.append((each.id, each.state(), str(begin.facts.get("prefix")) if begin else ""))
    if session().json:
        from gpusetup.envelope import emit

        keys = ("run", "state", "prefix")
        emit({"schema": "gpusetup.run/1", "runs": [dict(zip(keys, row)) for row in rows]})
        return Exit.OK
    from gpusetup.terminal import show

    if not rows:
        show.paragraph(say("undo.no-runs"))
        return Exit.OK
    headers = [say(f"undo.list-{name}") for name in ("run", "state", "prefix")]
    show.table(headers, [(row[0], say(f"undo.state.{row[1]}"), row[2]) for row in rows])
    return Exit.OK
