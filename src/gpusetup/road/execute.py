"""Running a plan: journal, step, journal. Knows steps, not installers."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Mapping

from gpusetup.basics.errors import StepFailed
from gpusetup.effects import runner
from gpusetup.effects.files import (
    Kept,
    make_folders,
    missing_folders,
    move,
    remove_tree,
    write_keeping,
)
from gpusetup.effects.journal import Run
from gpusetup.effects.runlog import RunLog
from gpusetup.road import keeping
from gpusetup.road.owning import is_ours, mark
from gpusetup.shells import Shell, command_line
from gpusetup.steps import KEEP_OLD, Command, Plan, Step, WriteFile


@dataclass(frozen=True)
class Watch:
    """What the caller wants to hear while a plan runs."""

    begin: Callable[[Step], None]
    output: Callable[[Step, str], None]
    end: Callable[[Step, str], None]  # "done" | "skipped" | "failed"


SILENT = Watch(lambda step: None, lambda step, text: None, lambda step, how: None)

Inner = Mapping[str, Callable[[Command], None]]
"""Steps that this process does itself (the proof), by step id; they raise StepFailed."""


def execute(plan: Plan, run: Run, log: RunLog, watch: Watch, inner: Inner) -> None:
    """Run all steps that the journal does not name as done.

    Raises:
        StepFailed: with the command, its last lines, the log's path and the run's id.
        KeyboardInterrupt: after the running program has ended and the journal says so.
    """
    done = run.done()
    for number, step in enumerate(plan.steps):
        key = f"{number}-{step.id}"
        if key in done:
            _check_still_ours(step, run)
            watch.end(step, "skipped")
            continue
        watch.begin(step)
        try:
            facts = _one(step, key, run, log, watch, inner)
        except KeyboardInterrupt:
            run.record("interrupted", key)
            log.heading("interrupted")
            raise
        except StepFailed as error:
            run.record("failed", key, {"code": error.code})
            watch.end(step, "failed")
            raise
        run.record("done", key, facts)
        watch.end(step, "done")


def _check_still_ours(step: Step, run: Run) -> None:
    if isinstance(step, Command) and step.creates and not is_ours(Path(step.creates), run):
        raise StepFailed("run.in-the-way", path=step.creates, log=str(run.log), run=run.id)


def _one(
    step: Step, key: str, run: Run, log: RunLog, watch: Watch, inner: Inner
) -> dict[str, object]:
    """Do one step. Returns what the journal notes when it is done."""
    log.heading(key)
    if isinstance(step, WriteFile):
        _write(step, key, run, log)
        return {}
    again = _was_begun(key, run)
    if step.creates:
        _clear_room(step, again, run)
    above = _folder_above(step)
    made = missing_folders(above) if above else ()
    run.record("step", key, {"undo": _undo_facts(step), "made_folders": list(made)})
    argv = (*step.argv, *(step.when_cut if again else ()))
    log.code(_typed(argv))
    if above:
        _acting(step, run, lambda: make_folders(above))
    if step.id in inner:
        inner[step.id](step)
    elif step.argv[:2] == ("mv", "--"):
        # not by mv, which moves into a folder that is there, and is not on Windows
        _acting(step, run, lambda: move(Path(step.argv[2]), Path(step.argv[3])))
    elif step.argv[: len(KEEP_OLD)] == KEEP_OLD:
        _acting(step, run, lambda: keeping.keep(Path(step.argv[-1])))
    else:
        _run(step, argv, run, log, watch)
    if not step.creates:
        return {}
    _acting(step, run, lambda: mark(Path(step.creates or ""), run))
    return {"marked": True}


def _folder_above(step: Command) -> Path | None:
    """The folder that must be there before the step: of what it makes, or moves something to."""
    if step.creates:
        return Path(step.creates).parent
    return Path(step.argv[3]).parent if step.argv[:2] == ("mv", "--") else None


def _acting(step: Command, run: Run, act: Callable[[], object]) -> None:
    try:
        act()
    except OSError as error:
        raise StepFailed(
            "run.write-failed", step=step.id, path=error.filename or step.creates or step.argv[-1],
            cause=error.strerror or str(error), log=str(run.log), run=run.id,
        ) from error  # fmt: skip


def _run(step: Command, argv: tuple[str, ...], run: Run, log: RunLog, watch: Watch) -> None:
    ended = runner.run(
        startable(argv), env=step.env, timeout_s=step.timeout_s, terminal=True,
        listen=lambda piece: watch.output(step, piece),
    )  # fmt: skip
    log.code(_readable(ended.output))
    if not ended.ok:
        raise StepFailed(
            "run.step-failed", step=step.id, command=_typed(argv), log=str(run.log),
            output=_readable(ended.last_lines()), run=run.id,
            ended="timed out" if ended.returncode is None else f"exit {ended.returncode}",
        )  # fmt: skip


def _typed(argv: tuple[str, ...]) -> str:
    """A command as it can be typed again: a path may hold spaces."""
    return command_line(argv, Shell.POWERSHELL if os.name == "nt" else Shell.BASH)


def startable(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words as they are run: `gpusetup` is this one, wherever PATH leads."""
    return (sys.executable, "-m", *argv) if argv[0] == "gpusetup" else argv


def _was_begun(key: str, run: Run) -> bool:
    """Whether an earlier attempt at a step stopped in the middle."""
    return any(entry.event == "step" and entry.step == key for entry in run.entries())


def _clear_room(step: Command, again: bool, run: Run) -> None:
    """Clear what an earlier, cut attempt of a step left at the place; never anything else."""
    folder = Path(step.creates or "")
    if folder.exists() or folder.is_symlink():
        if not again or not is_ours(folder, run):
            raise StepFailed("run.in-the-way", path=str(folder), log=str(run.log), run=run.id)
        _acting(step, run, lambda: remove_tree(folder))


def _undo_facts(step: Command) -> dict[str, object] | None:
    if step.undo is None:
        return None
    argv = list(step.undo.argv) if step.undo.argv else None
    return {"kind": step.undo.kind.value, "path": step.undo.path, "argv": argv}


def _write(step: WriteFile, key: str, run: Run, log: RunLog) -> None:
    def announce(kept: Kept) -> None:
        facts = {"path": step.path, "old": kept.old, "new_sha256": kept.new_sha256}
        made = list(kept.made_folders)
        run.record("step", key, {"undo": {"kind": "file", **facts}, "made_folders": made})

    content = step.content.encode()
    try:
        write_keeping(Path(step.path), content, run.kept, step.mode, announce)
    except OSError as error:
        raise StepFailed(
            "run.write-failed", step=step.id, path=step.path, cause=error.strerror or str(error),
            log=str(run.log), run=run.id,
        ) from error  # fmt: skip
    log.write(f"wrote {step.path}{os.linesep}")


def _readable(text: str) -> str:
    """Output of a pseudo-terminal as lines: the last state of each redrawn line."""
    from gpusetup.engines.uv_output import plain

    lines = [
        line.rsplit("\r", 1)[-1].rstrip() for line in plain(text).replace("\r\n", "\n").split("\n")
    ]
    return "\n".join(line for line in lines if line)
