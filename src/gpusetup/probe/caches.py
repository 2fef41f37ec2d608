"""Package caches that hold damaged files: an installation from them fails, again and again."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Iterator

from gpusetup.environments.facts import DAMAGED, DamagedCache
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
        found += [_free(DamagedCache(tool, *each)) for each in look(world.at(folder), deadline)]
    return tuple(found)


def _free(damaged: DamagedCache) -> DamagedCache:
    """With a name for it that nothing has."""
    while os.path.lexists(damaged.aside):
        damaged = replace(damaged, number=damaged.number + 1)
    return damaged


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
        # os.path, because Path raises where a folder may not be entered
        if magic and os.path.isfile(entry) and not _starts_with(entry, magic):  # noqa: PTH113
            yield str(entry), "not-a-package"
        elif entry.name != "cache" and os.path.isdir(entry / "info") and not _has_index(entry):  # noqa: PTH112
            yield str(entry), "no-index"
    for index in _entries(folder / "cache"):
        if index.suffix == ".json" and _is_empty(index):
            yield str(index), "empty"


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:  # a link to nowhere, or not ours to judge
        return False


def _starts_with(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(magic)) == magic
    except OSError:
        return True  # not ours to judge


def _has_index(package: Path) -> bool:
    try:
        return isinstance(json.loads((package / "info" / "index.json").read_bytes()), dict)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # not ours to judge
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
    for link in _links(folder):
        if os.path.realpath(link) == os.path.realpath(archive):
            yield link
            beside = (link.parent / f"{link.name}{end}" for end in (".rev", ".http", ".msgpack"))
            yield from (each for each in beside if os.path.lexists(each))


def _links(folder: Path) -> list[Path]:
    try:
        found = [each for each in folder.glob("wheels-v*/**/*") if os.path.islink(each)]  # noqa: PTH114
    except OSError:  # a folder that may not be entered
        return []
    return [each for each in found if each.suffix != DAMAGED]


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
        return sorted(each for each in folder.iterdir() if each.suffix != DAMAGED)
    except OSError:
        return []
