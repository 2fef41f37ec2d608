"""The rows of a conda origin against what its channel holds: every difference. Pure.

A channel tells for each build and Python what it needs, and less of what is inside than a wheel.
It does tell whether a build exists, which is what rows of medium confidence are not sure of.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator, Mapping

from gpusetup.basics.versions import Version
from gpusetup.indexes.conda_records import Package, is_bounded, takes
from gpusetup.matrix.rows import Build, Confidence, Matrix
from gpusetup.matrix_check.values import Difference
from gpusetup.request import Origin

_NAMES_ITS_TOOLKIT = ("pytorch-cuda", "cudatoolkit")
# `cuda-version` is not compared: old builds of conda-forge follow it through their cudatoolkit.

Key = tuple[Version, str, str]  # release, build, platform


@dataclass(frozen=True)
class ChannelListing:
    """What a channel holds, on the platforms that could be read."""

    origin: Origin
    packages: tuple[Package, ...]
    platforms: frozenset[str]

    def named(self, name: str, platform: str) -> tuple[Package, ...]:
        """What stands beside torch. Only what holds CUDA code is made for Tegra apart."""
        platforms = (platform, platform.removesuffix("-tegra"), None)
        return tuple(
            each for each in self.packages if each.name == name and each.platform in platforms
        )


@dataclass(frozen=True)
class Compared:
    """The differences, and the rows of medium confidence that the channel bears out."""

    differences: tuple[Difference, ...]
    settled: tuple[Build, ...]
    builds: frozenset[Key]  # what was compared on the channel's side


def compare_channel(
    matrix: Matrix,
    listing: ChannelListing,
    is_wanted: Callable[[Version], bool] | None = None,
) -> Compared:
    """All differences, sorted, each once. `is_wanted`: only these torch releases."""
    own = [row for row in matrix.builds if row.origin is listing.origin]
    rows = [
        row
        for row in own
        if row.platform in listing.platforms and (is_wanted is None or is_wanted(row.torch))
    ]
    groups = _groups(own, listing, is_wanted)
    found = set(_releases(rows, groups, listing))
    settled = []
    for row in rows:
        same = groups.get((row.torch, row.build, row.platform))
        differing = tuple(_of_row(rows, row, same, listing)) if same else ()
        found |= set(differing)
        if same and not differing and row.confidence is Confidence.MEDIUM:
            settled.append(row)
    return Compared(tuple(sorted(found)), tuple(settled), frozenset(groups))


def _groups(
    rows: Iterable[Build],
    listing: ChannelListing,
    is_wanted: Callable[[Version], bool] | None,
) -> Mapping[Key, list[Package]]:
    """torch's packages on the platforms and of the ages that the matrix describes."""
    rows = list(rows)
    platforms = {row.platform for row in rows} & listing.platforms
    oldest = min((row.torch for row in rows), default=None)
    found: dict[Key, list[Package]] = defaultdict(list)
    for each in listing.packages:
        if each.name != "torch" or each.build is None or each.platform not in platforms:
            continue
        is_meant = is_wanted is None or is_wanted(each.version)
        if is_meant and oldest is not None and each.version >= oldest:
            found[each.version, each.build, str(each.platform)].append(each)
    return found


def _releases(
    rows: list[Build], groups: Mapping[Key, list[Package]], listing: ChannelListing
) -> Iterator[Difference]:
    """Releases, and builds of a release for a platform, that only one side knows."""
    rows_of = {(row.torch, row.build, row.platform) for row in rows}
    known, listed = {row.torch for row in rows}, {version for version, _, _ in groups}
    for version, build, platform in rows_of - groups.keys():
        if version in listed:
            yield _difference(listing, version, platform, "wheels-missing", build)
        else:
            yield _difference(listing, version, "", "release-missing")
    for version, build, platform in groups.keys() - rows_of:
        if version in known:
            yield _difference(listing, version, platform, "wheels-extra", build)
        else:
            yield _difference(listing, version, "", "release-extra")


def _of_row(
    rows: Iterable[Build], row: Build, same: list[Package], listing: ChannelListing
) -> Iterator[Difference]:
    """What the packages of a row's build say, against it."""
    by_python: dict[Version, list[Package]] = defaultdict(list)
    for each in same:
        if each.python is not None:
            by_python[each.python].append(each)
    if by_python and all(each.python for each in same):
        yield from _pythons(rows, row, set(by_python), listing)
    newest = [max(each, key=lambda package: package.number) for each in by_python.values()]
    yield from _floors(row, by_python, listing)
    yield from _cuda(row, newest or same, listing)
    for name, version in (("torchvision", row.torchvision), ("torchaudio", row.torchaudio)):
        yield from _companion(row, name, version, listing)


