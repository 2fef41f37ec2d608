"""Taking an environment out of the way, so that it can come back; and deleting it for good.

It moves into a hidden folder beside it: on the same disk that takes no time and no room, and
conda, which looks one folder deep, does not list it there.
"""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.effects.files import remove_tree
from gpusetup.effects.journal import Run, start_run
from gpusetup.effects.runlog import RunLog
from gpusetup.road.execute import SILENT, execute
from gpusetup.road.existing import free_name
from gpusetup.road.keeping import FOLDER, forget
from gpusetup.road.undo import REMOVED, forget_environment
from gpusetup.steps import Command, Plan, Undo, UndoKind


def plan_of(prefix: Path) -> Plan:
    """The one step: a move, which can be moved back."""
    folder = prefix.parent / REMOVED
    taken = os.path.lexists(folder / prefix.name)
    place = folder / (free_name(folder, prefix.name) if taken else prefix.name)
    step = Command(
        id="move-aside",
        argv=("mv", "--", str(prefix), str(place)),
        text="step.move-out",
        undo=Undo(UndoKind.COMMAND, argv=("mv", "--", str(place), str(prefix))),
        timeout_s=600,
    )
    return Plan((step,), str(prefix), str(prefix / "bin" / "python"))


def move_out(state: Path, prefix: Path, name: str) -> Run:
    """Move an environment out of the way. Returns the run, which `undo` takes back.

    Raises:
        StepFailed: it cannot be moved.
    """
    plan = plan_of(prefix)
    [step] = [each for each in plan.steps if isinstance(each, Command)]
    run = start_run(
        state, name, command="envs remove", prefix=str(prefix),
        removed=step.argv[-1],
    )  # fmt: skip
    execute(plan, run, RunLog(run.log, ["gpusetup", "envs", "remove", str(prefix)]), SILENT, {})
    run.record("finished")
    return run


def delete(run: Run, prefix: Path, place: Path) -> None:
    """Delete what a run keeps, for good: the run cannot be taken back any more.

    Raises:
        OSError: something cannot be deleted. Calling again goes on.
    """
    run.record("purged")
    if place.parent.name == FOLDER:
        forget(place)
        return
    remove_tree(place)
    if place.parent.name == REMOVED and not any(place.parent.iterdir()):
        place.parent.rmdir()
    if not os.path.lexists(prefix):
        forget_environment(prefix)
