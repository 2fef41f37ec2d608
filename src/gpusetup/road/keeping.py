"""An environment as it was: kept whole inside it before it is changed, and put back.

    PREFIX/.gpusetup-before/1/manifest.json   what is kept, and what is left alone
    PREFIX/.gpusetup-before/1/making/         being copied; a copy that is cut counts for nothing
    PREFIX/.gpusetup-before/1/old/            the whole copy
    PREFIX/.gpusetup-before/1/leaving/        what the change left, on its way out
    PREFIX/.gpusetup-before/1/returning/      what is left of `old` on its way back

Inside, because there is always room for a rename there: the folder above may belong to somebody
else, be a mount, or hold the environments of a conda. Only what installers fill is kept: the
notebooks and data that people put beside it are neither copied nor moved. The environment stays
at its path, because installers write that path into hundreds of files.

Putting back is a row of renames. It can be cut at any point and goes on when it is called again.
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Collection, Sequence

from gpusetup.basics.values import dataclass
from gpusetup.effects.copying import Tell, copied_bytes, copy_entries
from gpusetup.effects.files import remove_tree, write_whole
from gpusetup.road.owning import FILLED_BY_INSTALLERS, SCRATCH, entries_of

FOLDER = ".gpusetup-before"
_ALWAYS = (
    "conda-meta", "pyvenv.cfg", "gpusetup", "condabin", "python.exe", "pythonw.exe", ".gitignore",
    "CACHEDIR.TAG", ".lock", ".nonadmin",
)  # fmt: skip

_OF_OTHERS = ("envs", "pkgs")  # in a conda's base: other environments, and the package cache


@dataclass(frozen=True)
class Manifest:
    """What a kept copy is about. `untouched`: names in the environment that nobody changes."""

    kept: tuple[str, ...]
    untouched: tuple[str, ...]
    mtime_ns: int


def next_place(prefix: Path) -> Path:
    """Where the next copy goes: beside those of earlier runs."""
    number = 1
    while os.path.lexists(prefix / FOLDER / str(number)):
        number += 1
    return prefix / FOLDER / str(number)


def places(prefix: Path) -> tuple[Path, ...]:
    """The copies in an environment, oldest first; those that were cut are left out."""
    found = [each for each in entries_of(prefix / FOLDER) if each.isdigit()]
    all_ = [prefix / FOLDER / each for each in sorted(found, key=int)]
    return tuple(each for each in all_ if _lies(each / "old") or _lies(each / "returning"))


def keep(place: Path, tell: Tell = lambda _path: None) -> None:
    """Copy what an environment is made of into `place`, inside it. Whole, or it does not count.

    Raises:
        OSError: no room, a file that cannot be read, or another copy is there. Nothing else has
            changed.
    """
    prefix = place.parent.parent
    if place in places(prefix):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place))
    manifest = _manifest(prefix)
    remove_tree(place)
    (place / "making").mkdir(parents=True)
    _set_time(prefix, manifest.mtime_ns)
    write_whole(place / "manifest.json", json.dumps(vars(manifest)).encode())
    copy_entries(prefix, place / "making", manifest.kept, tell)
    (place / "making").rename(place / "old")


def keeping_bytes(prefix: Path) -> int:
    """How much disk `keep` takes."""
    return sum(copied_bytes(prefix / name) for name in _manifest(prefix).kept)


def put_back(place: Path, later: Collection[str] = ()) -> None:
    """Give an environment everything back that `keep` has copied; what came since goes.

    `later`: names directly in the environment that stay, because somebody put them there.

    Raises:
        OSError: something cannot be moved. Calling again goes on.
    """
    prefix = place.parent.parent
    if not _lies(place):
        return
    manifest = _read_manifest(place)
    if manifest and _lies(place / "old"):
        staying = {FOLDER, *manifest.untouched, *(set(later) - set(manifest.kept))}
        (place / "leaving").mkdir(exist_ok=True)
        for name in entries_of(prefix):
            if name not in staying:
                _replace(prefix / name, place / "leaving" / name)
        (place / "old").rename(place / "returning")
    for name in entries_of(place / "returning"):
        (place / "returning" / name).rename(prefix / name)
    forget(place)
    if manifest:
        _set_time(prefix, manifest.mtime_ns)


def forget(place: Path) -> None:
    """Delete a copy for good."""
    remove_tree(place)
    if not entries_of(place.parent):
        remove_tree(place.parent)


def came_later(place: Path, at_end: Sequence[str]) -> tuple[str, ...]:
    """What was put into an environment after a change of it had ended with these entries."""
    manifest = _read_manifest(place)
    if manifest is None or not _lies(place / "old"):
        return ()
    known = {*at_end, *FILLED_BY_INSTALLERS, *_ALWAYS, FOLDER, *manifest.untouched}
    there = entries_of(place.parent.parent)
    return tuple(name for name in there if name not in known and not name.startswith(SCRATCH))


def _replace(source: Path, target: Path) -> None:
    """Move, also onto what an earlier, cut attempt has left at the target."""
    remove_tree(target) if target.is_dir() else target.unlink(missing_ok=True)
    source.rename(target)


def names_of_environment(prefix: Path) -> tuple[str, ...]:
    """What an environment is made of, by the names directly in it: not people's own files."""
    return _manifest(prefix).kept


def _manifest(prefix: Path) -> Manifest:
    names = entries_of(prefix)
    filled = {*FILLED_BY_INSTALLERS, *_ALWAYS, *_of_packages(prefix)} - {*_OF_OTHERS, FOLDER}
    kept = tuple(name for name in names if name in filled)
    untouched = tuple(name for name in names if name not in filled)
    return Manifest(kept, untouched, prefix.stat().st_mtime_ns)


def _of_packages(prefix: Path) -> set[str]:
    """The names directly in a conda environment that its packages fill."""
    names: set[str] = set()
    for record in (prefix / "conda-meta").glob("*.json"):
        try:
            files = json.loads(record.read_bytes()).get("files") or ()
        except (OSError, ValueError, AttributeError):
            continue
        names.update(str(each).partition("/")[0] for each in files)
    return names


def _read_manifest(place: Path) -> Manifest | None:
    """What stands beside a copy; None: it was cut before anything was copied."""
    path = place / "manifest.json"
    if not path.is_file():
        return None
    raw = json.loads(path.read_bytes())
    return Manifest(tuple(raw["kept"]), tuple(raw["untouched"]), int(raw["mtime_ns"]))


def _set_time(folder: Path, mtime_ns: int) -> None:
    """The folder looks as old as it was: only we have been here."""
    os.utime(folder, ns=(mtime_ns, mtime_ns))


def _lies(path: Path) -> bool:
    return os.path.lexists(path)
