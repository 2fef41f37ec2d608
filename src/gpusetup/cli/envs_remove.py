"""`gpusetup envs remove`: out of the way first, so that it can come back; gone for good on wish."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gpusetup.basics.errors import Exit, Refused, StepFailed
from gpusetup.cli import envs_targets
from gpusetup.cli.envs_screen import size_words
from gpusetup.effects.journal import Run, start_run
from gpusetup.effects.places import state_folder
from gpusetup.effects.spelling import place_key
from gpusetup.environments.inventory import Environment, Kept
from gpusetup.messages import listed, say
from gpusetup.terminal import show
from gpusetup.terminal.session import session


def remove(words: list[str], yes: bool, dry_run: bool, forever: bool) -> int:
    """Show what goes, ask, and remove. Returns the exit code."""
    from gpusetup.road.inventory import with_size

    known = envs_targets.known_environments()
    meant = {each.path: each for each in (envs_targets.named(word, known) for word in words)}
    for each in meant.values():
        check_removable(each, known)
    with show.awaiting(say("envs.measuring", count=len(meant))):
        sized = [with_size(each) for each in meant.values()]
    _present(sized, forever)
    if dry_run:
        return _tell(sized, {}, forever)
    if not yes:
        agreed(say("envs.remove.confirm"), default=not forever)
    done = {each.path: _remove_one(each, forever) for each in sized}
    if not forever:
        show.paragraph(say("envs.remove.done"))
        show.hint(say("envs.remove.undo"))
    return _tell(sized, done, forever)


def check_removable(each: Environment, known: tuple[Environment, ...]) -> None:
    """Whether an environment may go.

    Raises:
        Refused: it holds conda, gpusetup or other environments, is in use, or may not be moved.
    """
    from gpusetup.road.placing import holds_more_than_an_environment

    path = Path(each.path)
    inside = [other.path for other in known if path in Path(other.path).parents]
    if place_key(sys.prefix) == place_key(str(path)):
        raise Refused("envs.is-own", path=each.path)
    if each.is_base:
        raise Refused("envs.is-base", path=each.path)
    if inside:
        raise Refused("envs.holds-others", path=each.path, paths=tuple(inside))
    if each.is_active:
        raise Refused("envs.is-active", path=each.path)
    if holds_more_than_an_environment(path):
        raise Refused("envs.holds-more", path=each.path)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise Refused("envs.not-removable", path=each.path, folder=str(path.parent))


def _present(meant: list[Environment], forever: bool) -> None:
    from gpusetup.road.cloning import left_behind
    from gpusetup.road.stragglers import users_of

    show.heading(say("envs.remove.title"))
    for each in meant:
        torch = each.installed.torch
        facts = {
            "path": each.path, "size": size_words(each.size),
            "own": f"{each.size.own} MiB" if each.size else "?",
            "torch": f"PyTorch {torch.version} ({torch.build})" if torch else say("envs.no-torch"),
        }  # fmt: skip
        show.item(
            show.Mark.NOTE, say("envs.remove.forever" if forever else "envs.remove.one", **facts)
        )
        mine = left_behind(Path(each.path))
        if mine:
            show.warning(say("envs.remove.holds", names=listed(mine[:8]), path=each.path))
        users = users_of(each.path)
        if users:
            show.warning(say("envs.remove.in-use", pids=listed(map(str, users)), path=each.path))


def agreed(question: str, default: bool = True) -> None:
    """Have a yes.

    Raises:
        UsageError: nobody can answer.
        Interrupted: the answer is no.
    """
    from gpusetup.terminal.ask import agree
    from gpusetup.terminal.prompts import require_answers

    require_answers()
    agree(question, default)


def _remove_one(each: Environment, forever: bool) -> str:
    """Move it out of the way, or delete it. Returns the run's id."""
    from gpusetup.road.locking import locked
    from gpusetup.road.removing import move_out

    state, path = state_folder(os.environ), Path(each.path)
    with locked(state, each.path):
        run = move_out(state, path, each.name)
        if forever:
            _delete(run, path, Path(str(_facts(run).get("removed"))))
    return run.id


def _facts(run: Run) -> dict[str, object]:
    begin = run.begin()
    return dict(begin.facts) if begin else {}


def _delete(run: Run, prefix: Path, place: Path) -> None:
    from gpusetup.road.removing import delete

    try:
        with show.awaiting(say("envs.deleting", path=str(prefix))):
            delete(run, prefix, place)
    except OSError as error:
        cause = error.strerror or str(error)
        raise StepFailed(
            "envs.delete-failed", path=str(error.filename or place), cause=cause, log=str(run.log)
        ) from error


def delete_kept(yes: bool, dry_run: bool) -> int:
    """Delete for good what earlier runs keep. Returns the exit code."""
    from dataclasses import replace

    from gpusetup.probe.sizes import measure
    from gpusetup.road.inventory import kept_of

    known = envs_targets.known_environments()
    with show.awaiting(say("envs.measuring", count=len(known))):
        kept = [replace(each, size=measure(Path(each.path))) for each in kept_of(known, os.environ)]
    if not kept:
        show.paragraph(say("envs.kept.none"))
        return _tell_kept([], False)
    show.heading(say("envs.kept.title"))
    for each in kept:
        facts = {"path": each.prefix, "size": size_words(each.size), "run": each.run or "?"}
        show.item(show.Mark.NOTE, say(f"envs.kept.{each.what.value}", **facts))
    if dry_run:
        return _tell_kept(kept, False)
    if not yes:
        agreed(say("envs.kept.confirm"), default=False)
    for each in kept:
        _delete_kept(each)
    show.paragraph(say("envs.kept.deleted"))
    return _tell_kept(kept, True)


def _delete_kept(each: Kept) -> None:
    from gpusetup.effects.journal import runs
    from gpusetup.road.locking import locked

    state = state_folder(os.environ)
    run = next((run for run in runs(state) if run.id == each.run), None)
    with locked(state, each.prefix):
        if run is None:  # another account's journal, or one that was deleted
            run = start_run(state, "kept", command="envs remove --kept", prefix=each.prefix)
        _delete(run, Path(each.prefix), Path(each.path))


def _tell(meant: list[Environment], done: dict[str, str], forever: bool) -> int:
    from gpusetup.cli.envs_document import SCHEMA, environment_document

    if session().json:
        from gpusetup.envelope import emit

        removed = [{**environment_document(each), "run": done.get(each.path)} for each in meant]
        emit({
            "schema": SCHEMA, "part": "remove", "removed": removed, "changed": bool(done),
            "forever": forever,
        })  # fmt: skip
    return Exit.OK


def _tell_kept(kept: list[Kept], changed: bool) -> int:
    from gpusetup.cli.envs_document import SCHEMA, kept_document

    if session().json:
        from gpusetup.envelope import emit

        listed_ = [kept_document(each) for each in kept]
        emit({"schema": SCHEMA, "part": "kept", "kept": listed_, "changed": changed})
    return Exit.OK
