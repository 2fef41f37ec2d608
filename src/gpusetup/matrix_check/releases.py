"""The matrix against what an index holds today: every difference, as a value. Pure.

Rows and wheels meet by release, local version and platform. What an index has for platforms that
the matrix has no rows for from that origin (musl, Windows on Arm) is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable, Iterator, Mapping, Optional

from gpusetup.basics.versions import Version
from gpusetup.indexes.facts import Group
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.matrix_check.companions import companion_differences, unknown_companions
from gpusetup.matrix_check.values import (
    Difference,
    Listing,
    is_ours,
    pinned_library,
    torch_difference,
)
from gpusetup.requirement_files import COMPANIONS

# Tags of PEP 513 and 571: on them torch promised more than it kept, up to 2.6 (it needs 2.17).
_TRUE_TAGS_FROM = Version.parse("2.17")


def compare(
    matrix: Matrix, listing: Listing, is_wanted: Callable[[Version], bool] | None = None
) -> tuple[Difference, ...]:
    """All differences of one listing, sorted, each once. `is_wanted`: only these torch releases."""
    rows = [row for row in rows_of(matrix, listing) if is_wanted is None or is_wanted(row.torch)]
    groups = tuple(
        each
        for each in torch_groups(matrix, listing)
        if is_wanted is None or is_wanted(each.version)
    )
    found = {
        *_releases(rows, groups, listing),
        *_dates(rows, groups, listing),
        *(each for part in _paired(rows, groups) for each in _wheels(part, listing)),
        *(each for row in rows for each in companion_differences(matrix, row, listing)),
        *(unknown_companions(matrix, listing) if is_wanted is None else ()),
    }
    return tuple(sorted(found))


def rows_of(matrix: Matrix, listing: Listing) -> tuple[Build, ...]:
    """The rows that a listing can confirm."""
    return tuple(
        row
        for row in matrix.builds
        if row.origin is listing.origin and (listing.page is None or row.page == listing.page)
    )


def torch_groups(matrix: Matrix, listing: Listing) -> tuple[Group, ...]:
    """torch's wheels on the platforms and of the ages that the matrix describes."""
    rows = [row for row in matrix.builds if row.origin is listing.origin]
    platforms = {row.platform for row in rows}
    oldest = min((row.torch for row in rows), default=None)
    return tuple(
        each
        for each in listing.groups
        if each.package == "torch" and each.platform in platforms
        if oldest is not None and each.version >= oldest and is_ours(each.local)
    )


def wheels_to_read(
    matrix: Matrix, listing: Listing, is_wanted: Callable[[Version], bool] | None = None
) -> tuple[Group, ...]:
    """The groups of which one wheel is to be looked into: each torch of a row, each companion."""
    rows = [row for row in rows_of(matrix, listing) if is_wanted is None or is_wanted(row.torch)]
    named = {("torchvision", row.torchvision) for row in rows}
    named |= {("torchaudio", row.torchaudio) for row in rows}
    known = {(row.name, row.version) for row in matrix.companions}
    torches = [pair.group for pair in _paired(rows, torch_groups(matrix, listing))]
    companions: dict[tuple[str, Version], Group] = {}
    for each in sorted(listing.groups, key=lambda each: each.platform, reverse=True):
        name = (each.package, each.version)
        is_new = name not in known and each.version > _oldest(matrix, each.package)
        if each.package in COMPANIONS and not each.yanked and (name in named or is_new):
            companions.setdefault(name, each)
    return (*torches, *companions.values())


def _oldest(matrix: Matrix, package: str) -> Version:
    """The first release that the matrix knows of a companion."""
    known = [row.version for row in matrix.companions if row.name == package]
    return min(known, default=Version.parse("0"))


@dataclass(frozen=True)
class _Pair:
    """The rows that describe the same wheels, and these wheels, where both are there."""

    rows: tuple[Build, ...]
    group: Group


def _paired(rows: Iterable[Build], groups: Iterable[Group]) -> Iterator[_Pair]:
    by_key = _by_key(rows)
    for group in groups:
        same = _same(by_key, group)
        if same:
            yield _Pair(same, group)


_RowKey = tuple[Version, Optional[str], str]


def _by_key(rows: Iterable[Build]) -> dict[_RowKey, list[Build]]:
    found: dict[_RowKey, list[Build]] = {}
    for row in rows:
        found.setdefault((row.torch, row.local, row.platform), []).append(row)
    return found


