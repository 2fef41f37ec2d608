"""The journal of a run: one line before and after each step, on disk before the step begins.

A run has a folder `runs/<id>` with `plan.json`, `journal.jsonl`, `log.md` and the old bytes of
files. `init` reads it to go on, `undo` to go back.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping

SCHEMA = "gpusetup.journal/1"


@dataclass(frozen=True)
class Entry:
    """One line. `event`: begin, step, done, failed, interrupted, finished, undone."""

    event: str
    at: float
    step: str | None
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Run:
    """One run and its folder."""

    id: str
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log.md"

    @property
    def kept(self) -> Path:
        """Where the old bytes of overwritten files lie."""
        return self.folder / "kept"

    def record(
        self, event: str, step: str | None = None, facts: Mapping[str, object] | None = None
    ) -> None:
        """Append a line and force it to disk."""
        entry = {"event": event, "at": time.time(), "step": step, "facts": dict(facts or {})}
        with (self.folder / "journal.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def entries(self) -> tuple[Entry, ...]:
        """All lines that are whole. A crash may have cut the last one: it never happened."""
        found = []
        try:
            text = (self.folder / "journal.jsonl").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        for line in text.splitlines():
            try:
                raw = json.loads(line)
            except ValueError:
                continue
            found.append(Entry(raw["event"], raw["at"], raw["step"], raw["facts"]))
        return tuple(found)

    def begin(self) -> Entry | None:
        """The first line, which names command, prefix and schema."""
        return next((entry for entry in self.entries() if entry.event == "begin"), None)

    def state(self) -> str:
        """ "finished", "failed", "interrupted", "undone", or "open" (killed in the middle)."""
        for entry in reversed(self.entries()):
            if entry.event in ("finished", "failed", "interrupted", "undone"):
                return entry.event
        return "open"

    def done(self) -> frozenset[str]:
        """Ids of the steps that ended well."""
        return frozenset(each.step for each in self.entries() if each.event == "done" and each.step)


def start_run(state: Path, name: str, **facts: object) -> Run:
    """Make the folder of a new run and write its first line."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        run = Run(f"{stamp}-{name}" + (f"-{number}" if number else ""), Path())
        folder = state / "runs" / run.id
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        run = Run(run.id, folder)
        run.record("begin", facts={"schema": SCHEMA, **facts})
        return run
    raise RuntimeError("a thousand runs in one second")


def runs(state: Path) -> Iterator[Run]:
    """All runs, newest first."""
    folder = state / "runs"
    if not folder.is_dir():
        return
    for each in sorted(folder.iterdir(), key=lambda path: path.name, reverse=True):
        if (each / "journal.jsonl").is_file():
            yield Run(each.name, each)


def latest_for(state: Path, prefix: str) -> Run | None:
    """The newest run that made (or was making) an environment at `prefix`."""
    for run in runs(state):
        begin = run.begin()
        if begin and begin.facts.get("prefix") == prefix:
            return run
    return None