def _pythons(
    rows: Iterable[Build], row: Build, found: set[Version], listing: ChannelListing
) -> Iterator[Difference]:
    key = (row.torch, row.build, row.platform)
    said = {
        python
        for each in rows
        if (each.torch, each.build, each.platform) == key
        for python in each.pythons
    }
    place = (listing, row.torch, row.platform)
    for python in sorted(set(row.pythons) - found):
        yield _difference(*place, "python-missing", row.build, python)
    for python in sorted(found - said):
        yield _difference(*place, "python-extra", row.build, "", python)


def _floors(
    row: Build, by_python: Mapping[Version, list[Package]], listing: ChannelListing
) -> Iterator[Difference]:
    """The oldest glibc for which a channel has a package, where all packages tell theirs."""
    for python in by_python.keys() & set(row.pythons):
        told = [each.glibc for each in by_python[python]]
        known = [each for each in told if each]
        if len(known) < len(told) or min(known) == row.glibc:
            continue
        facts = (row.glibc or "-", min(known))
        yield _difference(listing, row.torch, row.platform, "glibc", row.build, *facts)


def _cuda(row: Build, newest: Iterable[Package], listing: ChannelListing) -> Iterator[Difference]:
    """The CUDA runtime, what picks it, and the cuDNN, of the packages that a solver prefers."""
    place = (listing, row.torch, row.platform)
    said = row.cuda_runtime.minor() if row.cuda_runtime else None
    for each in newest:
        if each.runtime != said:
            facts = (row.cuda_runtime or "cpu", each.runtime or "cpu")
            yield _difference(*place, "cuda", row.build, *facts)
        if row.toolkit in _NAMES_ITS_TOOLKIT and each.toolkits and row.toolkit not in each.toolkits:
            yield _difference(*place, "toolkit", row.build, row.toolkit, ", ".join(each.toolkits))
        if row.cudnn and each.cudnn and not Version.parse(row.cudnn).starts_with(each.cudnn):
            yield _difference(*place, "cudnn", row.build, row.cudnn, each.cudnn)
    if row.toolkit == "pytorch-cuda" and said:
        held = listing.named("pytorch-cuda", row.platform)
        if not any(each.version.starts_with(said) for each in held):
            yield _difference(*place, "toolkit-missing", row.build, f"pytorch-cuda {said}")


def _companion(
    row: Build, name: str, version: Version | None, listing: ChannelListing
) -> Iterator[Difference]:
    """A companion that a row names is there and takes this torch; none that is newer does."""
    beside = [each for each in listing.named(name, row.platform) if _stands_beside(each, row)]
    own = [each for each in beside if each.version == version]
    where = (listing.origin.value, "", row.build)
    if version is not None and not own:
        facts = (f"torch {row.torch}", "")
        yield Difference(name, version, row.platform, "companion-missing", *where, *facts)
    elif version is not None and not any(_takes(each, row.torch) for each in own):
        facts = (f"torch {row.torch}", f"torch {own[0].pins[0]}")
        yield Difference(name, version, row.platform, "companion-pin", *where, *facts)
    meant = [each.version for each in beside if _is_meant_for(each, row.torch)]
    newest = max(meant, default=None)
    if newest is not None and (version is None or newest > version):
        facts = (f"{name} {version or '-'}", f"{name} {newest}")
        yield _difference(listing, row.torch, row.platform, "companion", row.build, *facts)


def _stands_beside(companion: Package, row: Build) -> bool:
    """Of the same build; on conda-forge, which builds less of them, also of the same family."""
    if companion.build in (row.build, None):
        return True
    is_forge = row.origin is Origin.CONDA_FORGE
    runtimes = (companion.runtime, row.cuda_runtime)
    return is_forge and None not in runtimes and len({each.major for each in runtimes if each}) == 1


def _takes(companion: Package, torch: Version) -> bool:
    return all(takes(pin, torch) for pin in companion.pins)


def _is_meant_for(companion: Package, torch: Version) -> bool:
    """Not one that would take any torch there is."""
    return any(map(is_bounded, companion.pins)) and _takes(companion, torch)


def _difference(
    listing: ChannelListing,
    version: Version,
    platform: str,
    code: str,
    build: str = "",
    expected: object = "",
    found: object = "",
) -> Difference:
    facts = (listing.origin.value, "", build, str(expected), str(found))
    return Difference("torch", version, platform, code, *facts)
