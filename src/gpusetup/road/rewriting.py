"""Writing the clients' configuration files, and taking that back, in runs like those of `init`.

A run keeps the old bytes and those that were written (both for the owner's eyes only), so that a
file which the user changed since can lose our part and keep theirs.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, Mapping, Sequence

from gpusetup.basics.errors import StepFailed
from gpusetup.effects.files import (
    make_folders,
    missing_folders,
    remove_empty,
    sha256_of,
    write_whole,
)
from gpusetup.effects.journal import Entry, Run, runs, start_run
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.restoring import restored
from gpusetup.mirrors.texts import Unreadable, format_of

COMMAND = "mirrors"
_PRIVATE = 0o600


def lock_name(state: Path) -> str:
    """What everything that writes the clients' files, or takes that back, locks."""
    return str(state / "mirrors")


@dataclass(frozen=True)
class Rewrite:
    """A file's bytes before and after. `new` None: the file goes; `old` None: it was not there."""

    client: Client
    path: str
    old: bytes | None
    new: bytes | None
    mode: int | None = None  # None: as it is
    made_folders: tuple[str, ...] = ()  # that go with the file if they are empty
    kept: tuple[str, ...] = ()  # what the user changed since, and therefore stays
    backup: str | None = None

    @property
    def changes(self) -> bool:
        return self.old != self.new


@dataclass(frozen=True)
class Written:
    """A step of an earlier run."""

    run: Run
    key: str
    client: Client
    path: str
    old: Path | None
    new: Path
    mode: int | None
    made_folders: tuple[str, ...]


def obstacle(path: str) -> tuple[str, str] | None:
    """Why a file cannot be written: (code, what is in the way). None: it can."""
    real = Path(os.path.realpath(path))
    if real.is_dir():
        return "folder", str(real)
    if real.exists() and _is_of_another_user(real):
        return "another-user", str(real)
    missing = missing_folders(real.parent)
    above = Path(missing[0]).parent if missing else real.parent
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        return "unwritable", str(above)
    return None


def _is_of_another_user(path: Path) -> bool:
    """root may write anybody's file: it stays theirs."""
    if not hasattr(os, "geteuid"):
        return False
    return os.geteuid() != 0 and path.stat().st_uid != os.geteuid()


def begin(state: Path, rewrites: Sequence[Rewrite], **facts: object) -> Run:
    """Start a run for the files that change."""
    paths = [each.path for each in rewrites if each.changes]
    return start_run(state, COMMAND, command=COMMAND, prefix=paths[0], paths=paths, **facts)


def write_all(run: Run, rewrites: Sequence[Rewrite]) -> tuple[Rewrite, ...]:
    """Write every file that changes. Returns them with the places of their old bytes.

    Raises:
        StepFailed: one could not be written; those before it are.
    """
    done = []
    for number, each in enumerate(one for one in rewrites if one.changes):
        key = f"{number}-write-config"
        try:
            _check_unchanged(each, run)
            done.append(_write(run, key, number, each))
        except StepFailed:
            _record_failed(run, key)
            raise
        except OSError as error:
            _record_failed(run, key)
            raise _failed(error, each.path, run) from error
    run.record("finished")
    return tuple(done)


def _record_failed(run: Run, key: str) -> None:
    run.record("failed", key)
    if not written_by(run):
        run.record("undone")  # `undo` has nothing to do with it


def _write(run: Run, key: str, number: int, rewrite: Rewrite) -> Rewrite:
    path = Path(os.path.realpath(rewrite.path))
    run.kept.mkdir(mode=0o700, exist_ok=True)
    backup, mode = None, None
    if rewrite.old is not None:
        backup = run.kept / f"{number:03d}-{path.name}"
        write_whole(backup, rewrite.old, _PRIVATE)
        mode = stat.S_IMODE(path.stat().st_mode)
    new = rewrite.new or b""
    wrote = run.kept / f"{number:03d}-{path.name}.written"
    write_whole(wrote, new, _PRIVATE)
    undo = {
        "kind": "file", "path": str(path), "old": str(backup) if backup else None,
        "new_sha256": sha256_of(new), "mode": mode,
    }  # fmt: skip
    facts = {"client": rewrite.client.value, "written": str(wrote), "undo": undo}
    run.record("step", key, {**facts, "made_folders": list(missing_folders(path.parent))})
    make_folders(path.parent)
    write_whole(path, new)
    run.record("done", key)
    return Rewrite(
        rewrite.client, rewrite.path, rewrite.old, rewrite.new,
        backup=str(backup) if backup else None,
    )  # fmt: skip


