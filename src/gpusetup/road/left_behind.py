"""What a run added to the installers' caches: `undo` leaves it there and says how much it is.

Packages are told from their folders: those of a cache are made whole and renamed into place, so
their change time is when they came. That of files says nothing, because a link from an
environment renews it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Iterator, Mapping

from gpusetup.basics.values import dataclass
from gpusetup.effects.journal import Run
from gpusetup.probe.disk import uv_cache
from gpusetup.probe.world import World, join
from gpusetup.road.cache_locks import cache_folder

_SLACK_S = 1.0  # file systems keep times less exactly than we do


@dataclass(frozen=True)
class Growth:
    """One cache, and the bytes that came to it."""

    path: str
    added: int

    @property
    def added_mib(self) -> float:
        return round(self.added / 2**20, 1)


def growths(run: Run, environ: Mapping[str, str]) -> tuple[Growth, ...]:
    """The caches that the run added packages to."""
    times = [entry.at for entry in run.entries()]
    if not times:
        return ()
    first, last = min(times) - _SLACK_S, max(times) + _SLACK_S
    found = []
    for cache, pattern in _caches(World(environ)):
        came = (each for each in _entries(Path(cache), pattern) if first <= _changed(each) <= last)
        added = sum(map(_size, came))
        if added:
            found.append(Growth(cache, added))
    return tuple(found)


def _caches(world: World) -> Iterator[tuple[str, str]]:
    """Each cache with where the packages lie in it."""
    yield uv_cache(world), "archive-v*/*"
    yield str(cache_folder(world.environ)), "pkgs/*"
    named = [each for each in world.environ.get("CONDA_PKGS_DIRS", "").split(os.pathsep) if each]
    program = world.environ.get("CONDA_EXE") or world.which("conda")
    root = os.path.dirname(os.path.dirname(os.path.realpath(program))) if program else None  # noqa: PTH120
    base = [join(root, "pkgs")] if root else []
    for folder in dict.fromkeys([*named, *base, join(world.home, ".conda", "pkgs")]):
        yield folder, "*"


def _entries(cache: Path, pattern: str) -> list[Path]:
    try:
        return list(cache.glob(pattern))
    except OSError:
        return []


def _changed(path: Path) -> float:
    try:
        return path.lstat().st_ctime
    except OSError:
        return 0.0


def _size(package: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    total = _bytes(str(package))
    for folder, _, names in os.walk(package):
        total += sum(_bytes(os.path.join(folder, name)) for name in names)  # noqa: PTH118
    return total


def _bytes(path: str) -> int:
    try:
        state = os.lstat(path)
    except OSError:
        return 0
    return state.st_size if stat.S_ISREG(state.st_mode) else 0
