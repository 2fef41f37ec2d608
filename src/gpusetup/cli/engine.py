"""`gpusetup engine`: the steps of the built-in conda engine as commands that can be typed."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Mapping, Optional

import typer

from gpusetup.cli.conda_base import conda
from gpusetup.engines.solved import Solved
from gpusetup.engines.specs import Wanted
from gpusetup.errors import Exit, GpusetupError, UsageError
from gpusetup.messages import say

if TYPE_CHECKING:
    from rattler import RepoDataRecord


class Action(str, Enum):
    CREATE = "create"
    INSTALL = "install"
    SOLVE = "solve"


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
    from gpusetup.session import session

    if not specs or not channels or (action is not Action.SOLVE and prefix is None):
        raise UsageError("engine.incomplete")
    check_installed()
    wanted = Wanted(tuple(channels), tuple(specs))
    try:
        _act(action, wanted, prefix or Path())
    except GpusetupError as error:
        from gpusetup.cli.ending import expected

        _leave(expected(error, session().json))
    _leave(Exit.OK)
    return Exit.OK


COMMANDS: Mapping[str, Callable[..., int]] = {"rattler": rattler, "conda": conda}


def check_installed() -> None:
    """rattler comes with gpusetup where its makers offer it.

    Raises:
        Refused: it is not there.
    """
    from importlib.util import find_spec

    from gpusetup.errors import Refused

    if find_spec("rattler") is None:
        raise Refused("engine.no-rattler")


def _act(action: Action, wanted: Wanted, prefix: Path) -> None:
    from gpusetup.road import with_rattler

    if action is Action.CREATE and prefix.exists() and any(prefix.iterdir()):
        raise UsageError("engine.not-empty", prefix=str(prefix))
    records = with_rattler.solve(wanted)
    if action is Action.CREATE:
        _create(prefix, records, wanted.channels)
    elif action is Action.INSTALL:
        with_rattler.install(prefix, records, _tell, wanted.channels)
    _answer(action, [with_rattler.as_solved(each) for each in records], prefix)


def _create(prefix: Path, records: list[RepoDataRecord], channels: tuple[str, ...]) -> None:
    """All of an environment, or nothing."""
    from gpusetup.files import remove_tree
    from gpusetup.road import with_rattler

    was_there = prefix.exists()
    try:
        with_rattler.install(prefix, records, _tell, channels)
    except GpusetupError:
        if not was_there:
            remove_tree(prefix)
        raise


def _answer(action: Action, solved: list[Solved], prefix: Path) -> None:
    from gpusetup.envelope import emit
    from gpusetup.session import session

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
