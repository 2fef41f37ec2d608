"""What the files of an index say about releases: Pythons, platforms, CUDA, pins. Pure."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Iterable, Mapping, Optional

from gpusetup.basics.versions import Version
from gpusetup.choosing.wheelhouse import GLIBC_OF
from gpusetup.index_pages import File

_NAME = re.compile(
    r"(?P<name>[^-]+)-(?P<version>\d[\d.]*?)(?:\.?post(?P<post>\d+))?(?:\+(?P<local>[^-]+))?"
    r"(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)
_ARCHS = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "arm64"}
_LAST_WITH_M = Version.parse("3.7")
SIZE = "size"  # stands beside the names of members in what was read from a wheel
ANY = "any"  # the platform of a wheel without compiled code

Key = tuple[str, Version, Optional[str], Optional[str], str]
"""Package, version, local version, folder, platform: what wheels of one build have in common."""


@dataclass(frozen=True)
class Wheel:
    """One wheel as its file name describes it."""

    package: str
    version: Version  # without post and local part
    post: int
    local: str | None  # "cu126" of 2.7.1+cu126
    folder: str | None  # without a local version: "cu90" of .../whl/cu90/torch-1.0.0-....whl
    pythons: tuple[Version, ...]  # minors
    python_from: Version | None  # not bound to one: every Python 3 from here on
    platform: str  # "linux-x86_64" ... or "any"
    floor: Version | None  # the oldest glibc or macOS of its tag
    free_threaded: bool
    file: File


@dataclass(frozen=True)
class Group:
    """The wheels of one release, of one local version and folder, for one platform."""

    package: str
    version: Version
    local: str | None
    folder: str | None
    platform: str
    wheels: tuple[Wheel, ...]

    @property
    def key(self) -> Key:
        return (self.package, self.version, self.local, self.folder, self.platform)

    @property
    def build(self) -> str | None:
        """What its name or its folder says: "cu126", "cpu"."""
        return self.local or self.folder

    @property
    def floors(self) -> dict[Version, Version | None]:
        """Python -> the oldest glibc or macOS that one of its wheels takes."""
        found: dict[Version, list[Version | None]] = {}
        for wheel in self.wheels:
            for python in wheel.pythons if not wheel.free_threaded else ():
                found.setdefault(python, []).append(wheel.floor)
        return {python: _lowest(floors) for python, floors in sorted(found.items())}

    @property
    def python_from(self) -> Version | None:
        """Where wheels are not bound to one Python: the first that they take."""
        found = [wheel.python_from for wheel in self.wheels if wheel.python_from]
        return min(found, default=None)

    @property
    def yanked(self) -> bool:
        return all(wheel.file.yanked for wheel in self.wheels)

    @property
    def uploaded(self) -> str | None:
        """The day of the first upload."""
        return min((each.file.uploaded or "" for each in self.wheels), default="")[:10] or None

    @property
    def requires_python(self) -> str | None:
        return next((each.file.requires_python for each in self.wheels), None)

    def sample(self) -> File:
        """The wheel to look into: one in the middle of its Pythons."""
        usable = [each for each in self.wheels if not each.free_threaded] or list(self.wheels)
        usable.sort(key=lambda each: (each.pythons, each.file.filename))
        return usable[len(usable) // 2].file


@dataclass(frozen=True)
class Inside:
    """What was read from within one wheel. Empty or None where it was not read, or not there."""

    requires: tuple[str, ...] = ()
    requires_python: str | None = None
    version: str | None = None  # "2.15.0+cu132", of its own version.py
    cuda: str | None = None  # "13.2"
    size: int | None = None  # bytes of the whole wheel
    has_version: bool = False  # version.py was read: `cuda` None then means a CPU build
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def local(self) -> str | None:
        return self.version.partition("+")[2] or None if self.version else None


def parse_wheel(file: File) -> Wheel | None:
    """ "torch-2.7.1+cu126-cp312-cp312-manylinux_2_28_x86_64.whl", taken apart.

    None for pre-releases, source archives, and platforms that torch has no rows for.
    """
    found = _NAME.fullmatch(file.filename)
    place = _platform(found["platform"]) if found else None
    if found is None or place is None:
        return None
    pythons, python_from = _pythons(found["python"], found["abi"])
    if not pythons and python_from is None:
        return None
    return Wheel(
        package=found["name"].lower().replace("_", "-"),
        version=Version.parse(found["version"]),
        post=int(found["post"] or -1),
        local=found["local"],
        folder=None if found["local"] else _folder(file.url),
        pythons=pythons,
        python_from=python_from,
        platform=place[0],
        floor=place[1],
        free_threaded=re.fullmatch(r"cp3\d+t", found["abi"]) is not None,
        file=file,
    )


def group(files: Iterable[File]) -> tuple[Group, ...]:
    """The wheels by release, local version and platform. A newer post release replaces."""
    parts: dict[Key, list[Wheel]] = {}
    for wheel in map(parse_wheel, files):
        if wheel is not None:
            key = (wheel.package, wheel.version, wheel.local, wheel.folder, wheel.platform)
            parts.setdefault(key, []).append(wheel)
    return tuple(Group(*key, tuple(_newest(wheels))) for key, wheels in parts.items())


def _newest(wheels: list[Wheel]) -> list[Wheel]:
    """Of several post releases the newest; yanked files only where nothing else is left."""
    wheels = [each for each in wheels if not each.file.yanked] or wheels
    newest = max(each.post for each in wheels)
    return [each for each in wheels if each.post == newest]


def parse_inside(texts: Mapping[str, str]) -> Inside:
    """METADATA, and any `.../version.py`, by name."""
    metadata = texts.get("METADATA", "")
    version = next((text for name, text in texts.items() if name.endswith("version.py")), None)
    constants = parse_constants(version or "")
    required = re.findall(r"^Requires-Dist:[ ]*(.*)$", metadata, re.MULTILINE)
    pythons = re.findall(r"^Requires-Python:[ ]*(.*)$", metadata, re.MULTILINE)
    return Inside(
        requires=tuple(required),
        requires_python=pythons[0] if pythons else None,
        version=constants.get("__version__"),
        cuda=constants.get("cuda"),
        size=int(texts[SIZE]) if texts.get(SIZE, "").isdigit() else None,
        has_version=version is not None,
        texts=texts,
    )


def parse_constants(text: str) -> dict[str, str]:
    """The texts that a module assigns: `cuda: Optional[str] = '13.2'`, `cuda = None` is left out.

    It is read, never run.
    """
    found = {}
    for name, value in re.findall(
        r"^(\w+)(?:[ ]*:[^=\n]+)?[ ]*=[ ]*((?:'[^'\n]*'|\"[^\"\n]*\"))[ ]*\r?$", text, re.MULTILINE
    ):
        found[name] = str(ast.literal_eval(value))
    return found


@lru_cache(maxsize=4096)
def pins(requires: tuple[str, ...], name: str, platform: str) -> tuple[str, ...]:
    """The version ranges that METADATA asks of a package (a pattern) on a platform.

    >>> pins(("torch (==1.7.0)", "numpy"), "torch", "linux-x86_64")
    ('==1.7.0',)
    """
    found = (_requirement(text, _environment(platform)) for text in requires)
    return tuple(each[1] for each in found if each and re.fullmatch(name, each[0]))


@lru_cache(maxsize=4096)
def _requirement(text: str, environment: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    """Name and versions of one line, if it counts there."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    if requirement.marker is not None and not requirement.marker.evaluate(dict(environment)):
        return None
    return requirement.name, str(requirement.specifier)


