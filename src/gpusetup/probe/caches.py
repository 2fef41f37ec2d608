"""Package caches that hold damaged files: an installation from them fails, again and again."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Iterator

from gpusetup.environment import DamagedCache
from gpusetup.machine import Conda, Machine
from gpusetup.probe.world import World, join

_SECONDS = 0.15  # of looking; a cache may hold thousands of packages
_MAGIC = {".conda": b"PK", ".bz2": b"BZh"}


def read_caches(world: World, machine: Machine) -> tuple[DamagedCache, ...]:
    """What is surely damaged: empty, cut, or without the files that make it a package."""
    deadline = time.monotonic() + _SECONDS
    found: list[DamagedCache] = []
    for tool, folder in _folders(world, machine):
        look = _conda_damage if tool == "conda" else _uv_damage
        found += [DamagedCache(tool, *each) for each in look(world.at(folder), deadline)]
    return tuple(found)


def _folders(world: World, machine: Machine) -> Iterator[tuple[str, str]]:
    cache = world.environ.get("XDG_CACHE_HOME") or join(world.home, ".cache")
    yield "uv", world.environ.get("UV_CACHE_DIR") or join(cache, "uv")
    places = [join(world.home, ".conda", "pkgs")]
    if isinstance(machine.conda, Conda) and machine.conda.root:
        places.insert(0, join(machine.conda.root, "pkgs"))
    for name in ("CONDA_PKGS_DIRS",):
        places = [each for each in world.environ.get(name, "").split(":") if each] + places
    yield from (("conda", each) for each in dict.fromkeys(places) if world.is_folder(each))


def _conda_damage(folder: Path, deadline: float) -> Iterator[tuple[str, str]]:
    """A package file that is cut at its head, and a package folder without its index."""
    for entry in _entries(folder):
        if time.monotonic() > deadline:
            return
        magic = _MAGIC.get(entry.suffix)
        if magic and entry.is_file() and not _starts_with(entry, magic):
            yield str(entry), "not-a-package"
        elif entry.name != "cache" and (entry / "info").is_dir() and not _has_index(entry):
            yield str(entry), "no-index"
    for index in _entries(folder / "cache"):
        if index.suffix == ".json" and index.stat().st_size == 0:
            yield str(index), "empty"


def _starts_with(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(magic)) == magic
    except OSError:
        return True  # not ours to judge


def _has_index(package: Path) -> bool:
    try:
        return isinstance(json.loads((package / "info" / "index.json").read_bytes()), dict)
    except OSError:
        return False
    except ValueError:
        return False


def _uv_damage(folder: Path, deadline: float) -> Iterator[tuple[str, str]]:
    """An unpacked wheel without its list of files, or with another size than the list says."""
    for place in _entries(folder / "archive-v0"):
        if time.monotonic() > deadline:
            return
        records = [each / "RECORD" for each in _entries(place) if each.suffix == ".dist-info"]
        if not records:
            if _entries(place):
                yield str(place), "no-record"
                yield from ((str(each), "points-there") for each in _pointers(folder, place))
            continue
        wrong = _wrong_size(place, records[0], deadline)
        if wrong:
            yield str(place), wrong
            yield from ((str(each), "points-there") for each in _pointers(folder, place))


def _pointers(folder: Path, archive: Path) -> Iterator[Path]:
    """The links of uv to an unpacked wheel, and the files that say that it is there."""
    for link in folder.glob("wheels-v*/**/*"):
        if link.is_symlink() and link.resolve() == archive.resolve():
            yield link
            ends = (".rev", ".http", ".msgpack")
            yield from (
                each for end in ends if (each := link.parent / f"{link.name}{end}").exists()
            )


def _wrong_size(place: Path, record: Path, deadline: float) -> str | None:
    """The first file that is missing or cut. Files that installers write are left out."""
    try:
        lines = record.read_text("utf-8", "replace").splitlines()
    except OSError:
        return "no-record"
    for line in lines:
        name, _, size = line.rpartition(",")
        name = name.rsplit(",", 1)[0].strip('"')
        if not size.isdigit() or ".dist-info/" in name or name.startswith("../"):
            continue
        if time.monotonic() > deadline:
            return None
        try:
            if (place / name).stat().st_size != int(size):
                return name
        except OSError:
            return name
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
