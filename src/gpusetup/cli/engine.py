"""`gpusetup engine`: the steps of the built-in conda engine as commands that can be typed."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Mapping, Optional

import typer

from gpusetup.basics.errors import Exit, GpusetupError, UsageError
from gpusetup.cli.conda_base import conda
from gpusetup.engines.solved import Solved
from gpusetup.engines.specs import Wanted
from gpusetup.messages import say

if TYPE_CHECKING:
    from rattler import RepoDataRecord


class Action(str, Enum):
    CREATE = "create"
    INSTALL = "install"
    SOLVE = "solve"
    REMOVE = "remove"


def rattler(
    action: Action = typer.Argument(..., help=say("help.engine.action")),
    specs: Optional[list[str]] = typer.Argument(
        None, metavar="SPEC", help=say("help.engine.specs")
    ),
    prefix: Optional[Path] = typer.Option(
        None, "--prefix", metavar="DIR", help=say("help.engine.prefix")
    ),
    channels: Optional[list[str]] = typer.Option(
        None, "--channel", "-c", metavar="CHANNEL", help=say("help.engine.channel")
    ),
) -> int:
    """Texts: `help.engine.rattler`."""
    from gpusetup.road.rattler_access import forget_logins
    from gpusetup.terminal.session import session

    needs_channels = action is not Action.REMOVE
    if (
        not specs
        or (needs_channels and not channels)
        or (action is not Action.SOLVE and not prefix)
    ):
        raise UsageError("engine.incomplete")
    check_installed()
    wanted = Wanted(tuple(channels or ()), tuple(specs))
    try:
        _act(action, wanted, prefix)
    except GpusetupError as error:
        from gpusetup.cli.ending import expected

        _leave(expected(error, session().json))
    finally:
        forget_logins()
    _leave(Exit.OK)
    return Exit.OK


def keep(
    prefix: Path = typer.Option(..., "--prefix", metavar="DIR", help=say("help.engine.prefix")),
    at: Path = typer.Option(..., "--at", metavar="DIR", help=say("help.engine.at")),
) -> int:
    """Texts: `help.engine.keep`."""
    from gpusetup.road import keeping

    return _with_place("kept", prefix, at, lambda: keeping.keep(at.absolute()))


def put_back(
    prefix: Path = typer.Option(..., "--prefix", metavar="DIR", help=say("help.engine.prefix")),
    at: Path = typer.Option(..., "--at", metavar="DIR", help=say("help.engine.at")),
) -> int:
    """Texts: `help.engine.put-back`."""
    from gpusetup.road import keeping

    return _with_place("put-back", prefix, at, lambda: keeping.put_back(at.absolute()))


def _with_place(state: str, prefix: Path, at: Path, act: Callable[[], None]) -> int:
    """Act on an environment's kept copy, alone."""
    from gpusetup.basics.errors import StepFailed
    from gpusetup.effects.places import state_folder
    from gpusetup.road.keeping import FOLDER
    from gpusetup.road.locking import locked

    if at.absolute().parent != prefix.absolute() / FOLDER or not prefix.is_dir():
        raise UsageError("engine.not-inside", at=str(at), folder=str(prefix / FOLDER))
    with locked(state_folder(os.environ), str(prefix.absolute())):
        try:
            act()
        except OSError as error:
            path, cause = error.filename or at, error.strerror or str(error)
            raise StepFailed("engine.keep-failed", path=str(path), cause=cause) from error
    return _emit_run(state, prefix.absolute(), at.absolute())


def _emit_run(state: str, prefix: Path, at: Path) -> int:
    """A change of its own, which no run of ours holds and `undo` does not take back."""
    from gpusetup.envelope import emit
    from gpusetup.terminal.session import session

    if session().json:
        document = {"run": None, "state": state, "changed": True}
        emit({"schema": "gpusetup.run/1", **document, "prefix": str(prefix), "kept": str(at)})
    return Exit.OK


COMMANDS: Mapping[str, Callable[..., int]] = {
    "rattler": rattler,
    "conda": conda,
    "keep": keep,
    "put-back": put_back,
}


def check_installed() -> None:
    """rattler comes with gpusetup where its makers offer it.

    Raises:
        Refused: it is not there.
    """
    from importlib.util import find_spec

    from gpusetup.basics.errors import Refused

    if find_spec("rattler") is None:
        raise Refused("engine.no-rattler")


def _act(action: Action, wanted: Wanted, prefix: Path | None) -> None:
    from gpusetup.road import with_rattler

    if prefix is None:
        records = with_rattler.solve(wanted)
    elif action is Action.CREATE:
        if prefix.exists() and any(prefix.iterdir()):
            raise UsageError("engine.not-empty", prefix=str(prefix))
        records = with_rattler.solve(wanted)
        _create(prefix, records, wanted)
    else:
        records = _change(action, wanted, prefix)
    _answer(action, [with_rattler.as_solved(each) for each in records], prefix)


def _change(action: Action, wanted: Wanted, prefix: Path) -> list[RepoDataRecord]:
    """What an environment that is there would hold afterwards; and, but for SOLVE, make it so."""
    from gpusetup.road import with_rattler

    there = with_rattler.records_of(prefix)
    if action is Action.REMOVE:
        gone = set(wanted.specs)
        kept: list[RepoDataRecord] = [each for each in there if each.name.normalized not in gone]
        with_rattler.install(prefix, kept, _tell, wanted.channels)
        with_rattler.remember(prefix, wanted.specs, "remove")
        return kept
    beside = with_rattler.wanted_beside(wanted, prefix)
    records = with_rattler.solve(beside, there=there)
    if action is Action.INSTALL:
        with_rattler.install(prefix, records, _tell, wanted.channels)
        with_rattler.remember(prefix, wanted.specs)
    return records


def _create(prefix: Path, records: list[RepoDataRecord], wanted: Wanted) -> None:
    """All of an environment, or nothing."""
    from gpusetup.effects.files import remove_tree
    from gpusetup.road import with_rattler

    was_there = prefix.exists()
    try:
        with_rattler.install(prefix, records, _tell, wanted.channels)
        with_rattler.remember(prefix, wanted.specs)
    except GpusetupError:
        if not was_there:
            remove_tree(prefix)
        raise


def _answer(action: Action, solved: list[Solved], prefix: Path | None) -> None:
    from gpusetup.envelope import emit
    from gpusetup.terminal.session import session

    if session().json:
        emit(
            {
                "schema": "gpusetup.solution/1",
                "prefix": None if action is Action.SOLVE else str(prefix),
                "packages": [vars(each) for each in solved],
            }
        )
        return
    from gpusetup.terminal import show

    for each in sorted(solved, key=lambda package: package.name):
        show.raw(f"{each.name} {each.version} {each.build} {each.channel}\n")


def _tell(name: str, done: int, total: int) -> None:
    """A line as uv writes it, so that one reader serves both. One write: threads call this."""
    text = f"\r{name} ------------ {done / 2**20:.2f} MiB/{total / 2**20:.2f} MiB\x1b[K"
    os.write(2, text.encode())


def _leave(code: int) -> None:
    """End this process at once: rattler's threads may crash an interpreter that tidies up."""
    from gpusetup.road.rattler_access import forget_logins

    forget_logins()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
