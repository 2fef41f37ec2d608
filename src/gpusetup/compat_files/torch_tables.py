"""The tables of torch: releases with their builds, companions, traps."""

from __future__ import annotations

from gpusetup.basics.versions import Capability, Version, show_capability
from gpusetup.compat_files.document import Document
from gpusetup.compat_files.fields import Record, elements, entries, record
from gpusetup.compat_files.nodes import Node
from gpusetup.matrix.rows import Build, Companion, Confidence, Trap
from gpusetup.request import Origin

PLATFORMS = (
    "linux-x86_64",
    "linux-aarch64",
    "linux-aarch64-tegra",
    "windows-x86_64",
    "macos-arm64",
    "macos-x86_64",
)
ORIGINS = tuple(origin.value for origin in Origin if origin is not Origin.WHEELHOUSE)
CONFIDENCES = tuple(confidence.value for confidence in Confidence)

_BUILD = ("build", "origin", "source", "checked", "platforms")
_FACTS = (
    *("cuda_runtime", "cudnn", "nccl", "local", "page", "toolkit", "channels"),
    *("torchvision", "torchaudio", "pythons", "glibc", "macos", "architectures", "ptx"),
    *("confidence", "architectures_confidence", "wheel_mib", "download_mib", "note"),
    "only_on_wish",
)
_TRAP = ("torch", "source", "checked")
_TRAP_FACTS = (
    *("note", "note_zh", "pins", "platforms", "origins", "pythons", "builds", "architectures"),
    "refuse",
)


def read_releases(document: Document, node: Node, path: str) -> None:
    """releases: version -> date and builds."""
    for key, value, place in entries(document.errors, node, path):
        release = record(document.errors, value, place, ("date", "builds"))
        if release is None:
            continue
        torch, date = _version_key(document, key, value, place), release.date("date")
        if torch is None or "builds" not in release.fields:
            continue
        for item, where in elements(document.errors, release.fields["builds"], f"{place}.builds"):
            row = record(document.errors, item, where, _BUILD, _FACTS)
            if row is not None:
                _read_build(document, torch, date or "", row)


def _read_build(document: Document, torch: Version, date: str, row: Record) -> None:
    origin = row.one_of("origin", ORIGINS)
    build = row.text("build")
    facts = document.origin_of(row)
    if origin is None or build is None or "platforms" not in row.fields:
        return
    where = f"{row.path}.platforms"
    for platform, value, path in entries(document.errors, row.fields["platforms"], where):
        if platform not in PLATFORMS:
            choices = ", ".join(PLATFORMS)
            document.errors.add(
                value.line, path, "matrix.not-a-choice", value=platform, all=choices
            )
        own = record(document.errors, value, path, (), _FACTS)
        if own is not None:
            _add_build(document, torch, date, (build, origin, platform), own.over(row), facts)


def _add_build(
    document: Document,
    torch: Version,
    date: str,
    names: tuple[str, str, str],
    row: Record,
    facts: dict[str, str],
) -> None:
    build, origin, platform = names
    runtime, macos = row.version("cuda_runtime"), row.version("macos")
    if not document.is_new(row, "build", torch, *names, macos):
        return
    if (runtime is None) != (build == "cpu"):
        document.errors.add(row.line, row.path, "matrix.build-and-runtime", build=build)
    if not row.versions("pythons"):
        document.errors.add(row.line, row.path, "matrix.missing", key="pythons")
    found = Build(
        torch=torch,
        build=build,
        origin=Origin(origin),
        platform=platform,
        cuda_runtime=runtime,
        architectures=row.architectures("architectures"),
        ptx=row.architectures("ptx"),
        pythons=row.versions("pythons"),
        glibc=row.version("glibc"),
        macos=macos,
        cudnn=_shown(row.version("cudnn")),
        nccl=_shown(row.version("nccl")),
        torchvision=row.version("torchvision"),
        torchaudio=row.version("torchaudio"),
        confidence=_confidence(row, "confidence"),
        architectures_confidence=_confidence(row, "architectures_confidence"),
        wheel_mib=row.integer("wheel_mib"),
        download_mib=row.integer("download_mib"),
        local=row.text("local"),
        page=row.text("page"),
        toolkit=row.text("toolkit"),
        channels=row.texts("channels"),
        released=date,
        note=row.text("note") or "",
        only_on_wish=row.flag("only_on_wish"),
        **facts,
    )
    _check_build(document, row, found)
    document.tables.builds[(torch, build, found.origin, platform, macos)] = found


