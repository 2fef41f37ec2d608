"""A plan of small steps in a home of its own, which is run and taken back in this process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable

from gpusetup.effects.journal import Run, start_run
from gpusetup.effects.runlog import RunLog
from gpusetup.road.execute import Watch, execute
from gpusetup.steps import Command, Plan, Step, Undo, UndoKind, WriteFile

Log = Callable[[str], None]


class World:
    """A home with a plan of four steps: make, write, write over, fill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prefix = folder / "home" / "envs" / "torch"
        self.settings = folder / "home" / "settings"
        (folder / "home").mkdir()
        self.settings.write_text("the user's own")
        self.run = start_run(folder / "state", "torch", prefix=str(self.prefix))
        self.events: list[tuple[str, str]] = []

    def python(self, id_: str, code: str, **more: object) -> Command:
        argv = (
            sys.executable,
            "-c",
            f"import pathlib, sys; p = pathlib.Path({str(self.prefix)!r}); {code}",
        )
        return Command(id=id_, argv=argv, text="step.create-env", **more)  # type: ignore[arg-type]

    def steps(self) -> list[Step]:
        return [
            self.python(
                "create-env", "p.mkdir()", creates=str(self.prefix),
                undo=Undo(UndoKind.REMOVE, str(self.prefix)),
            ),
            WriteFile("write-config", str(self.prefix / "sub" / "new.toml"), "x = 1\n", "step.write-config"),
            WriteFile("write-config", str(self.settings), "ours", "step.write-config"),
            self.python("install-torch", "(p / 'torch').write_text('torch')"),
        ]  # fmt: skip

    def execute(self, steps: list[Step], run: Run | None = None) -> None:
        plan = Plan(tuple(steps), str(self.prefix), "python")
        target = run or self.run
        log = RunLog(target.log, ["gpusetup", "init"])
        watch = Watch(
            lambda step: self.events.append(("begin", step.id)),
            lambda step, text: None,
            lambda step, how: self.events.append((how, step.id)),
        )
        execute(plan, target, log, watch, {})

    def tree(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): path.read_text() if path.is_file() else "/"
            for path in sorted((self.folder / "home").rglob("*"))
        }
