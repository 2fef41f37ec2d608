"""`gpusetup engine conda`: conda itself for people who want to type it, below their home folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

import typer

from gpusetup.engines.uv import Place
from gpusetup.errors import Exit, Refused
from gpusetup.messages import say
from gpusetup.steps import Plan


def conda(
    prefix: Optional[Path] = typer.Option(
        None, "--prefix", metavar="DIR", help=say("help.engine.conda-prefix")
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.init.yes")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("help.init.dry-run")),
) -> int:
    """Texts: `help.engine.conda`."""
    from gpusetup.cli.engine import check_installed
    from gpusetup.engines.conda_base import base_plan
    from gpusetup.request import Request
    from gpusetup.road.placing import check_place

    if not yes and not dry_run:
        _require_terminal()
    check_installed()
    place = _place(prefix)
    check_place(Request(prefix=place.prefix), Path(place.prefix))
    plan = base_plan(place)
    _show(plan)
    if dry_run:
        return Exit.OK
    if not yes and not _confirmed():
        return Exit.OK
    _carry_out(plan, place)
    return _tell(place)


def _require_terminal() -> None:
    from gpusetup.cli.init import _require_terminal as require

    require()


def _place(prefix: Path | None) -> Place:
    """The folder; a conda that is there already is enough.

    Raises:
        Refused: there is one, and no other place was named.
    """
    from gpusetup.cli.wish_values import whole_path
    from gpusetup.engines.conda_base import FOLDER
    from gpusetup.machine import Conda
    from gpusetup.places import environments_folder
    from gpusetup.probe.cloud import read_cloud
    from gpusetup.probe.conda import read_conda
    from gpusetup.probe.world import World
    from gpusetup.road.placing import channels_base, python_of

    world = World(os.environ, Path(os.environ.get("GPUSETUP_ROOT") or "/"))
    found, _ = read_conda(world)
    if isinstance(found, Conda) and prefix is None:
        raise Refused("engine.conda-there", path=found.executable)
    beside = environments_folder(os.environ, read_cloud(world)[0])
    folder = whole_path(prefix) if prefix else str(beside.parent / FOLDER)
    windows = os.name == "nt"
    return Place(
        FOLDER, folder, python_of(folder, windows, conda=True), "uv", "", "", "",
        separator="\\" if windows else "/", channels=channels_base(os.environ),
    )  # fmt: skip


def _show(plan: Plan) -> None:
    """What it would install, how large that is, and the steps."""
    from gpusetup.cli.plan_screen import show_steps
    from gpusetup.request import Engine
    from gpusetup.road.preflight_channels import look_up
    from gpusetup.session import session
    from gpusetup.shells import Shell
    from gpusetup.terminal import show
    from gpusetup.terminal.amounts import mib

    assert plan.dry_run is not None  # noqa: S101 - made so above
    with show.awaiting(say("run.resolving")):
        solved = look_up(plan.dry_run, Engine.RATTLER)
    if session().json:
        return
    size = sum(each.size or 0 for each in solved) / 2**20
    show.paragraph(say("engine.conda-size", count=len(solved), size=mib(round(size))))
    show_steps(plan.steps, Shell.POWERSHELL if os.name == "nt" else Shell.BASH)


def _confirmed() -> bool:
    from gpusetup.terminal import show
    from gpusetup.terminal.ask import confirm

    agreed = confirm(say("run.start"))
    if not agreed:
        show.paragraph(say("run.declined"))
    return agreed


def _carry_out(plan: Plan, place: Place) -> None:
    """Run the steps, with a journal, so that `undo` takes them back."""
    import sys

    from gpusetup.cli.running import Screen
    from gpusetup.journal import start_run
    from gpusetup.places import state_folder
    from gpusetup.road.execute import Watch, execute
    from gpusetup.road.locking import locked
    from gpusetup.road.owning import entries_of
    from gpusetup.runlog import RunLog

    state = state_folder(os.environ)
    screen = Screen(len(plan.steps))
    watch = Watch(screen.begin, screen.output, screen.end)
    with locked(state, place.prefix):
        run = start_run(state, place.name, command="engine conda", prefix=place.prefix, plan="")
        log = RunLog(run.log, ["gpusetup", *sys.argv[1:]])
        execute(plan, run, log, watch, {})
        run.record("finished", facts={"entries": list(entries_of(Path(place.prefix)))})


def _tell(place: Place) -> int:
    """How to use it; a file of the shell is changed by the user alone."""
    from gpusetup.envelope import emit
    from gpusetup.session import session
    from gpusetup.shells import Shell, command_line
    from gpusetup.terminal import show

    program = (
        place.within("Scripts", "conda.exe") if os.name == "nt" else place.within("bin", "conda")
    )
    if session().json:
        emit({"schema": "gpusetup.conda/1", "prefix": place.prefix, "executable": program})
        return Exit.OK
    shell = Shell.POWERSHELL if os.name == "nt" else Shell.BASH
    show.paragraph(say("engine.conda-done", prefix=place.prefix))
    show.command(command_line((program, "init"), shell))
    show.hint(say("run.undo-hint"))
    return Exit.OK