def exact(specifier: str) -> str | None:
    """ "==2.7.1" -> "2.7.1"; None for a range."""
    found = re.fullmatch(r"={2,3}([\w.+!]+)", specifier)
    return found[1] if found else None


def _environment(platform: str) -> tuple[tuple[str, str], ...]:
    system, _, arch = platform.partition("-")
    names = {"linux": "Linux", "windows": "Windows", "macos": "Darwin"}
    machine = "AMD64" if (system, arch) == ("windows", "x86_64") else arch
    sys_platform = {"linux": "linux", "windows": "win32", "macos": "darwin"}.get(system, system)
    return (
        ("platform_system", names.get(system, system)),
        ("platform_machine", machine),
        ("sys_platform", sys_platform),
        ("extra", ""),
    )


def _folder(url: str) -> str | None:
    """The build that a folder of the wheel index is for; before 1.2 only it tells builds apart."""
    found = re.search(r"/(cpu|cu\d+)/[^/]+$", url)
    return found[1] if found else None


def _pythons(tags: str, abi: str) -> tuple[tuple[Version, ...], Version | None]:
    """ "cp312" -> 3.12; "cp310" with abi3, or "py3" -> every one from there on; "py2" -> 2.7."""
    exact_ones = re.findall(r"cp(\d)(\d+)", tags)
    minors = tuple(sorted({Version.parse(f"{major}.{minor}") for major, minor in exact_ones}))
    if minors and abi != "abi3":
        # cp38m was never an ABI: the m ended with 3.7, and no installer takes such a wheel
        real = [each for each in minors if each <= _LAST_WITH_M or not abi.endswith("m")]
        return tuple(real), None
    if minors:
        return (), minors[0]
    generic = re.findall(r"py(\d)(\d*)", tags)
    starts = [Version.parse(f"{major}.{minor or 0}") for major, minor in generic if major == "3"]
    old = (Version.parse("2.7"),) if any(major == "2" for major, _ in generic) else ()
    return old, min(starts, default=None)


def _platform(tags: str) -> tuple[str, Version | None] | None:
    """ "manylinux_2_17_aarch64.manylinux2014_aarch64" -> linux-aarch64 with glibc 2.17."""
    found = [place for place in map(_one_platform, tags.split(".")) if place]
    return (found[0][0], _lowest([floor for _, floor in found])) if found else None


def _one_platform(tag: str) -> tuple[str, Version | None] | None:
    if tag == ANY:
        return ANY, None
    parts = re.fullmatch(
        r"(?:(manylinux1|manylinux2010|manylinux2014)|manylinux_(\d+)_(\d+)|(linux)"
        r"|macosx_(\d+)_(\d+)|(win))_(x86_64|amd64|aarch64|arm64)",
        tag,
    )
    if parts is None:
        return None
    year, glibc_major, glibc_minor, _linux, mac_major, mac_minor, windows, arch = parts.groups()
    arch = _ARCHS[arch]
    if mac_major:
        return f"macos-{arch}", Version.parse(f"{mac_major}.{mac_minor}")
    if windows:
        return f"windows-{'aarch64' if arch == 'arm64' else arch}", None
    floor = GLIBC_OF.get(year) or (f"{glibc_major}.{glibc_minor}" if glibc_major else None)
    return f"linux-{arch}", Version.parse(floor) if floor else None


def _lowest(floors: Iterable[Version | None]) -> Version | None:
    """The lowest; None where one of them asks for nothing."""
    known = list(floors)
    return None if None in known else min((each for each in known if each), default=None)
