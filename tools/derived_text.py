"""Proposed rows as YAML text: a whole file, or pieces at their places in the files of compat/."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable

from derived_rows import PLATFORMS, Found, Row, companion_of
from gpusetup.basics.versions import Version
from gpusetup.indexes.facts import ANY, Group
from gpusetup.matrix.rows import CudaFamily, Matrix
from gpusetup.packages import COMPANIONS

SOURCES = {
    "pypi-index": "File list of torch, torchvision and torchaudio on PyPI: Python tags, platforms, "
    "upload dates",
    "pypi-wheel": "torch/version.py, METADATA and the embedded architecture flags, read from the "
    "wheel on PyPI",
    "wheel-index-listing": "File list of the folder of the PyTorch wheel index",
    "wheel-index-wheel": "METADATA, torch/version.py and the embedded architecture flags, read "
    "from the wheel on the PyTorch wheel index",
    "release-table": "PYTORCH_RELEASES_CODE_CC in torch/cuda/__init__.py inside the released wheel",
    "inferred": "Not seen; concluded from the releases around it",
    "family": "https://docs.nvidia.com/deploy/cuda-compatibility/: minor-version compatibility "
    "inside a family of CUDA",
}
_ORDER = (
    *("cuda_runtime", "cudnn", "nccl", "local", "page", "torchvision", "torchaudio", "pythons"),
    *("glibc", "macos", "architectures", "ptx", "architectures_confidence", "wheel_mib"),
    "note",
)
_BARE = ("local", "page", "architectures", "ptx", "architectures_confidence", "wheel_mib")


@dataclass
class CompanionRow:
    """A companion that the data does not know: for which Python it has wheels."""

    platforms: dict[str, tuple[Version, ...]] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    sources: list[str] = field(default_factory=list)


Companions = dict[tuple[str, Version], CompanionRow]


@dataclass
class Proposal:
    """All that is proposed."""

    date: str
    releases: dict[Version, tuple[str, list[Row]]] = field(default_factory=dict)
    companions: Companions = field(default_factory=dict)
    runtimes: dict[Version, CudaFamily] = field(default_factory=dict)  # new: a row of its family


def companion_rows(found: Iterable[Found], matrix: Matrix) -> Companions:
    """The rows that the proposed builds name and the data does not have."""
    rows: Companions = {}
    known = {(row.name, row.version) for row in matrix.companions}
    for each in found:
        for name in COMPANIONS:
            taker = companion_of(each, name)
            if taker is None or (name, taker[0]) in known:
                continue
            row = rows.setdefault((name, taker[0]), CompanionRow())
            source = "pypi-index" if each.origin == "pypi" else "wheel-index-listing"
            if each.group.platform not in row.platforms:
                row.sources += [source] if source not in row.sources else []
                group = _group(each, name, taker[0])
                row.platforms[each.group.platform] = _pythons(group, each.group)
                row.excluded = row.excluded or _excluded(group)
    return rows


def _group(found: Found, name: str, version: Version) -> Group:
    platforms = (found.group.platform, ANY)
    return next(
        each
        for each in found.neighbours
        if (each.package, each.version) == (name, version) and each.platform in platforms
        if each.local in (found.group.local, None) and each.folder in (found.build, None)
    )


def _pythons(group: Group, torch: Group) -> tuple[Version, ...]:
    """Its own; those of torch, where its wheel is for every Python."""
    from packaging.specifiers import SpecifierSet

    if group.floors:
        return tuple(group.floors)
    wanted = SpecifierSet(group.requires_python or "")
    return tuple(each for each in torch.floors if wanted.contains(f"{each}.99"))


def _excluded(group: Group) -> tuple[str, ...]:
    """ "!=3.14.1,>=3.10" -> ("3.14.1",)."""
    return tuple(re.findall(r"!=\s*(\d+\.\d+\.\d+)(?![.*\d])", group.requires_python or ""))


def file_text(proposal: Proposal) -> str:
    """A whole file of its own."""
    parts = [
        ("releases:", _releases_text(proposal)),
        ("companions:", _companions_text(proposal.companions, proposal.date)),
        ("cuda:", _runtimes_text(proposal)),
    ]
    body = "".join(f"{head}\n{text}" for head, text in parts if text)
    sources = "".join(f"  {key}: {_quoted(SOURCES[key])}\n" for key in _used(body))
    return (
        "# Proposed by tools/derive.py. Compare with what is known of the release before it is "
        "used.\n"
        'schema: gpusetup.compat/1\nminimum_gpusetup: "0.1.0"\n'
        f"updated: {_quoted(proposal.date)}\n\nsources:\n{sources}\n{body}"
    )


def insert(proposal: Proposal, compat: Path) -> dict[Path, str]:
    """Put every row at its place. Returns the files that changed, as they were."""
    old: dict[Path, str] = {}
    for release, (date, rows) in sorted(proposal.releases.items()):
        path = compat / "pytorch" / f"wheels-{release.major}.yaml"
        text = _release_text(release, date, rows, proposal.date)
        _insert(path, text, "releases:", 2, release, old, proposal.date)
    for (name, version), row in sorted(proposal.companions.items()):
        text = _companion_text(version, row, proposal.date)
        path = compat / "companions.yaml"
        _insert(path, text, f"  {name}:", 4, version, old, proposal.date)
    if proposal.runtimes:
        path = compat / "cuda.yaml"
        _insert(path, _runtimes_text(proposal), "cuda:", 2, None, old, proposal.date)
    return old


def _insert(
    path: Path,
    text: str,
    head: str,
    indent: int,
    version: Version | None,
    old: dict[Path, str],
    date: str,
) -> None:
    """Behind the head of its table, before the first older version. The day and sources follow."""
    before = path.read_text(encoding="utf-8")
    old.setdefault(path, before)
    lines = before.splitlines(keepends=True)
    place = lines.index(f"{head}\n") + 1
    key = re.compile(rf' {{{indent}}}"([\d.]+)":\s')
    while version is not None and place < len(lines):
        found = key.match(lines[place])
        if (found and Version.parse(found[1]) < version) or _is_left(lines[place], indent):
            break
        place += 1
    lines[place:place] = [text]
    after = _with_sources("".join(lines), _used(text))
    after = re.sub(r'^updated: "[^"]*"', f'updated: "{date}"', after, count=1, flags=re.MULTILINE)
    path.write_text(after, encoding="utf-8")


def _is_left(line: str, indent: int) -> bool:
    """Whether the table has ended: something stands further to the left."""
    return bool(line.strip()) and len(line) - len(line.lstrip()) < indent


def _with_sources(text: str, keys: Iterable[str]) -> str:
    """The text with the sources that it does not name yet, at the end of its list."""
    head, mark, rest = text.partition("\nsources:\n")
    listed, _, after = rest.partition("\n\n")
    new = [key for key in keys if not re.search(rf"^  {re.escape(key)}:", listed, re.MULTILINE)]
    listed += "".join(f"\n  {key}: {_quoted(SOURCES[key])}" for key in new)
    return f"{head}{mark}{listed}\n\n{after}"


def _used(text: str) -> list[str]:
    named = {
        key.strip() for part in re.findall(r"source: \[([^\]]*)\]", text) for key in part.split(",")
    }
    return [key for key in SOURCES if key in named]


def _releases_text(proposal: Proposal) -> str:
    newest_first = sorted(proposal.releases.items(), reverse=True)
    return "".join(
        _release_text(release, date, rows, proposal.date) for release, (date, rows) in newest_first
    )


def _release_text(release: Version, date: str, rows: list[Row], checked: str) -> str:
    head = f'  "{release}":\n    date: {_quoted(date)}\n    builds:\n'
    return head + "".join(_row_text(row, checked) for row in rows)


def _row_text(row: Row, checked: str) -> str:
    """What all platforms have stands once; what differs stands with the platform."""
    several = list(row.platforms.values())
    shared = {
        key: several[0].get(key)
        for key in _ORDER
        if all(facts.get(key) == several[0].get(key) for facts in several)
    }
    lines = [f"      - build: {row.build}", f"        origin: {row.origin}"]
    lines += [f"        {key}: {_value(key, each)}" for key, each in shared.items() if each]
    lines += [f"        source: [{', '.join(row.sources)}]", f"        checked: {_quoted(checked)}"]
    lines.append("        platforms:")
    for platform, facts in row.platforms.items():
        own = [
            f"{key}: {_value(key, facts[key])}"
            for key in _ORDER
            if key not in shared and facts.get(key)
        ]
        lines.append(f"          {platform}: {{{', '.join(own)}}}")
    return "\n".join(lines) + "\n"


def _companions_text(companions: Companions, checked: str) -> str:
    text = ""
    for name in sorted({name for name, _version in companions}):
        text += f"  {name}:\n"
        for (_name, version), row in sorted(companions.items(), reverse=True):
            text += _companion_text(version, row, checked) if _name == name else ""
    return text


def _companion_text(version: Version, row: CompanionRow, checked: str) -> str:
    lines = [f'    "{version}":']
    if row.excluded:
        lines.append(f"      excluded_pythons: [{', '.join(map(_quoted, row.excluded))}]")
    lines += [f"      source: [{', '.join(row.sources)}]", f"      checked: {_quoted(checked)}"]
    lines.append("      platforms:")
    in_order = sorted(row.platforms.items(), key=lambda each: PLATFORMS.index(each[0]))
    lines += [f"        {on}: {_value('pythons', each)}" for on, each in in_order]
    return "\n".join(lines) + "\n"


def _runtimes_text(proposal: Proposal) -> str:
    return "".join(
        f"  - cuda_runtime: {_quoted(cuda)}\n"
        f"    minimum_linux: {_quoted(family.minimum_linux)}\n"
        f"    minimum_windows: {_quoted(family.minimum_windows)}\n"
        f'    note: "As CUDA {family.cuda_runtime}, by minor-version compatibility."\n'
        f"    source: [family]\n    checked: {_quoted(proposal.date)}\n"
        for cuda, family in sorted(proposal.runtimes.items(), reverse=True)
    )


def _value(key: str, value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_quoted(each) for each in value)}]"
    return str(value) if key in _BARE else _quoted(value)


def _quoted(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