def _check_unchanged(rewrite: Rewrite, run: Run) -> None:
    """The file is what was read when the change was made and shown."""
    path = Path(rewrite.path)
    now = path.read_bytes() if path.exists() else None
    if now != rewrite.old:
        raise StepFailed("mirrors.changed-meanwhile", path=rewrite.path, run=run.id, log=None)


def _failed(error: OSError, path: str, run: Run) -> StepFailed:
    cause = error.strerror or str(error)
    return StepFailed("mirrors.write-failed", path=path, cause=cause, run=run.id, log=None)


# taking back


def written(state: Path) -> tuple[Written, ...]:
    """All our writes that were not taken back, the newest first."""
    ours = [run for run in runs(state) if _is_ours(run)]
    return tuple(each for run in ours for each in written_by(run))


def _is_ours(run: Run) -> bool:
    begin = run.begin()
    is_ours = begin is not None and begin.facts.get("command") == COMMAND
    return is_ours and run.is_known and run.state() != "undone"


def written_by(run: Run) -> tuple[Written, ...]:
    """One run's writes that were not taken back, the last one first."""
    entries = run.entries()
    back = {each.step for each in entries if each.event == "restored"}
    steps = [each for each in entries if each.event == "step" and each.step not in back]
    return tuple(_written(run, each) for each in reversed(steps))


def _written(run: Run, entry: Entry) -> Written:
    undo = entry.facts["undo"]
    assert isinstance(undo, Mapping)  # noqa: S101 - written by `_write`
    made = entry.facts.get("made_folders")
    return Written(
        run, str(entry.step), Client(str(entry.facts["client"])), str(undo["path"]),
        Path(str(undo["old"])) if undo.get("old") else None, Path(str(entry.facts["written"])),
        undo["mode"] if isinstance(undo.get("mode"), int) else None,
        tuple(map(str, made)) if isinstance(made, list) else (),
    )  # fmt: skip


def take_back_plan(steps: Sequence[Written]) -> tuple[Rewrite, ...]:
    """What restoring would do to each file, the writes undone one after the other.

    Raises:
        BrokenFile: a file was changed since and cannot be read any more.
        OSError: a file, or the copy of it, cannot be read.
    """
    paths = dict.fromkeys(each.path for each in steps)
    return tuple(_one_back(path, [e for e in steps if e.path == path]) for path in paths)


class BrokenFile(Exception):
    """A configuration file that cannot be read, with its path."""

    def __init__(self, client: Client, path: str, problem: Unreadable) -> None:
        super().__init__(path)
        self.client = client
        self.path = path
        self.problem = problem


def _one_back(path: str, steps: Sequence[Written]) -> Rewrite:
    real = Path(path)
    now = real.read_bytes() if real.exists() else None
    content, exact = now, False
    kept: list[str] = []
    for each in steps:
        old = each.old.read_bytes() if each.old else None
        if not each.new.exists():
            continue  # killed before it wrote
        try:
            result = restored(content, each.new.read_bytes(), old, format_of(each.client))
        except Unreadable as error:
            raise BrokenFile(each.client, path, error) from error
        content, exact = result.content, result.content == old
        kept += result.kept
    made = [folder for each in reversed(steps) for folder in each.made_folders]
    return Rewrite(
        steps[0].client, path, now, content,
        mode=steps[-1].mode if exact else None,
        made_folders=tuple(dict.fromkeys(made)), kept=tuple(dict.fromkeys(kept)),
    )  # fmt: skip


def take_back(steps: Sequence[Written], rewrites: Iterable[Rewrite]) -> None:
    """Put the files back and note it in the runs' journals. Can be called again after a crash.

    Raises:
        StepFailed: a file could not be written, or is not what it was when this was planned.
    """
    for each in rewrites:
        try:
            _check_unchanged(each, steps[0].run)
            _put(each)
        except OSError as error:
            raise _failed(error, each.path, steps[0].run) from error
    for run, own in _by_run(steps):
        for step in own:
            run.record("restored", step.key)
        if not written_by(run):
            run.record("undone")


def _put(rewrite: Rewrite) -> None:
    path = Path(os.path.realpath(rewrite.path))
    if rewrite.new is None:
        path.unlink(missing_ok=True)
        remove_empty(rewrite.made_folders)
    elif rewrite.changes:
        make_folders(path.parent)
        write_whole(path, rewrite.new, rewrite.mode)


def _by_run(steps: Sequence[Written]) -> Iterator[tuple[Run, list[Written]]]:
    for id in dict.fromkeys(each.run.id for each in steps):
        own = [each for each in steps if each.run.id == id]
        yield own[0].run, own
