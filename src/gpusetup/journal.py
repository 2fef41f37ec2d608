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
from typing import IO, Iterator, Mapping

from gpusetup.errors import StepFailed

SCHEMA = "gpusetup.journal/1"
_ENDS = ("finished", "failed", "interrupted", "undoing", "undone", "purged")


@dataclass(frozen=True)
class Entry:
    """One line. `event`: begin, step, done, failed, interrupted, finished, undoing, undone, purged.

    purged: what the run kept was deleted for good.
    """

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
        """Append a line and force it to disk.

        Raises:
            StepFailed: it cannot be written; then nothing may be changed either.
        """
        entry = {"event": event, "at": time.time(), "step": step, "facts": dict(facts or {})}
        path = self.folder / "journal.jsonl"
        try:
            _append(path, json.dumps(entry).encode() + b"\n")
        except OSError as error:
            raise StepFailed(
                "run.write-failed", step=step or event, path=str(path), log=str(self.log),
                cause=error.strerror or str(error), run=self.id,
            ) from error  # fmt: skip

    def entries(self) -> tuple[Entry, ...]:
        """All lines that are whole. A crash may have cut the last one: it never happened."""
        try:
            raw = (self.folder / "journal.jsonl").read_bytes()
        except OSError:
            return ()
        lines = map(_entry, raw.decode("utf-8", "replace").split("\n"))
        return tuple(each for each in lines if each is not None)

    def begin(self) -> Entry | None:
        """The first line, which names command, prefix and schema."""
        return next((entry for entry in self.entries() if entry.event == "begin"), None)

    @property
    def is_known(self) -> bool:
        """Whether this version wrote, or can read, the journal."""
        begin = self.begin()
        return begin is not None and begin.facts.get("schema") == SCHEMA

    def state(self) -> str:
        """One of the events that end a run, or "open": it was killed, or goes on."""
        for entry in reversed(self.entries()):
            if entry.event in _ENDS:
                return entry.event
        return "open"

    def done(self) -> frozenset[str]:
        """Ids of the steps that ended well."""
        return frozenset(each.step for each in self.entries() if each.event == "done" and each.step)


def start_run(state: Path, name: str, **facts: object) -> Run:
    """Make the folder of a new run and write its first line."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        run = Run(f"{stamp}-{name[:60]}" + (f"-{number}" if number else ""), Path())
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
    found = [Run(each.name, each) for each in folder.iterdir()]
    kept = [each for each in found if (each.folder / "journal.jsonl").is_file()]
    yield from sorted(kept, key=_began, reverse=True)


def latest_for(state: Path, prefix: str) -> Run | None:
    """The newest run that made (or was making) an environment at `prefix`, however spelled."""
    place = os.path.realpath(prefix)
    for run in runs(state):
        begin = run.begin()
        made_it = begin is not None and _is_about_an_environment(begin)
        if begin and made_it and os.path.realpath(str(begin.facts.get("prefix"))) == place:
            return run
    return None


def _is_about_an_environment(begin: Entry) -> bool:
    """The doctor's runs are only where they keep an environment as it was."""
    return begin.facts.get("command") != "doctor" or bool(begin.facts.get("keep"))


def _began(run: Run) -> tuple[float, str]:
    begin = run.begin()
    return (begin.at if begin else 0.0, run.id)


def _append(path: Path, line: bytes) -> None:
    with path.open("ab+") as stream:
        if stream.tell() and not _ends_line(stream):
            stream.write(b"\n")  # a crash cut the line before: it must not spoil this one
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def _ends_line(stream: IO[bytes]) -> bool:
    stream.seek(-1, os.SEEK_END)
    return stream.read(1) == b"\n"


def _entry(line: str) -> Entry | None:
    try:
        raw = json.loads(line)
        return Entry(str(raw["event"]), float(raw["at"]), raw["step"], dict(raw["facts"]))
    except (ValueError, TypeError, KeyError):
        return None
