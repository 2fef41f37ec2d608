"""Wheels in folders and find-links pages, as builds that compete like the others."""

from __future__ import annotations

from typing import Iterable

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Version
from gpusetup.choosing.sources import WheelFile
from gpusetup.matrix.rows import Build, Confidence, Matrix
from gpusetup.request import Origin

GLIBC_OF = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}
"""What PEP 513, 571 and 599 call by a year."""

_CUDA_LOCAL = pattern(r"cu(\d+)(\d)")
_PYTHON = pattern(r"cp(\d)(\d+)")
_MANYLINUX = pattern(r"manylinux_(\d+)_(\d+)_")
_MACOS = pattern(r"macosx_(\d+)_(\d+)_")


@dataclass(frozen=True)
class NamedWheel:
    """What a wheel's file name says. `pythons` empty: any Python 3."""

    project: str
    version: Version
    local: str | None
    pythons: frozenset[Version]
    platforms: frozenset[str]
    glibc: Version | None
    macos: Version | None
    file: WheelFile


def read_wheels(files: Iterable[WheelFile], platform: str) -> tuple[NamedWheel, ...]:
    """The wheels among the files that fit a platform. What is no wheel name is passed over."""
    named = (_read(file) for file in files)
    return tuple(
        wheel
        for wheel in named
        if wheel and (platform in wheel.platforms or "any" in wheel.platforms)
    )


def wheelhouse_builds(
    wheels: Iterable[NamedWheel], matrix: Matrix, platform: str
) -> tuple[Build, ...]:
    """The torch wheels as builds. One file serves one Python; the files of a build go together."""
    known = matrix.builds_for(platform)
    found: dict[tuple[object, ...], Build] = {}
    for wheel in wheels:
        if wheel.project != "torch":
            continue
        build = _build(wheel, known, platform)
        key = (build.torch, build.local, build.location, build.glibc)
        earlier = found.get(key)
        if earlier:
            pythons = tuple(sorted({*earlier.pythons, *build.pythons}))
            build = replace(build, pythons=pythons)
        found[key] = build
    return tuple(found.values())


def companion_in(
    wheels: Iterable[NamedWheel], project: str, version: Version, build: Build, python: Version
) -> bool:
    """Whether the wheelhouse of a torch build holds its companion for this Python."""
    return any(
        wheel.project == project
        and wheel.version == version
        and wheel.local == build.local
        and (python in wheel.pythons or not wheel.pythons)
        for wheel in wheels
    )


def _read(file: WheelFile) -> NamedWheel | None:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        project, version, _, tags = parse_wheel_filename(file.filename)
    except InvalidWheelFilename:
        return None
    if version.pre or version.dev is not None:
        return None
    platforms = [tag.platform for tag in tags if not tag.abi.endswith("t")]
    if not platforms:
        return None  # for free-threaded Python only
    return NamedWheel(
        project=str(project),
        version=Version.parse(version.base_version),
        local=version.local,
        pythons=frozenset(filter(None, (_python(tag.interpreter) for tag in tags))),
        platforms=frozenset(filter(None, map(_platform, platforms))),
        glibc=_oldest(filter(None, map(_glibc, platforms))),
        macos=_oldest(filter(None, map(_macos, platforms))),
        file=file,
    )


def _build(wheel: NamedWheel, known: Iterable[Build], platform: str) -> Build:
    same = [build for build in known if build.torch == wheel.version and _alike(build, wheel)]
    base = min(same, key=lambda build: build.origin is not Origin.PYPI, default=None)
    base = base or _unknown_build(wheel, platform)
    glibc = max(filter(None, (base.glibc, wheel.glibc)), default=None)
    return replace(
        base,
        origin=Origin.WHEELHOUSE,
        pythons=tuple(sorted(wheel.pythons)) or base.pythons,
        glibc=glibc,
        macos=wheel.macos or base.macos,
        # The file is there; only what is compiled into it can still be in doubt.
        confidence=base.confidence if base.source == "" else Confidence.HIGH,
        wheel_mib=wheel.file.size_mib or base.wheel_mib,
        source=wheel.file.filename,
        location=wheel.file.location,
        local=wheel.local,
    )


def _alike(build: Build, wheel: NamedWheel) -> bool:
    if build.origin.is_conda:
        return False
    if wheel.local is None:
        return build.origin is Origin.PYPI
    return build.build == wheel.local


def _unknown_build(wheel: NamedWheel, platform: str) -> Build:
    """A wheel that the matrix does not have: a CPU one is what it says, a CUDA one is unsure."""
    cuda = _CUDA_LOCAL.fullmatch(wheel.local or "")
    sure = wheel.local == "cpu"
    return Build(
        torch=wheel.version,
        build=wheel.local or "unknown",
        origin=Origin.WHEELHOUSE,
        platform=platform,
        cuda_runtime=Version.parse(f"{cuda[1]}.{cuda[2]}") if cuda else None,
        architectures=(),
        ptx=(),
        pythons=tuple(sorted(wheel.pythons)),
        confidence=Confidence.MEDIUM if sure else Confidence.LOW,
    )


def _python(interpreter: str) -> Version | None:
    found = _PYTHON.fullmatch(interpreter)
    return Version.parse(f"{found[1]}.{found[2]}") if found else None


def _platform(tag: str) -> str | None:
    if tag == "any":
        return "any"
    if tag == "win_amd64":
        return "windows-x86_64"
    if tag.startswith("macosx_"):
        return "macos-arm64" if tag.endswith("_arm64") else "macos-x86_64"
    for arch in ("x86_64", "aarch64"):
        if tag.endswith(f"_{arch}") and tag.startswith(("linux_", "manylinux")):
            return f"linux-{arch}"
    return None


def _glibc(tag: str) -> Version | None:
    found = _MANYLINUX.match(tag)
    if found:
        return Version.parse(f"{found[1]}.{found[2]}")
    return next(
        (Version.parse(text) for name, text in GLIBC_OF.items() if tag.startswith(f"{name}_")),
        None,
    )


def _macos(tag: str) -> Version | None:
    found = _MACOS.match(tag)
    return Version.parse(f"{found[1]}.{found[2]}") if found else None


def _oldest(versions: Iterable[Version]) -> Version | None:
    return min(versions, default=None)
