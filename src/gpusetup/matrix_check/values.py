"""What is compared, and what a comparison gives: values of `matrix check`. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping

from gpusetup.basics.versions import Version
from gpusetup.indexes.facts import ANY, Group, Inside, Key, exact, pins
from gpusetup.matrix.rows import Build
from gpusetup.request import Origin


@dataclass(frozen=True)
class Listing:
    """What one page (or one index) holds, and what was read inside some of its wheels."""

    origin: Origin
    page: str | None  # wheel index: "whl/cu126"
    groups: tuple[Group, ...]
    insides: Mapping[Key, Inside] = field(default_factory=dict)

    def companion(self, name: str, version: Version, row: Build) -> Group | None:
        """The wheels of a companion that stand beside those of a row."""
        found = [
            each
            for each in self.groups
            if (each.package, each.version) == (name, version) and stands_beside(each, row)
        ]
        return max(found, key=lambda each: each.build is not None, default=None)

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
    companion-missing, companion-pin, companion-python, excluded-pythons, toolkit, toolkit-missing.
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
    read: int = 0  # wheels looked into; of a channel: its packages that were compared
    unread: tuple[tuple[str, str], ...] = ()  # wheels, pages, subdirs that failed: name, reason
    differences: tuple[Difference, ...] = ()
    settled: tuple[Build, ...] = ()  # rows of medium confidence that are as the channel says

    @property
    def is_checked(self) -> bool:
        return self.reason is None


def stands_beside(companion: Group, row: Build) -> bool:
    """Whether a companion's wheels are for the platform and the build of a row."""
    same_build = companion.local in (row.local, None) and companion.folder in (row.build, None)
    return same_build and companion.platform in (row.platform, ANY)


def pinned_library(inside: Inside, name: str, platform: str) -> str | None:
    """The cuDNN or NCCL that a wheel asks for: "9.26.0.51" of nvidia-cudnn-cu13==9.26.0.51."""
    found = {exact(each) for each in pins(inside.requires, rf"nvidia-{name}-cu\d+", platform)}
    return found.pop() if len(found) == 1 else None


def is_ours(local: str | None) -> bool:
    """Not rocm6.4, xpu, cpu.cxx11.abi or cu117.with.pypi.cudnn: the matrix leaves those out."""
    return local is None or local == "cpu" or (local.startswith("cu") and local[2:].isdigit())


def torch_difference(
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
