"""`gpusetup engine conda`: conda itself for people who want to type it, below their home folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import typer

from gpusetup.basics.errors import Exit, Interrupted, Refused
from gpusetup.engines.uv import Place
from gpusetup.messages import say
from gpusetup.steps import Plan

if TYPE_CHECKING:
    from gpusetup.effects.journal import Run
    from gpusetup.engines.solved import Solved

Packages = tuple["Solved", ...]


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
    from gpusetup.terminal.prompts import require_answers

    if not yes and not dry_run:
        require_answers()
    check_installed()
    place = _place(prefix)
    check_place(Request(prefix=place.prefix), Path(place.prefix))
    plan = base_plan(place)
    solved = _look_up(plan)
    _show(plan, solved)
    if dry_run:
        return _emit(place, plan, solved)
    if not yes:
        from gpusetup.terminal.ask import agree

        agree(say("run.start"))
    run = _carry_out(plan, place)
    _tell(place)
    return _emit(place, plan, solved, run)


def _place(prefix: Path | None) -> Place:
    """The folder; a conda that is there already is enough.

    Raises:
        Refused: there is one, and no other place was named.
    """
    from gpusetup.cli.wish_values import whole_path
    from gpusetup.effects.places import environments_folder
    from gpusetup.engines.conda_base import FOLDER
    from gpusetup.machine import Conda
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


def _look_up(plan: Plan) -> Packages:
    """What it would install.

    Raises:
        Refused: the channel has no answer, or the disk has too little room.
    """
    from gpusetup.request import Engine
    from gpusetup.road.preflight import UNPACKED_CPU
    from gpusetup.road.preflight_channels import look_up
    from gpusetup.road.room import Cost, check_room, free_mib
    from gpusetup.terminal import show

    assert plan.dry_run is not None  # noqa: S101 - made so above
    with show.awaiting(say("run.resolving")):
        solved = look_up(plan.dry_run, Engine.RATTLER)
    needed = round(_download_mib(solved) * UNPACKED_CPU)
    check_room(Cost(disk_mib=needed, free_mib=free_mib(plan.prefix)), plan.prefix)
    return solved


def _download_mib(solved: Packages) -> float:
    return sum(each.size or 0 for each in solved) / 2**20


def _show(plan: Plan, solved: Packages) -> None:
    """What it would install, how large that is, and the steps."""
    from gpusetup.cli.plan_screen import show_steps
    from gpusetup.shells import Shell
    from gpusetup.terminal import show
    from gpusetup.terminal.amounts import mib
    from gpusetup.terminal.session import session

    if session().json:
        return
    size = mib(round(_download_mib(solved)))
    show.paragraph(say("engine.conda-size", count=len(solved), size=size))
    show_steps(plan.steps, Shell.POWERSHELL if os.name == "nt" else Shell.BASH)


def _carry_out(plan: Plan, place: Place) -> Run:
    """Run the steps, with a journal, so that `undo` takes them back.

    Raises:
        StepFailed: one of them did.
        Interrupted: by Ctrl-C or the end of the terminal.
    """
    import sys

    from gpusetup.cli.running import Screen
    from gpusetup.effects.journal import start_run
    from gpusetup.effects.places import state_folder
    from gpusetup.effects.runlog import RunLog
    from gpusetup.effects.runner import ended_as_by_ctrl_c
    from gpusetup.road.execute import Watch, execute
    from gpusetup.road.locking import locked
    from gpusetup.road.owning import entries_of

    state = state_folder(os.environ)
    screen = Screen(len(plan.steps))
    watch = Watch(screen.begin, screen.output, screen.end)
    with locked(state, place.prefix):
        run = start_run(state, place.name, command="engine conda", prefix=place.prefix, plan="")
        log = RunLog(run.log, ["gpusetup", *sys.argv[1:]])
        try:
            with ended_as_by_ctrl_c():
                execute(plan, run, log, watch, {})
        except KeyboardInterrupt:
            screen.end(plan.steps[0], "failed")
            raise Interrupted("engine.conda-stopped", run=run.id) from None
        run.record("finished", facts={"entries": list(entries_of(Path(place.prefix)))})
    return run


def _program(place: Place) -> str:
    if os.name == "nt":
        return place.within("Scripts", "conda.exe")
    return place.within("bin", "conda")


def _emit(place: Place, plan: Plan, solved: Packages, run: Run | None = None) -> int:
    """`gpusetup.conda/1`; `run` None: nothing was done."""
    from gpusetup.basics.redact import without_credentials
    from gpusetup.documents import step_document
    from gpusetup.envelope import emit
    from gpusetup.terminal.session import session

    if session().json:
        packages = [
            {**vars(each), "channel": without_credentials(each.channel),
             "url": each.url and without_credentials(each.url)}
            for each in solved
        ]  # fmt: skip
        emit(
            {
                "schema": "gpusetup.conda/1", "prefix": place.prefix,
                "executable": _program(place), "changed": run is not None,
                "run": run.id if run else None, "download_mib": round(_download_mib(solved)),
                "packages": packages, "steps": [step_document(each) for each in plan.steps],
            }
        )  # fmt: skip
    return Exit.OK


def _tell(place: Place) -> None:
    """How to use it; a file of the shell is changed by the user alone."""
    from gpusetup.shells import Shell, command_line
    from gpusetup.terminal import show
    from gpusetup.terminal.session import session

    if session().json:
        return
    shell = Shell.POWERSHELL if os.name == "nt" else Shell.BASH
    show.paragraph(say("engine.conda-done", prefix=place.prefix))
    show.command(command_line((_program(place), "init"), shell))
    show.hint(say("run.undo-hint"))
