"""The write, under a journal, so that `gpusetup undo` takes it back."""

from __future__ import annotations

import os
import sys

from gpusetup.steps import Plan, WriteFile


def write(step: WriteFile) -> str:
    """Run the one step. Returns the id of the run.

    Raises:
        StepFailed: the file cannot be written.
    """
    from gpusetup.effects.home_folder import home_folder
    from gpusetup.effects.journal import start_run
    from gpusetup.effects.places import state_folder
    from gpusetup.effects.runlog import RunLog
    from gpusetup.road.execute import SILENT, execute
    from gpusetup.road.locking import locked

    state = state_folder(os.environ)
    with locked(state, str(home_folder())):
        run = start_run(state, "completion", command="completion", prefix=step.path)
        log = RunLog(run.log, ["gpusetup", *sys.argv[1:]])
        execute(Plan((step,), step.path, ""), run, log, SILENT, {})
        run.record("finished")
    return run.id
