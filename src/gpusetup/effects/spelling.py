"""Places on disks that do not tell upper from lower case: those of macOS and Windows."""

from __future__ import annotations

import os
from functools import lru_cache


def as_spelled(path: str) -> str:
    """The same path as the disk itself spells it; what is not there yet stays as it was typed.

    Links stay. Where the disk tells the cases apart, this costs one look.
    """
    there, rest = _split(os.path.abspath(path))  # noqa: PTH100 - links stay
    if not ignores_case(there):
        return path
    parts: list[str] = []
    while there != os.path.dirname(there):  # noqa: PTH120
        folder, name = os.path.split(there)
        parts.insert(0, _name_in(folder, name))
        there = folder
    return os.path.join(there, *parts, *rest)  # noqa: PTH118


def place_key(path: str) -> str:
    """What two paths to one place have in common, there or yet to be made, however spelled."""
    there, rest = _split(os.path.realpath(path))
    parts = [*rest]
    folds = ignores_case(there)
    if not folds:
        return os.path.join(there, *rest)  # noqa: PTH118
    while folds and there != os.path.dirname(there):  # noqa: PTH120
        there, name = os.path.split(there)
        parts.insert(0, name)
        folds = ignores_case(there)
    return os.path.join(there, *(each.casefold() for each in parts))  # noqa: PTH118


@lru_cache(maxsize=256)  # a disk does not change its manners
def ignores_case(folder: str) -> bool:
    """Whether a folder that is there can be reached by its name in another case too."""
    above, name = os.path.split(folder)
    other = name.swapcase()
    if other == name:  # digits, Chinese: the folder above tells
        return above != folder and ignores_case(above)
    try:
        # not `stat`: a link TORCH beside torch would look the same
        one, two = os.lstat(folder), os.lstat(os.path.join(above, other))  # noqa: PTH118
    except (OSError, ValueError):
        return False
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)


def _split(path: str) -> tuple[str, list[str]]:
    """The part of a path that is there, and the names below it."""
    rest: list[str] = []
    while not os.path.lexists(path) and path != os.path.dirname(path):  # noqa: PTH120
        path, name = os.path.split(path)
        rest.insert(0, name)
    return path, rest


def _name_in(folder: str, name: str) -> str:
    """How the folder lists a name that leads to something."""
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return name
    alike = (each for each in names if each.casefold() == name.casefold())
    return name if name in names else next(alike, name)