def _check_build(document: Document, row: Record, build: Build) -> None:
    if build.cuda_runtime is not None:
        document.refer(row, "cuda_runtime", "cuda", str(build.cuda_runtime))
        if not build.architectures:
            document.errors.add(row.line, row.path, "matrix.missing", key="architectures")
    for name in ("architectures", "ptx"):
        found: tuple[Capability, ...] = getattr(build, name)
        for capability in found:
            document.refer(row, name, "architectures", show_capability(capability))
    if not build.origin.is_conda:
        for name in ("torchvision", "torchaudio"):
            version: Version | None = getattr(build, name)
            if version is not None:
                document.refer(row, name, "companions", f"{name} {version} {build.platform}")


def read_companions(document: Document, node: Node, path: str) -> None:
    """companions: torchvision | torchaudio -> version -> for which Python there are wheels."""
    facts = ("builds", "cuda_check", "excluded_pythons", "yanked")
    for name, versions, where in entries(document.errors, node, path):
        if name not in ("torchvision", "torchaudio"):
            document.errors.add(versions.line, where, "matrix.unknown-key", key=name)
            continue
        for key, value, place in entries(document.errors, versions, where):
            version = _version_key(document, key, value, place)
            row = record(document.errors, value, place, ("source", "checked", "platforms"), facts)
            if version is not None and row is not None:
                _add_companions(document, name, version, row)


def _add_companions(document: Document, name: str, version: Version, row: Record) -> None:
    origin = document.origin_of(row)
    node = row.fields.get("platforms")
    if node is None:
        return
    platforms = record(document.errors, node, f"{row.path}.platforms", (), PLATFORMS)
    for platform in platforms.fields if platforms else ():
        document.tables.companions[(name, version, platform)] = Companion(
            name=name,
            version=version,
            platform=platform,
            pythons=platforms.versions(platform) if platforms else (),
            excluded_pythons=row.versions("excluded_pythons"),
            builds=row.texts("builds"),
            cuda_check=row.one_of("cuda_check", ("minor", "major")),
            yanked=row.flag("yanked"),
            **origin,
        )


def read_traps(document: Document, node: Node, path: str) -> None:
    """traps: id -> a known defect of a range of builds."""
    for key, value, place in entries(document.errors, node, path):
        row = record(document.errors, value, place, _TRAP, _TRAP_FACTS)
        if row is None:
            continue
        origins = tuple(each for each in row.texts("origins") if _known(row, each))
        document.tables.traps[key] = Trap(
            id=key,
            torch=row.specifier("torch") or "",
            pins=row.texts("pins"),
            platforms=row.texts("platforms"),
            origins=tuple(map(Origin, origins)),
            pythons=row.versions("pythons"),
            builds=row.texts("builds"),
            architectures=row.architectures("architectures"),
            refuse=row.flag("refuse"),
            note=row.text("note") or "",
            note_zh=row.text("note_zh") or "",
            **document.origin_of(row),
        )


def _known(row: Record, origin: str) -> bool:
    if origin not in ORIGINS:
        choices = ", ".join(ORIGINS)
        row.errors.add(*row.place("origins"), "matrix.not-a-choice", value=origin, all=choices)
    return origin in ORIGINS


def _version_key(document: Document, key: str, value: Node, path: str) -> Version | None:
    try:
        return Version.parse(key)
    except ValueError:
        document.errors.add(value.line, path, "matrix.no-version", value=key)
        return None


def _confidence(row: Record, name: str) -> Confidence:
    return Confidence(row.one_of(name, CONFIDENCES) or "high")


def _shown(version: Version | None) -> str | None:
    return str(version) if version is not None else None