def _same(by_key: Mapping[_RowKey, list[Build]], group: Group) -> tuple[Build, ...]:
    """The rows that a group of torch's wheels may be meant by."""
    rows = by_key.get((group.version, group.local, group.platform), [])
    return tuple(row for row in rows if group.folder in (None, row.build))


def _releases(
    rows: list[Build], groups: tuple[Group, ...], listing: Listing
) -> Iterator[Difference]:
    """Releases, and wheels of a release for a platform, that only one side knows."""
    by_key = _by_key(rows)
    met = {row for group in groups for row in _same(by_key, group)}
    known, listed = {row.torch for row in rows}, {each.version for each in groups}
    for row in rows:
        if row not in met and row.torch in listed:
            yield torch_difference(listing, row.torch, row.platform, "wheels-missing", row.build)
        elif row not in met:
            yield torch_difference(listing, row.torch, "", "release-missing")
    for group in groups:
        if group.yanked or _same(by_key, group):
            continue
        if group.version in known:
            build = group.build or ""
            yield torch_difference(listing, group.version, group.platform, "wheels-extra", build)
        else:
            yield torch_difference(listing, group.version, "", "release-extra")


def _dates(rows: list[Build], groups: tuple[Group, ...], listing: Listing) -> Iterator[Difference]:
    """The day of the first upload, where the index tells it."""
    if listing.page is not None:
        return  # on the wheel index files are uploaded again
    for version in {row.torch for row in rows}:
        said = min(row.released for row in rows if row.torch == version)
        days = [each.uploaded for each in groups if each.version == version]
        known = [day for day in days if day]
        if len(known) == len(days) > 0 and said != min(known):
            yield torch_difference(listing, version, "", "date", "", said, min(known))


def _wheels(pair: _Pair, listing: Listing) -> Iterator[Difference]:
    """What the file names and the insides say, against the rows."""
    row, group = pair.rows[0], pair.group
    place = (listing, row.torch, row.platform)
    if group.yanked and not all(each.only_on_wish for each in pair.rows):
        yield torch_difference(*place, "yanked", row.build)
    yield from _pythons_and_floors(pair, listing)
    inside = listing.insides.get(group.key)
    if inside is None:
        return
    if inside.has_version and not _same_cuda(row.cuda_runtime, inside.cuda):
        yield torch_difference(
            *place, "cuda", row.build, row.cuda_runtime or "cpu", inside.cuda or "cpu"
        )
    for name, value in (("cudnn", row.cudnn), ("nccl", row.nccl)):
        pinned = pinned_library(inside, name, row.platform)
        if pinned is not None and pinned != value:
            yield torch_difference(*place, name, row.build, value or "-", pinned)


def _same_cuda(runtime: Version | None, text: str | None) -> bool:
    """9.0 is the same as "9.0.176"."""
    if runtime is None or text is None:
        return runtime is None and text is None
    return Version.parse(text).starts_with(runtime)


def _pythons_and_floors(pair: _Pair, listing: Listing) -> Iterator[Difference]:
    row = pair.rows[0]
    is_mac = row.platform.startswith("macos")
    expected = {
        python: (each.macos if is_mac else each.glibc)
        for each in pair.rows
        for python in each.pythons
    }
    floors = pair.group.floors
    place = (listing, row.torch, row.platform)
    for python in sorted(expected.keys() - floors.keys()):
        yield torch_difference(*place, "python-missing", row.build, python)
    for python in sorted(floors.keys() - expected.keys()):
        yield torch_difference(*place, "python-extra", row.build, "", python)
    wrong = {
        (str(expected[python] or "-"), str(floors[python]))
        for python in expected.keys() & floors.keys()
        if not _floor_holds(expected[python], floors[python], is_mac)
    }
    for said, tagged in sorted(wrong):
        yield torch_difference(*place, "macos" if is_mac else "glibc", row.build, said, tagged)


def _floor_holds(said: Version | None, tagged: Version | None, is_mac: bool) -> bool:
    """Equal; but a row may say more than a tag from before manylinux2014, which promised much."""
    if tagged is None:
        return True  # linux_x86_64: the tag says nothing
    if said is None:
        return False
    if not is_mac and tagged < _TRUE_TAGS_FROM:
        return said >= tagged
    return said == tagged
