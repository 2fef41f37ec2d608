"""Writing a file for the user to keep, in a run that `undo` takes back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gpusetup.basics.errors import Refused
from gpusetup.effects.files import is_stream, write_whole
from gpusetup.effects.journal import start_run
from gpusetup.effects.places import state_folder
from gpusetup.effects.runlog import RunLog
from gpusetup.road.execute import SILENT, execute
from gpusetup.road.locking import locked
from gpusetup.road.rewriting import obstacle
from gpusetup.steps import Plan, Undo, UndoKind, WriteFile


def write(path: Path, text: str, overwrite: bool, mode: int | None = None) -> str | None:
    """Write a whole file; the old bytes are kept. Returns the run, or None where it is so already.

    A device or a pipe is written into, without a run: nothing there can be given back.

    Raises:
        Refused: something else is there and shall stay, or nothing can be written there.
        StepFailed: it could not be written.
    """
    place = os.path.abspath(path.expanduser())  # noqa: PTH100 - links stay links
    if is_stream(Path(place)):
        write_whole(Path(place), text.encode())
        return None
    if _holds(place, text):
        return None
    _check(place, overwrite)
    state = state_folder(os.environ)
    with locked(state, place):
        run = start_run(state, Path(place).name, command="export", prefix=place)
        undo = Undo(UndoKind.RESTORE, path=place)
        step = WriteFile("write-file", place, text, "step.write-file", mode, undo)
        log = RunLog(run.log, sys.argv)
        execute(Plan((step,), place, sys.executable), run, log, SILENT, {})
        run.record("finished")
    return run.id


def put(path: Path, text: str) -> str | None:
    """Write a file that may be new each time: what stands there is kept, by a run.

    Returns:
        The run whose undoing gives the old file back; None where no file was lost.

    Raises:
        OSError, ValueError: it cannot be written.
        Refused, StepFailed: the old file cannot be kept.
    """
    if path.is_file() and not is_stream(path):
        return write(path, text, overwrite=True)
    write_whole(path, text.encode())
    return None


def _holds(place: str, text: str) -> bool:
    try:
        return Path(place).read_bytes() == text.encode()
    except OSError:
        return False


def _check(place: str, overwrite: bool) -> None:
    """Whether the file may be written."""
    found = obstacle(place)
    if found is not None:
        raise Refused(f"export.{found[0]}", path=found[1])
    if os.path.lexists(place) and not overwrite:
        raise Refused("export.there-already", path=place)
