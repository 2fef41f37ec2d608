"""The matrix against what an index holds today: every difference, as a value. Pure.

Rows and wheels meet by release, local version and platform. What an index has for platforms that
the matrix has no rows for from that origin (musl, Windows on Arm) is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Iterable, Iterator, Mapping

from gpusetup.indexes.facts import ANY, Group, Inside, Key, exact, pins
from gpusetup.matrix import Build, Companion, Matrix
from gpusetup.packages import COMPANIONS
from gpusetup.request import Origin
from gpusetup.versions import Version

# Tags of PEP 513 and 571: on them torch promised more than it kept, up to 2.6 (it needs 2.17).
_TRUE_TAGS_FROM = Version.parse("2.17")


@dataclass(frozen=True)
class Listing:
    """What one page (or one index) holds, and what was read inside some of its wheels."""

    origin: Origin
    page: str | None  # wheel index: "whl/cu126"
    groups: tuple[Group, ...]
    insides: Mapping[Key, Inside] = field(default_factory=dict)

    def find(
        self, package: str, version: Version, platform: str, locals_: Iterable[str | None]
    ) -> Group | None:
        """The wheels of a release for a platform, in the first of these local versions."""
        for local in locals_:
            for each in self.groups:
                same = (each.package, each.version, each.local) == (package, version, local)
                if same and each.platform in (platform, ANY):
                    return each
        return None

    def inside(self, package: str, version: Version) -> Inside | None:
        """What is known from within any wheel of a release."""
        return next(
            (inside for key, inside in self.insides.items() if key[:2] == (package, version)),
            None,
        )


@dataclass(frozen=True, order=True)
class Difference:
    """One place where the matrix and the index do not say the same.

    `code` is one of: release-missing, release-extra, wheels-missing, wheels-extra, date, yanked,
    python-missing, python-extra, glibc, macos, cuda, local, cudnn, nccl, companion,
    companion-missing, companion-pin, companion-python, excluded-pythons.
    """

    package: str
    version: Version
    platform: str
    code: str
    origin: str = ""
    page: str = ""
    build: str = ""
    expected: str = ""  # what the matrix says
    found: str = ""  # what the index says


@dataclass(frozen=True)
class Checked:
    """How the check of one origin went."""

    origin: Origin
    url: str | None
    reason: str | None = None  # why it was not checked at all
    releases: int = 0
    listed: int = 0  # builds of torch that the index lists: release, build, platform
    read: int = 0  # wheels looked into
    unread: tuple[tuple[str, str], ...] = ()  # wheels and pages that failed: name, reason
    differences: tuple[Difference, ...] = ()

    @property
    def is_checked(self) -> bool:
        return self.reason is None


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
        *(each for row in rows for each in _companions(matrix, row, listing)),
        *(_unknown_companions(matrix, listing) if is_wanted is None else ()),
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
        if oldest is not None and each.version >= oldest and _is_ours(each.local)
    )


def _is_ours(local: str | None) -> bool:
    """Not rocm6.4, xpu, cpu.cxx11.abi or cu117.with.pypi.cudnn: the matrix leaves those out."""
    return local is None or local == "cpu" or (local.startswith("cu") and local[2:].isdigit())


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
        same = by_key.get((group.version, group.local, group.platform))
        if same:
            yield _Pair(tuple(same), group)


def _by_key(rows: Iterable[Build]) -> dict[tuple[Version, str | None, str], list[Build]]:
    found: dict[tuple[Version, str | None, str], list[Build]] = {}
    for row in rows:
        found.setdefault((row.torch, row.local, row.platform), []).append(row)
    return found


def _releases(
    rows: list[Build], groups: tuple[Group, ...], listing: Listing
) -> Iterator[Difference]:
    """Releases, and wheels of a release for a platform, that only one side knows."""
    expected = _by_key(rows)
    there = {(each.version, each.local, each.platform): each for each in groups}
    known, listed = {key[0] for key in expected}, {key[0] for key in there}
    for key, same in expected.items():
        code = "wheels-missing" if key[0] in listed else "release-missing"
        platform = key[2] if key[0] in listed else ""
        if key not in there:
            yield _torch(listing, key[0], platform, code, same[0].build if platform else "")
    for key, group in there.items():
        code = "wheels-extra" if key[0] in known else "release-extra"
        platform = key[2] if key[0] in known else ""
        if key not in expected and not group.yanked:
            yield _torch(listing, key[0], platform, code, key[1] or "" if platform else "")


def _dates(rows: list[Build], groups: tuple[Group, ...], listing: Listing) -> Iterator[Difference]:
    """The day of the first upload, where the index tells it."""
    if listing.page is not None:
        return  # on the wheel index files are uploaded again
    for version in {row.torch for row in rows}:
        said = min(row.released for row in rows if row.torch == version)
        days = [each.uploaded for each in groups if each.version == version]
        known = [day for day in days if day]
        if len(known) == len(days) > 0 and said != min(known):
            yield _torch(listing, version, "", "date", "", said, min(known))


def _torch(
    listing: Listing,
    version: Version,
    platform: str,
    code: str,
    build: str = "",
    expected: object = "",
    found: object = "",
) -> Difference:
    return Difference(
        "torch", version, platform, code, listing.origin.value, listing.page or "", build,
        str(expected), str(found),
    )  # fmt: skip


def _wheels(pair: _Pair, listing: Listing) -> Iterator[Difference]:
    """What the file names and the insides say, against the rows."""
    row, group = pair.rows[0], pair.group
    place = (listing, row.torch, row.platform)
    if group.yanked and not all(each.only_on_wish for each in pair.rows):
        yield _torch(*place, "yanked", row.build)
    yield from _pythons_and_floors(pair, listing)
    inside = listing.insides.get(group.key)
    if inside is None:
        return
    if inside.has_version and not _same_cuda(row.cuda_runtime, inside.cuda):
        yield _torch(*place, "cuda", row.build, row.cuda_runtime or "cpu", inside.cuda or "cpu")
    for name, value in (("cudnn", row.cudnn), ("nccl", row.nccl)):
        pinned = pinned_library(inside, name, row.platform)
        if pinned is not None and pinned != value:
            yield _torch(*place, name, row.build, value or "-", pinned)


def _same_cuda(runtime: Version | None, text: str | None) -> bool:
    """9.0 is the same as "9.0.176"."""
    if runtime is None or text is None:
        return runtime is None and text is None
    return Version.parse(text).starts_with(runtime)


def pinned_library(inside: Inside, name: str, platform: str) -> str | None:
    """The cuDNN or NCCL that a wheel asks for: "9.26.0.51" of nvidia-cudnn-cu13==9.26.0.51."""
    found = {exact(each) for each in pins(inside.requires, rf"nvidia-{name}-cu\d+", platform)}
    return found.pop() if len(found) == 1 else None


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
        yield _torch(*place, "python-missing", row.build, python)
    for python in sorted(floors.keys() - expected.keys()):
        yield _torch(*place, "python-extra", row.build, "", python)
    wrong = {
        (str(expected[python] or "-"), str(floors[python]))
        for python in expected.keys() & floors.keys()
        if not _floor_holds(expected[python], floors[python], is_mac)
    }
    for said, tagged in sorted(wrong):
        yield _torch(*place, "macos" if is_mac else "glibc", row.build, said, tagged)


def _floor_holds(said: Version | None, tagged: Version | None, is_mac: bool) -> bool:
    """Equal; but a row may say more than a tag from before manylinux2014, which promised much."""
    if tagged is None:
        return True  # linux_x86_64: the tag says nothing
    if said is None:
        return False
    if not is_mac and tagged < _TRUE_TAGS_FROM:
        return said >= tagged
    return said == tagged


def _companions(matrix: Matrix, row: Build, listing: Listing) -> Iterator[Difference]:
    for name, version in (("torchvision", row.torchvision), ("torchaudio", row.torchaudio)):
        if version is not None:
            yield from _companion(matrix, row, listing, name, version)
        paired = _pinned_to(row, listing, name)
        if paired and version != max(paired):
            said = str(version or "-")
            yield _torch(
                listing, row.torch, row.platform, "companion", row.build,
                f"{name} {said}", f"{name} {max(paired)}",
            )  # fmt: skip


def _companion(
    matrix: Matrix, row: Build, listing: Listing, name: str, version: Version
) -> Iterator[Difference]:
    """A companion that a row names: it is there, takes this torch, and has these Pythons."""
    place = (name, version, row.platform)
    where = (listing.origin.value, listing.page or "")
    group = listing.find(*place, (row.local, None))
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
        if group.package != name or group.platform not in (row.platform, ANY) or group.yanked:
            continue
        if group.local not in (row.local, None):
            continue
        inside = listing.insides.get(group.key) or listing.inside(name, group.version)
        wanted = pins(inside.requires, "torch", row.platform) if inside else ()
        if any(exact(each) == str(row.torch) for each in wanted):
            found.append(group.version)
    return tuple(found)


def _unknown_companions(matrix: Matrix, listing: Listing) -> Iterator[Difference]:
    """Releases of torchvision and torchaudio that are newer than all that the matrix knows."""
    where = (listing.origin.value, listing.page or "")
    for name in COMPANIONS:
        newest = max((row.version for row in matrix.companions if row.name == name), default=None)
        listed = {each.version for each in listing.groups if each.package == name and _usable(each)}
        for version in sorted(listed):
            if newest is not None and version > newest:
                yield Difference(name, version, "", "release-extra", *where)


def _usable(group: Group) -> bool:
    return not group.yanked and _is_ours(group.local)


def _takes(wanted: str, version: Version) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(wanted).contains(str(version))


def _takes_python(group: Group, python: Version) -> bool:
    """Whether Requires-Python takes some release of a minor: its first or a late one."""
    wanted = group.requires_python or ""
    from packaging.specifiers import SpecifierSet

    return any(SpecifierSet(wanted).contains(f"{python}.{patch}") for patch in (0, 99))
