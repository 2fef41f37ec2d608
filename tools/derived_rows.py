"""From what an index holds to proposed rows: releases, companions, runtimes. Pure."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Iterable, Iterator, Mapping

from gpusetup.basics.versions import Capability, Version, parse_architecture, show_architecture
from gpusetup.indexes.facts import ANY, Group, Inside, exact, pins
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.matrix_check.values import pinned_library
from gpusetup.packages import COMPANIONS

PLATFORMS = ("linux-x86_64", "windows-x86_64", "linux-aarch64", "macos-arm64", "macos-x86_64")
TABLE = "torch/cuda/__init__.py"
FLAGS = re.compile(rb"(?:sm|compute)_\d+[a-z]?(?: (?:sm|compute)_\d+[a-z]?)+")
_TABLE = re.compile(r"^PYTORCH_RELEASES_CODE_CC[^=\n]*= (\{.*?^\})", re.DOTALL | re.MULTILINE)
_FLOOR = Version.parse("2.17")  # tags before manylinux2014 promise more than torch keeps


@dataclass(frozen=True)
class Found:
    """The wheels of one release for one platform, and what was read inside one of them."""

    origin: str  # "pypi" | "wheel-index"
    page: str | None
    group: Group
    inside: Inside
    neighbours: tuple[Group, ...]  # all groups of the same listing, companions among them
    neighbour_insides: Mapping[tuple[str, Version], Inside]
    flags: str | None = None  # "sm_75 sm_80 compute_90", from the compiled library

    @property
    def cuda(self) -> Version | None:
        """The CUDA of the build: its own word, else the name of the file."""
        if self.inside.cuda:
            return Version.parse(".".join(self.inside.cuda.split(".")[:2]))
        return runtime_of(self.group.build or "")

    @property
    def build(self) -> str:
        return "cpu" if self.cuda is None else f"cu{self.cuda}".replace(".", "")


@dataclass(frozen=True)
class Architectures:
    compiled: tuple[Capability, ...]
    ptx: tuple[Capability, ...] = ()
    confidence: str = "high"
    source: str = "pypi-wheel"
    note: str = ""


@dataclass
class Row:
    """A row of `builds`: facts that all platforms share, and those of each platform."""

    build: str
    origin: str
    sources: list[str]
    platforms: dict[str, dict[str, object]] = field(default_factory=dict)


def runtime_of(build: str) -> Version | None:
    """ "cu134" -> 13.4, "cu92" -> 9.2, "cpu" -> None."""
    found = re.fullmatch(r"cu(\d+)(\d)", build)
    return Version.parse(f"{found[1]}.{found[2]}") if found else None


def parse_table(text: str) -> dict[str, dict[str, set[int]]]:
    """The table in torch/cuda/__init__.py: CUDA -> host architecture -> 75, 80 ... Never run.

    Before 2.13 it did not tell hosts apart: then it is read as for x86_64 alone.
    """
    found = _TABLE.search(text)
    if not found:
        return {}
    try:
        table = ast.literal_eval(found[1])
    except (ValueError, SyntaxError):
        return {}
    return {
        cuda: hosts if isinstance(hosts, dict) else {"x86_64": hosts}
        for cuda, hosts in table.items()
    }


def architectures_of(found: Found, matrix: Matrix) -> Architectures | None:
    """The compiled architectures: the flags in the library, else the table, else the last ones."""
    if found.cuda is None:
        return None
    hosts = parse_table(found.inside.texts.get(TABLE, "")).get(str(found.cuda), {})
    host = "aarch64" if found.group.platform.endswith("aarch64") else "x86_64"
    listed = tuple(sorted((number // 10, number % 10) for number in hosts.get(host, ())))
    if found.flags:
        return _from_flags(found.flags, listed)
    if listed:
        windows = found.group.platform.startswith("windows")
        note = "The table in the wheel is Linux's." if windows else ""
        confidence = "medium" if windows else "high"
        return Architectures(listed, (), confidence, "release-table", note)
    return _as_before(found, matrix)


def _from_flags(flags: str, listed: tuple[Capability, ...]) -> Architectures:
    words = flags.split()
    compiled = sorted({parse_architecture(word) for word in words if word.startswith("sm_")})
    ptx = sorted({parse_architecture(word) for word in words if word.startswith("compute_")})
    note = ""
    if listed and listed != tuple(compiled):
        shown = " ".join(map(show_architecture, listed))
        note = f"The table in the wheel lists {shown}."
    return Architectures(tuple(compiled), tuple(ptx), note=note)


def _as_before(found: Found, matrix: Matrix) -> Architectures:
    """Nothing in the wheel tells: what the last release had, as a doubt."""
    rows = [
        row
        for row in matrix.builds_for(found.group.platform)
        if row.cuda_runtime and not row.origin.is_conda
    ]
    rows.sort(key=lambda row: (row.cuda_runtime == found.cuda, row.torch), reverse=True)
    before: Build | None = rows[0] if rows else None
    note = f"Not found in the wheel; taken from {before.torch}+{before.build}." if before else ""
    compiled = before.architectures if before else ()
    return Architectures(compiled, (), "low", "inferred", note)


def companion_of(found: Found, name: str) -> tuple[Version, str] | None:
    """The newest companion beside these wheels that takes this torch, and how it says so."""
    torch = str(found.group.version)
    takers: list[tuple[bool, Version, str]] = []
    for group in found.neighbours:
        inside = found.neighbour_insides.get((name, group.version))
        fits = group.package == name and group.platform in (found.group.platform, ANY)
        if inside is None or not fits or group.yanked:
            continue
        if group.local not in (found.group.local, None):
            continue
        if group.folder not in (found.build, None):
            continue
        for wanted in pins(inside.requires, "torch", found.group.platform):
            if wanted and _takes(wanted, torch):
                takers.append((exact(wanted) is not None, group.version, wanted))
    if not takers:
        return None
    _, version, wanted = max(takers)
    return version, wanted


def rows_of(found: Iterable[Found], matrix: Matrix) -> list[Row]:
    """The rows of one release: PyPI first, CPU first, then the newest CUDA."""
    rows: list[Row] = []
    zero = Version.parse("0")
    order = sorted(
        found,
        key=lambda each: (
            each.origin, each.cuda is not None, [-n for n in (each.cuda or zero).numbers],
            PLATFORMS.index(each.group.platform),
        ),
    )  # fmt: skip
    for each in order:
        for facts in _facts(each, matrix):
            _put(rows, each, facts)
    return rows


def is_known_platform(platform: str) -> bool:
    """Whether the data has rows for it."""
    return platform in PLATFORMS


def _put(rows: list[Row], found: Found, facts: dict[str, object]) -> None:
    """Into the row of its build, or a new one where that has this platform already."""
    sources = [str(each) for each in facts.pop("sources")]  # type: ignore[attr-defined]
    for row in rows:
        same = (row.build, row.origin) == (found.build, found.origin)
        if same and found.group.platform not in row.platforms:
            row.sources += [each for each in sources if each not in row.sources]
            row.platforms[found.group.platform] = facts
            return
    rows.append(Row(found.build, found.origin, sources, {found.group.platform: facts}))


def _facts(found: Found, matrix: Matrix) -> Iterator[dict[str, object]]:
    """What the row says of a platform; once for each glibc or macOS that its wheels need."""
    platform = found.group.platform
    by_floor: dict[Version | None, list[Version]] = {}
    for python, floor in found.group.floors.items():
        by_floor.setdefault(floor, []).append(python)
    shape = architectures_of(found, matrix)
    listing = "pypi-index" if found.origin == "pypi" else "wheel-index-listing"
    read = "pypi-wheel" if found.origin == "pypi" else "wheel-index-wheel"
    notes = []
    facts: dict[str, object] = {
        "cuda_runtime": found.cuda,
        "cudnn": pinned_library(found.inside, "cudnn", platform),
        "nccl": pinned_library(found.inside, "nccl", platform),
        "local": found.group.local,
        "page": found.page,
    }
    for name in COMPANIONS:
        companion = companion_of(found, name)
        facts[name] = companion[0] if companion else None
        if companion and exact(companion[1]) is None:
            notes.append(f"{name} {companion[0]} asks for torch{companion[1]} only.")
    sources = [listing, read]
    if shape is not None:
        facts["architectures"] = " ".join(map(show_architecture, shape.compiled))
        facts["ptx"] = " ".join(
            show_architecture(each).replace("sm", "compute") for each in shape.ptx
        )
        facts["architectures_confidence"] = None if shape.confidence == "high" else shape.confidence
        notes += [shape.note] if shape.note else []
        sources += [shape.source] if shape.source not in ("pypi-wheel",) else []
    facts["note"] = " ".join(notes) or None
    size = found.inside.size or found.group.sample().size
    for floor, pythons in by_floor.items():
        yield {
            **facts,
            "pythons": tuple(pythons),
            "glibc": max(floor, _FLOOR) if floor and platform.startswith("linux") else None,
            "macos": floor if platform.startswith("macos") else None,
            "wheel_mib": size and round(size / 2**20),
            "sources": sources,
        }


def _takes(wanted: str, version: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(wanted).contains(version)
