"""The journal of a run: one line before and after each step, on disk before the step begins.

A run has a folder `runs/<id>` with `journal.jsonl`, `log.md` and the old bytes of files. `init`
reads it to go on, `undo` to go back. Each line holds a sum over itself and the line before: what a
failing disk has changed must not tell `undo` what to remove.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Iterator, Mapping, Optional

from gpusetup.basics.errors import StepFailed
from gpusetup.basics.values import dataclass
from gpusetup.effects.spelling import place_key

SCHEMA = "gpusetup.journal/1"
_SETTLED_S = 2.0  # after this, another write surely shows in a file's time
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


_READ: dict[Path, tuple[object, tuple[Optional[Entry], ...]]] = {}
"""Journals by what tells them from a later state: on a network disk reading takes four questions,
and one command asks for each a dozen times."""


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
            _append(path, entry)
        except OSError as error:
            raise StepFailed(
                "run.write-failed", step=step or event, path=str(path), log=str(self.log),
                cause=error.strerror or str(error), run=self.id,
            ) from error  # fmt: skip

    def entries(self) -> tuple[Entry, ...]:
        """All lines that are whole. A crash may have cut the last one: it never happened."""
        return tuple(each for each in _read(self.folder) if each is not None)

    @property
    def is_damaged(self) -> bool:
        """Whether a line is not as it was written, or one is missing between others."""
        return None in _read(self.folder)

    def begin(self) -> Entry | None:
        """The first line, which names command, prefix and schema."""
        return next((entry for entry in self.entries() if entry.event == "begin"), None)

    @property
    def is_known(self) -> bool:
        """Whether this version wrote, or can read, the journal."""
        begin = self.begin()
        return begin is not None and begin.facts.get("schema") == SCHEMA and not self.is_damaged

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
    # a path, or signs that no file name may hold, would put the run where nobody finds it
    word = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "run"
    order = max([_began(each)[0] for each in runs(state)], default=0) + 1
    for number in range(1000):
        run = Run(f"{stamp}-{word}" + (f"-{number}" if number else ""), Path())
        folder = state / "runs" / run.id
        try:
            folder.mkdir(0o700, parents=True)  # what undoes a step may name an address and a login
        except FileExistsError:
            continue
        run = Run(run.id, folder)
        (folder / "journal.jsonl").touch(0o600)
        run.record("begin", facts={"schema": SCHEMA, "order": order, **facts})
        return run
    raise RuntimeError("a thousand runs in one second")


def runs(state: Path) -> Iterator[Run]:
    """All runs that have begun, newest first."""
    folder = state / "runs"
    if not folder.is_dir():
        return
    found = [Run(each.name, each) for each in folder.iterdir()]
    kept = [each for each in found if _read(each.folder)]
    yield from sorted(kept, key=_began, reverse=True)


def latest_for(state: Path, prefix: str) -> Run | None:
    """The newest run that made (or was making) an environment at `prefix`, however spelled."""
    place = place_key(prefix)
    for run in runs(state):
        begin = run.begin()
        made_it = begin is not None and _is_about_an_environment(begin)
        if begin and made_it and place_key(str(begin.facts.get("prefix"))) == place:
            return run
    return None


def _is_about_an_environment(begin: Entry) -> bool:
    """The doctor's runs are only where they keep an environment as it was."""
    return begin.facts.get("command") != "doctor" or bool(begin.facts.get("keep"))


def _began(run: Run) -> tuple[int, float, str]:
    """The order of beginning, which no clock that was set back can change."""
    begin = run.begin()
    order = begin.facts.get("order") if begin else None
    return (order if isinstance(order, int) else 0, begin.at if begin else 0.0, run.id)


def _append(path: Path, entry: dict[str, object]) -> None:
    with path.open("ab+") as stream:
        stream.seek(0)
        raw = stream.read()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            stream.truncate(whole)  # a crash cut this line: it must not spoil the next one
        before = _sum_in(raw[:whole].rstrip(b"\n").rpartition(b"\n")[2])
        stream.write(json.dumps({**entry, "sum": _sum(entry, before)}).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def _sum(entry: Mapping[str, object], before: str) -> str:
    text = json.dumps(
        [before, entry.get("event"), entry.get("at"), entry.get("step"), entry.get("facts")]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sum_in(line: bytes) -> str:
    raw = _object(line)
    return str(raw.get("sum", "")) if raw else ""


def _read(folder: Path) -> tuple[Entry | None, ...]:
    """The lines of a journal; None for one that is damaged, or has lost the line before it."""
    path = folder / "journal.jsonl"
    try:
        info = path.stat()
        age_s = time.time() - info.st_mtime
        signs = (info.st_size, info.st_mtime_ns, info.st_ino)
        known, entries = _READ.get(path, (None, ()))
        if known == signs:
            return entries
        entries = _parsed(path.read_bytes())
    except OSError:
        return ()
    if age_s > _SETTLED_S:
        _READ[path] = (signs, entries)
    return entries


def _parsed(raw: bytes) -> tuple[Entry | None, ...]:
    lines = [line for line in raw.split(b"\n")[:-1] if line.strip()]  # the last one was cut
    if not any(map(_sum_in, lines)) or _is_newer(lines[0]):
        # an older gpusetup wrote no sums, and left the start of a cut line among the others
        return tuple(each for each in map(_entry, lines) if each is not None)
    return tuple(_checked(line, before) for line, before in zip(lines, ["", *map(_sum_in, lines)]))


def _is_newer(line: bytes) -> bool:
    """A first line in another form than ours, whose sums may be others too."""
    first = _entry(line)
    schema = str(first.facts.get("schema")) if first else SCHEMA
    return schema != SCHEMA and schema.startswith("gpusetup.journal/")


def _checked(line: bytes, before: str) -> Entry | None:
    raw = _object(line)
    return _entry(line) if raw and raw.get("sum") == _sum(raw, before) else None


def _object(line: bytes) -> dict[str, object] | None:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return raw if isinstance(raw, dict) else None


def _entry(line: bytes) -> Entry | None:
    raw = _object(line) or {}
    step, facts, at = raw.get("step"), raw.get("facts"), raw.get("at")
    if not isinstance(facts, dict) or not isinstance(at, (int, float)) or "event" not in raw:
        return None
    return Entry(str(raw["event"]), float(at), step if isinstance(step, str) else None, facts)
