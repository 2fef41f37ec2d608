"""The companions of torch against what an index holds. Pure."""

from __future__ import annotations

from typing import Iterator

from gpusetup.basics.versions import Version
from gpusetup.indexes.facts import Group, exact, pins
from gpusetup.matrix.rows import Build, Companion, Matrix
from gpusetup.matrix_check.values import (
    Difference,
    Listing,
    is_ours,
    stands_beside,
    torch_difference,
)
from gpusetup.requirement_files import COMPANIONS


def companion_differences(matrix: Matrix, row: Build, listing: Listing) -> Iterator[Difference]:
    for name, version in (("torchvision", row.torchvision), ("torchaudio", row.torchaudio)):
        if version is not None:
            yield from _companion(matrix, row, listing, name, version)
        paired = _pinned_to(row, listing, name)
        if paired and version != max(paired):
            said = str(version or "-")
            yield torch_difference(
                listing, row.torch, row.platform, "companion", row.build,
                f"{name} {said}", f"{name} {max(paired)}",
            )  # fmt: skip


def _companion(
    matrix: Matrix, row: Build, listing: Listing, name: str, version: Version
) -> Iterator[Difference]:
    """A companion that a row names: it is there, takes this torch, and has these Pythons."""
    place = (name, version, row.platform)
    where = (listing.origin.value, listing.page or "")
    group = listing.companion(name, version, row)
    if group is None:
        yield Difference(*place, "companion-missing", *where, row.build, f"torch {row.torch}")
        return
    row_of_it = matrix.companion(*place)
    if group.yanked and not (row_of_it and row_of_it.yanked):
        yield Difference(*place, "yanked", *where)
    inside = listing.insides.get(group.key) or listing.inside(name, version)
    for wanted in pins(inside.requires, "torch", row.platform) if inside else ():
        if not _takes(wanted, row.torch):
            said = f"torch {row.torch}"
            yield Difference(*place, "companion-pin", *where, row.build, said, f"torch{wanted}")
    if row_of_it is not None and listing.page is None:
        yield from _companion_pythons(row_of_it, group, where)


def _companion_pythons(
    known: Companion, group: Group, where: tuple[str, str]
) -> Iterator[Difference]:
    place = (known.name, known.version, known.platform)
    floors, start = set(group.floors), group.python_from
    for python in sorted(set(known.pythons) - floors):
        if start is None or python < start or not _takes_python(group, python):
            yield Difference(*place, "companion-python", *where, "", str(python), "-")
    for python in sorted(floors - set(known.pythons)):
        yield Difference(*place, "companion-python", *where, "", "-", str(python))
    excluded = _excluded(group.requires_python)
    if group.requires_python is not None and excluded != set(map(str, known.excluded_pythons)):
        said = ", ".join(map(str, known.excluded_pythons)) or "-"
        listed = ", ".join(sorted(excluded)) or "-"
        yield Difference(*place, "excluded-pythons", *where, "", said, listed)


def _excluded(requires_python: str | None) -> set[str]:
    """ ">=3.10,!=3.14.1" -> {"3.14.1"}; "!=3.0.*" is no release."""
    parts = (part.strip() for part in (requires_python or "").split(","))
    return {part[2:].strip() for part in parts if part.startswith("!=") and "*" not in part}


def _pinned_to(row: Build, listing: Listing, name: str) -> tuple[Version, ...]:
    """The companions on the row's platform that ask for exactly its torch."""
    found = []
    for group in listing.groups:
        if group.package != name or group.yanked or not stands_beside(group, row):
            continue
        inside = listing.insides.get(group.key) or listing.inside(name, group.version)
        wanted = pins(inside.requires, "torch", row.platform) if inside else ()
        if any(exact(each) == str(row.torch) for each in wanted):
            found.append(group.version)
    return tuple(found)


def unknown_companions(matrix: Matrix, listing: Listing) -> Iterator[Difference]:
    """Releases of torchvision and torchaudio that are newer than all that the matrix knows."""
    where = (listing.origin.value, listing.page or "")
    for name in COMPANIONS:
        newest = max((row.version for row in matrix.companions if row.name == name), default=None)
        listed = {each.version for each in listing.groups if each.package == name and _usable(each)}
        for version in sorted(listed):
            if newest is not None and version > newest:
                yield Difference(name, version, "", "release-extra", *where)


def _usable(group: Group) -> bool:
    return not group.yanked and is_ours(group.local)


def _takes(wanted: str, version: Version) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(wanted).contains(str(version))


def _takes_python(group: Group, python: Version) -> bool:
    """Whether Requires-Python takes some release of a minor: its first or a late one."""
    wanted = group.requires_python or ""
    from packaging.specifiers import SpecifierSet

    return any(SpecifierSet(wanted).contains(f"{python}.{patch}") for patch in (0, 99))
