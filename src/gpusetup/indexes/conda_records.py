"""What the records of a conda channel say of a build of torch. Pure.

Build strings are as people's environments list them: py3.8_cuda11.0.221_cudnn8.0.5_0 and
py38_cu110 on the channel pytorch, cuda112py39h3bc2a3b_202 and cuda126_mkl_py312_hb5a1c2d_301 on
conda-forge. What a record depends on says the same more exactly, where it says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Iterable, Mapping

from gpusetup.basics.versions import Version
from gpusetup.request import Origin
from gpusetup.requirement_files import COMPANIONS

NOARCH = "noarch"
SUBDIRS: Mapping[str, str] = {
    "linux-x86_64": "linux-64",
    "linux-aarch64": "linux-aarch64",
    "linux-aarch64-tegra": "linux-aarch64",
    "windows-x86_64": "win-64",
    "macos-arm64": "osx-arm64",
    "macos-x86_64": "osx-64",
}
"""Platform -> where a channel keeps its packages."""

TOOLKITS = ("pytorch-cuda", "cuda-version", "cudatoolkit")
"""What picks the CUDA of a build; the first says it most exactly."""

_TORCH = {Origin.CONDA_FORGE: ("pytorch",), Origin.PYTORCH: ("pytorch", "pytorch-cpu")}
_LIBRARIES = r"cuda-(?!version)|cudatoolkit$|cudnn$|nccl$|libtorch$|libmagma|lib(?:cu|nv)[a-z]+$"
_CUDA = re.compile(r"(?:^|_)cu(?:da)?(\d+(?:\.\d+)*)")
_NOT_OURS = re.compile(r"rocm|xpu|[cp][py]\d+t(?![a-z])")


@dataclass(frozen=True)
class Record:
    """One package of a channel, as its listing has it.

    `floor` is the glibc that the CUDA libraries which it depends on need.
    """

    name: str
    version: str
    build: str
    number: int
    subdir: str
    depends: tuple[str, ...]
    floor: str | None = None


@dataclass(frozen=True)
class Package:
    """A record, understood. None: it does not say."""

    name: str  # "torch" | "torchvision" | "torchaudio" | "pytorch-cuda"
    version: Version
    build: str | None  # "cu126" | "cpu"; None: one for all
    platform: str | None  # None: any
    number: int
    python: Version | None = None
    runtime: Version | None = None
    toolkits: tuple[str, ...] = ()
    cudnn: Version | None = None
    glibc: Version | None = None
    pins: tuple[str, ...] = ()  # which torch a companion takes: ">=2.6.0,<2.7.0a0"


def names_of(origin: Origin) -> tuple[str, ...]:
    """The packages to ask a channel for."""
    if origin is Origin.CONDA_FORGE:
        return ("pytorch", *COMPANIONS)
    separate = tuple(f"{name}-cpu" for name in COMPANIONS)  # of 1.0 and 1.1
    return (*_TORCH[origin], *COMPANIONS, *separate, "pytorch-cuda")


def is_library(name: str) -> bool:
    """Whether a dependency of torch may need a newer glibc than torch itself."""
    return re.match(_LIBRARIES, name) is not None


def understood(origin: Origin, records: Iterable[Record]) -> tuple[Package, ...]:
    """The records that the matrix may describe; not release candidates, ROCm, free threading."""
    found = (_package(origin, each) for each in records)
    return tuple(each for each in found if each is not None)


def lower_bound(spec: str) -> Version | None:
    """ ">=12.4,<12.5", "12.4.*", "=12.4", "11.0|11.0.*" -> where it begins; "<13", "*" -> None."""
    start = re.search(r">=?\s*(\d+(?:\.\d+)*)", spec) or re.match(r"[=~]*(\d+(?:\.\d+)*)", spec)
    return Version.parse(start[1]) if start else None


def takes(spec: str, version: Version) -> bool:
    """Whether ">=2.6.0,<2.7.0a0", "2.5.1", "2.5.*" or "2.5.1|2.5.2" lets a release in."""
    return any(
        all(_holds(part.strip(), version) for part in either.split(","))
        for either in spec.split("|")
    )


def is_bounded(spec: str) -> bool:
    """Whether a spec leaves later releases out."""
    return re.search(r"<|^=*\d", spec) is not None


def _holds(part: str, version: Version) -> bool:
    found = re.match(r"(>=|<=|==|!=|~=|[<>=]?)\s*v?(\d+(?:\.\d+)*)(.*)", part)
    if not found:
        return True  # "*"
    sign, rest = found[1], found[3]
    bound = _padded(Version.parse(found[2]))
    given = _padded(version)
    is_open = sign == "=" or ".*" in rest or rest == "*"
    same = version.starts_with(Version.parse(found[2])) if is_open else given == bound
    if sign == "~=":
        parent = Version.parse(found[2]).numbers[:-1]
        return given >= bound and version.numbers[: len(parent)] == parent
    # 2.7.0a0 comes before 2.7.0, so that nothing between the two is meant
    return {
        ">=": given >= bound, "<=": given <= bound, ">": given > bound, "<": given < bound,
        "!=": not same,
    }.get(sign, same)  # fmt: skip


def _padded(version: Version) -> tuple[int, ...]:
    return (*version.numbers, 0, 0, 0, 0)[:4]


def _package(origin: Origin, record: Record) -> Package | None:
    if not re.fullmatch(r"\d+(?:\.\d+)*", record.version):
        return None
    needs = _needs(record.depends)
    abis = (each for each in record.depends if each.startswith("python_abi"))
    if _NOT_OURS.search(" ".join((record.build, *abis))) or "python-freethreading" in needs:
        return None
    found = Package(
        _plain_name(origin, record.name), Version.parse(record.version), None,
        _platform(record), record.number,
        python=_python(needs, record.build),
        toolkits=tuple(name for name in TOOLKITS if name in needs),
        pins=tuple(needs[name] for name in _TORCH[origin] if needs.get(name)),
        glibc=max(filter(None, (_glibc(needs), _parse(record.floor))), default=None),
    )  # fmt: skip
    return _with_cuda(found, record, needs)


def _with_cuda(package: Package, record: Record, needs: Mapping[str, str]) -> Package:
    """The build by its string; its CUDA runtime by what picks it, else by the string."""
    named = _CUDA.search(record.build)
    runtime = _runtime(named[1]) if named else None
    is_cpu = runtime is None and (
        named is not None or re.search(r"(?:^|_)cpu(?:_|py|$)", record.build) is not None
    )
    bounds = (lower_bound(needs[name]) for name in package.toolkits)
    picked = next((each.minor() for each in bounds if each), None)
    labelled = None if is_cpu else runtime or picked
    if labelled is not None:
        build: str | None = "cu" + "".join(map(str, labelled.numbers[:2]))
    else:
        build = "cpu" if is_cpu or package.name == "torch" else None
    cudnn = re.search(r"cudnn(\d+(?:\.\d+)*)", record.build)
    return replace(
        package, build=build, runtime=None if is_cpu else picked or runtime,
        cudnn=_parse(cudnn[1]) if cudnn else None,
    )  # fmt: skip


def _runtime(text: str) -> Version | None:
    """ "10.0.130", "100" -> 10.0; "90" -> 9.0; "0.0", which some CPU builds name -> None."""
    version = Version.parse(text if "." in text else f"{text[:-1] or 0}.{text[-1]}").minor()
    return version if version.major else None


def _needs(depends: Iterable[str]) -> dict[str, str]:
    """Name -> all that is asked of its version; a name may stand there several times."""
    found: dict[str, str] = {}
    for name, spec in map(_parted, depends):
        found[name] = ",".join(filter(None, (found.get(name), spec.strip("*") and spec)))
    return found


def _parted(depends: str) -> tuple[str, str]:
    """ "pytorch >=2.6.0,<2.7.0a0 cuda*" -> its name and versions; "pytorch=2.5.1" too."""
    name, _, rest = re.sub(r"(?<=[\w-])\s*(?=[=<>!~])", " ", depends, count=1).partition(" ")
    return name.split("::")[-1], rest.strip().split(" ")[0] or "*"


def _plain_name(origin: Origin, name: str) -> str:
    if name in _TORCH[origin]:
        return "torch"
    return name.removesuffix("-cpu")


def _platform(record: Record) -> str | None:
    if record.subdir == NOARCH:
        return None
    found = next((name for name, each in SUBDIRS.items() if each == record.subdir), record.subdir)
    is_tegra = any(re.match(r"arm-variant\b.*tegra", each) for each in record.depends)
    return f"{found}-tegra" if is_tegra else found


def _python(needs: Mapping[str, str], build: str) -> Version | None:
    spec = needs.get("python_abi") or needs.get("python", "")
    bound = lower_bound(spec) if is_bounded(spec) else None
    named = re.search(r"py(\d)\.?(\d+)", build)
    if bound is not None and len(bound.numbers) > 1:
        return bound.minor()
    return Version.parse(f"{named[1]}.{named[2]}") if named else None


def _glibc(needs: Mapping[str, str]) -> Version | None:
    return lower_bound(needs.get("__glibc", ""))


def _parse(text: str | None) -> Version | None:
    return Version.parse(text) if text else None
