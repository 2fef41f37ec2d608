"""Taking a run back: its steps in reverse, each as the journal says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from gpusetup.effects import runner
from gpusetup.effects.files import move, put_back, remove_empty, sha256_of, write_whole
from gpusetup.effects.home_folder import home_to_read
from gpusetup.effects.journal import Entry, Run
from gpusetup.road import keeping
from gpusetup.road.owning import came_later, is_ours, remove_ours
from gpusetup.steps import PUT_BACK

REMOVED = ".gpusetup-removed"
"""The folder beside environments that holds the removed ones."""

SET_ASIDE = ".damaged"  # the ending of files that the doctor took out of a cache


@dataclass(frozen=True)
class Action:
    """One thing to take back.

    `kind`: remove, restore, delete, keep, strange, later, command; return: an environment as it
    was, whole.
    """

    kind: str
    path: str | None = None
    argv: tuple[str, ...] = ()
    old: str | None = None
    made_folders: tuple[str, ...] = ()
    mode: int | None = None  # of the old file, where its copy is more private


def actions_for(run: Run) -> tuple[Action, ...]:
    """What `take_back` will do, newest step first. Nothing is touched."""
    begun = [entry for entry in run.entries() if entry.event == "step"]
    removed: list[str] = []
    actions: list[Action] = []
    for entry in reversed(_once(begun)):
        action = _action(entry, run)
        if action is not None:
            actions.append(action)
            if action.kind in ("remove", "return") and action.path:
                removed.append(action.path)
    # a file inside a folder that goes as a whole needs no line of its own
    whole = tuple(each for each in actions if not _inside(each, removed))
    folders = [Path(each.path) for each in actions if each.kind == "remove" and each.path]
    later = [path for folder in folders for path in came_later(folder, run)]
    later += [path for each in actions if each.kind == "return" for path in _beside(each, run)]
    return (*whole, *(Action("later", str(path)) for path in later))


def _beside(action: Action, run: Run) -> list[Path]:
    """What somebody put into an environment after the run had changed it."""
    place = Path(action.argv[-1])
    return [place.parent.parent / name for name in keeping.came_later(place, _at_end(run))]


def _at_end(run: Run) -> list[str]:
    """What lay in the environment when the run had finished."""
    for entry in run.entries():
        if entry.event == "finished":
            return _strings(entry.facts.get("entries"))
    return []


def _once(entries: Sequence[Entry]) -> list[Entry]:
    """The first attempt of each step: it knows what was there before. Folders add up."""
    first: dict[str | None, Entry] = {}
    for entry in entries:
        known = first.setdefault(entry.step, entry)
        if known is not entry and isinstance(known.facts, dict):
            made = [*_strings(known.facts.get("made_folders"))]
            made += [each for each in _strings(entry.facts.get("made_folders")) if each not in made]
            known.facts["made_folders"] = made
    return list(first.values())


def _action(entry: Entry, run: Run) -> Action | None:
    undo = entry.facts.get("undo")
    made = tuple(_strings(entry.facts.get("made_folders")))
    if not isinstance(undo, Mapping):
        return None
    path = str(undo["path"]) if undo.get("path") else None
    if undo.get("kind") == "file" and path:
        return _file_action(path, undo, made)
    if undo.get("kind") == "command":
        return _command_action(path, tuple(_strings(undo.get("argv"))), made)
    if path and not is_ours(Path(path), run):
        return Action("strange", path)
    return Action("remove", path, (), None, made)


def _command_action(
    path: str | None, argv: tuple[str, ...], made: tuple[str, ...]
) -> Action | None:
    if argv[: len(PUT_BACK)] == PUT_BACK:
        lies = os.path.lexists(argv[-1])
        return Action("return", path, argv, None, made) if lies else None
    if argv[:2] == ("mv", "--") and not os.path.lexists(argv[2]):
        return None  # never moved, back already, or deleted for good
    return Action("command", path, argv, None, made)


def _file_action(path: str, undo: Mapping[str, object], made: tuple[str, ...]) -> Action | None:
    try:
        current = sha256_of(Path(path).read_bytes())
    except OSError:
        return None
    old = str(undo["old"]) if undo.get("old") else None
    if current != undo.get("new_sha256"):
        if old and current == _sha256_of_file(old):
            return None  # never written, or put back already
        # changed since by the user: the old bytes stay in the run
        return Action("keep", path, (), old, ())
    mode = undo.get("mode")
    kind = "restore" if old else "delete"
    return Action(kind, path, (), old, made, mode if isinstance(mode, int) else None)


def _sha256_of_file(path: str) -> str | None:
    try:
        return sha256_of(Path(path).read_bytes())
    except OSError:
        return None


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else []


def _inside(action: Action, removed: list[str]) -> bool:
    if action.kind in ("remove", "return") or not action.path:
        return False
    return any(Path(folder) in Path(action.path).parents for folder in removed)


def take_back(
    run: Run, env: Mapping[str, str | None] | None = None
) -> tuple[tuple[Action, ...], tuple[tuple[Action, str], ...]]:
    """Undo a run. Returns what was done, and what failed with the system's word.

    `env` is what programs need to reach the network: it holds passwords, no journal keeps it.

    Stops where something fails: what was moved aside must not come back onto what could not be
    removed. Can be called again after that or after an interruption.
    """
    done: list[Action] = []
    actions = actions_for(run)
    run.record("undoing")
    for action in actions:
        try:
            _perform(action, run, env or {})
        except OSError as error:
            return tuple(done), ((action, str(error)),)
        done.append(action)
    run.record("undone")
    return tuple(done), ()


def forget_environment(prefix: Path) -> None:
    """Take an environment that is gone from the list that conda keeps for all of them."""
    listed = home_to_read() / ".conda" / "environments.txt"
    try:
        lines = listed.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        return
    kept = [line for line in lines if line.strip() != str(prefix)]
    if len(kept) == len(lines):
        return
    if kept:
        write_whole(listed, "".join(kept).encode())
        return
    listed.unlink()
    remove_empty((str(listed.parent),))


def remember_environment(prefix: Path) -> None:
    """Put an environment on the list that conda keeps for all of them."""
    listed = home_to_read() / ".conda" / "environments.txt"
    try:
        old = listed.read_text(encoding="utf-8") if listed.exists() else ""
        if str(prefix) in old.splitlines():
            return
        listed.parent.mkdir(exist_ok=True)
        start = old if not old or old.endswith("\n") else f"{old}\n"
        write_whole(listed, f"{start}{prefix}\n".encode())
    except (OSError, UnicodeDecodeError):  # a convenience: conda finds it by its path
        return


def _perform(action: Action, run: Run, env: Mapping[str, str | None]) -> None:
    path = Path(action.path or "")
    if action.kind == "remove":
        remove_ours(path, run)
        forget_environment(path)
    elif action.kind == "delete":
        # a link to it is the user's
        Path(os.path.realpath(path)).unlink(missing_ok=True)
    elif action.kind == "restore" and action.old:
        put_back(Path(action.old), path, action.mode)
    elif action.kind == "return":
        _return(Path(action.argv[-1]), run)
    elif action.kind == "command":
        _run(action.argv, env)
    remove_empty(action.made_folders)


def _return(place: Path, run: Run) -> None:
    """What the user put there since stays, as it is shown; what installers fill goes back."""
    keeping.put_back(place, keeping.came_later(place, _at_end(run)))


def _run(argv: tuple[str, ...], env: Mapping[str, str | None]) -> None:
    if argv[:2] == ("mv", "--"):
        _move_back(Path(argv[2]), Path(argv[3]))
        return
    ended = runner.run(argv, env=env, timeout_s=3600)
    if not ended.ok:
        raise OSError(ended.last_lines(2))


def _move_back(source: Path, target: Path) -> None:
    """A damaged file that was set aside stays there where a new one is in its place."""
    if source.name.endswith(SET_ASIDE) and os.path.lexists(target):
        return
    if os.path.lexists(source):  # else it was never moved, or is back already
        move(source, target)
        if not any(source.parent.iterdir()) and source.parent.name == REMOVED:
            source.parent.rmdir()
