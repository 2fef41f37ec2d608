"""The compatibility matrix as typed values: which builds of torch exist and what each needs.

The facts stand in `compat/*.yaml`; `compat_files/` turns them into these values.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Iterator, NamedTuple, Protocol

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass, field, fields
from gpusetup.basics.versions import Capability, Version
from gpusetup.request import Origin


class Confidence(str, Enum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Build:
    """One build of one torch release, from one origin, for one platform."""

    torch: Version
    build: str  # "cu126" | "cpu"
    origin: Origin
    platform: str  # "linux-x86_64" | "linux-aarch64" | "windows-x86_64" | "macos-arm64" ...
    cuda_runtime: Version | None  # None for CPU builds
    architectures: tuple[Capability, ...]  # compiled (SASS) code
    ptx: tuple[Capability, ...]
    pythons: tuple[Version, ...]  # minors: 3.9, 3.10 ...
    glibc: Version | None = None  # Linux: the oldest it loads on
    macos: Version | None = None  # macOS: the oldest its wheel tag allows
    cudnn: str | None = None
    nccl: str | None = None
    torchvision: Version | None = None  # the companion from the same origin and build
    torchaudio: Version | None = None
    confidence: Confidence = Confidence.HIGH  # that the build exists as described
    architectures_confidence: Confidence = Confidence.HIGH
    wheel_mib: int | None = None
    download_mib: int | None = None  # with all it requires
    source: str = ""
    checked: str = ""
    location: str | None = None  # wheelhouse: the folder or page that holds it
    local: str | None = None  # the local version of the file: "cpu" in 2.13.0+cpu; None: none
    page: str | None = None  # wheel index: "whl/cu126", or a find-links page "whl/....html"
    toolkit: str | None = None  # conda: what picks the CUDA: "cudatoolkit", "pytorch-cuda"
    channels: tuple[str, ...] = ()  # conda: further channels that it needs
    released: str = ""  # "2026-10-28"
    note: str = ""
    only_on_wish: bool = False  # it is there, but its makers do not offer it

    @property
    def is_cpu(self) -> bool:
        return self.cuda_runtime is None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two rows the same build."""
        return self.torch, self.build, self.origin, self.platform, self.macos


@dataclass(frozen=True)
class CudaFamily:
    """The minimum driver of a CUDA runtime, by operating system, for wheels that bundle it.

    `exact` says that minor-version compatibility does not apply (before CUDA 11).
    """

    cuda_runtime: Version
    minimum_linux: Version
    minimum_windows: Version
    exact: bool = False
    ptx_minimum_linux: Version | None = None  # JIT of PTX needs the toolkit's own driver
    ptx_minimum_windows: Version | None = None
    note: str = ""
    source: str = ""
    checked: str = ""


@dataclass(frozen=True)
class CudaToolkit:
    """One toolkit release with the minimum driver that NVIDIA's table names for it."""

    version: Version
    branch: int
    minimum_linux: Version | None = None
    minimum_windows: Version | None = None
    source: str = ""
    checked: str = ""


@dataclass(frozen=True)
class DriverBranch:
    """One branch of the driver: R580."""

    branch: int
    cuda_version: Version | None  # what nvidia-smi shows
    state: str  # "current" | "long-term" | "superseded" | "end-of-life" | "legacy"
    end_of_life: str | None = None
    note: str = ""
    source: str = ""
    checked: str = ""


@dataclass(frozen=True)
class Generation:
    """A GPU architecture (Kepler ... Blackwell) with the driver branches that drive it."""

    name: str
    capabilities: tuple[Capability, ...]
    first_branch: int | None
    last_branch: int | None  # None: still driven
    open_module: str  # "required" | "works" | "no"
    jetson: bool = False  # its driver comes with the system: the branches do not apply
    note: str = ""
    source: str = ""
    checked: str = ""


@dataclass(frozen=True)
class Chip:
    """GA102: what is printed on the silicon, and what PCI ids name."""

    name: str
    architecture: str
    compute_capability: Capability
    source: str = ""
    checked: str = ""


@dataclass(frozen=True)
class GpuModel:
    """A card as sold. Figures are None where no source gives them."""

    name: str
    chip: str | None = None
    architecture: str | None = None
    compute_capability: Capability | None = None
    memory_gb: float | None = None
    power_w: int | None = None
    figures: dict[str, float] = field(default_factory=dict)  # "bandwidth_gb_s", "fp32_tflops" ...
    source: str = ""
    checked: str = ""
    memory_options: tuple[float, ...] = ()  # where it is sold with several; memory_gb: the smallest
    chips: tuple[str, ...] = ()  # all that the name was sold with; `chip`: the first


@dataclass(frozen=True)
class Reference:
    """What a card was measured at: a figure of the benchmark, in TFLOP/s or GB/s."""

    gpu: str
    figure: str  # "matmul-bfloat16"
    value: float
    reports: int | None = None  # the median of so many; None: the source's own measurement
    source: str = ""
    checked: str = ""


@dataclass(frozen=True)
class Rate:
    """What a multiprocessor does in a clock, of which the theoretical peak is computed."""

    capability: Capability
    cards: str  # only those whose name has this word; empty: all others
    cores: int  # for float32, two operations per clock each
    tensor: int | None = None  # operations per clock in float16, added up in float32, dense
    source: str = ""
    checked: str = ""


@dataclass(frozen=True)
class Trap:
    """A known defect of a range of builds: a pin to add, or a combination to refuse."""

    id: str
    torch: str  # specifier set
    pins: tuple[str, ...] = ()  # "numpy<2"
    platforms: tuple[str, ...] = ()  # empty: all
    origins: tuple[Origin, ...] = ()
    pythons: tuple[Version, ...] = ()
    source: str = ""
    builds: tuple[str, ...] = ()
    architectures: tuple[Capability, ...] = ()  # only for GPUs that run this code
    refuse: bool = False  # not to be chosen at all
    note: str = ""
    note_zh: str = ""  # the same in Chinese
    checked: str = ""


@dataclass(frozen=True)
class Companion:
    """The wheels of one torchvision or torchaudio release for one platform."""

    name: str  # "torchvision" | "torchaudio"
    version: Version
    platform: str
    pythons: tuple[Version, ...]
    excluded_pythons: tuple[Version, ...] = ()  # 3.14.1
    builds: tuple[str, ...] = ()  # the builds that exist; empty: those of its torch
    cuda_check: str | None = None  # "minor" | "major": how it compares its CUDA with torch's
    yanked: bool = False  # taken back on PyPI: installed only where it is asked for by number
    source: str = ""
    checked: str = ""


class PciDevice(NamedTuple):
    """What a PCI device id tells. From a range of ids: without a name."""

    chip: str
    architecture: str | None
    compute_capability: Capability | None
    name: str | None


@dataclass(frozen=True)
class PciRange:
    """Ids that are not listed get the chip of the ids around them."""

    start: int
    end: int
    chips: tuple[str, ...]
    compute_capability: Capability | None  # None: several there
    source: str = ""
    checked: str = ""


class Parts(Protocol):
    """Where a matrix takes its tables from, on demand."""

    def part(self, name: str) -> object: ...

    def builds_for(self, platform: str) -> tuple[Build, ...]: ...


@dataclass(frozen=True)
class Matrix:
    """All facts. Ask through the methods; the tables are for listing."""

    builds: tuple[Build, ...]
    cuda: tuple[CudaFamily, ...]
    branches: tuple[DriverBranch, ...] = field(default_factory=tuple)
    generations: tuple[Generation, ...] = field(default_factory=tuple)
    gpus: tuple[GpuModel, ...] = field(default_factory=tuple)
    pci: dict[str, tuple[str, Capability | None, str | None]] = field(default_factory=dict)
    traps: tuple[Trap, ...] = field(default_factory=tuple)
    updated: str = field(default_factory=str)
    toolkits: tuple[CudaToolkit, ...] = field(default_factory=tuple)
    companions: tuple[Companion, ...] = field(default_factory=tuple)
    chips: tuple[Chip, ...] = field(default_factory=tuple)
    pci_ranges: tuple[PciRange, ...] = field(default_factory=tuple)
    minimum_gpusetup: str = field(default_factory=str)
    references: tuple[Reference, ...] = field(default_factory=tuple)
    rates: tuple[Rate, ...] = field(default_factory=tuple)

    @classmethod
    def lazy(cls, parts: Parts) -> Matrix:
        """A matrix that reads each table when it is first asked for."""
        matrix = object.__new__(cls)
        matrix.__dict__["_parts"] = parts
        return matrix

    if not TYPE_CHECKING:  # it would hide misspelt names from mypy

        def __getattr__(self, name: str) -> object:
            """A table that was not read yet. Defaults are factories so that they do not hide it."""
            parts = self.__dict__.get("_parts")
            if parts is None or all(name != each.name for each in fields(self)):
                raise AttributeError(name)
            return self.__dict__.setdefault(name, parts.part(name))

    def builds_for(self, platform: str) -> tuple[Build, ...]:
        """The builds for one platform key, newest torch first."""
        known: dict[str, tuple[Build, ...]] = self.__dict__.setdefault("_by_platform", {})
        if platform not in known:
            parts: Parts | None = self.__dict__.get("_parts")
            found = parts.builds_for(platform) if parts else newest_first(self.builds, platform)
            known[platform] = found
        return known[platform]

    def cuda_family(self, runtime: Version) -> CudaFamily | None:
        """The driver requirement of a CUDA runtime (12.6 for 12.6.3 too)."""
        return next((row for row in self.cuda if runtime.starts_with(row.cuda_runtime)), None)

    def generation(self, capability: Capability) -> Generation | None:
        """The architecture that a compute capability belongs to."""
        return next((row for row in self.generations if capability in row.capabilities), None)

    def branch_drives(self, branch: int, capability: Capability) -> bool | None:
        """Whether a driver branch drives a GPU. None: not known, or a Jetson."""
        row = self.generation(capability)
        if row is None or row.jetson:
            return None
        if row.last_branch is not None and branch > row.last_branch:
            return False
        return row.first_branch is None or branch >= row.first_branch

    def companion(self, name: str, version: Version, platform: str) -> Companion | None:
        """The wheels of a torchvision or torchaudio release for one platform."""
        wanted = (name, version, platform)
        return next(
            (row for row in self.companions if (row.name, row.version, row.platform) == wanted),
            None,
        )

    def chip(self, name: str) -> Chip | None:
        return next((row for row in self.chips if row.name == name), None)

    def pci_device(self, device_id: str) -> PciDevice | None:
        """What is known of "2684"; of an id that is not listed, what its range tells."""
        known = self.pci.get(device_id.lower())
        if known:
            chip = self.chip(known[0])
            return PciDevice(known[0], chip.architecture if chip else None, known[1], known[2])
        number = int(device_id, 16)
        for row in self.pci_ranges:
            if row.start <= number <= row.end:
                chip = self.chip(row.chips[0])
                architecture = chip.architecture if chip else None
                return PciDevice(row.chips[0], architecture, row.compute_capability, None)
        return None

    def capability_of_name(self, name: str) -> Capability | None:
        """The compute capability that all models of this name, possibly cut off, have."""
        found = {gpu.compute_capability for gpu in gpus_named(self.gpus, name)}
        return found.pop() if len(found) == 1 else None


def newest_first(builds: tuple[Build, ...], platform: str) -> tuple[Build, ...]:
    """The builds of one platform, newest torch first; equal ones in the order of the rows."""
    found = [build for build in builds if build.platform == platform]
    return tuple(sorted(found, key=lambda build: build.torch, reverse=True))


def gpus_named(gpus: tuple[GpuModel, ...], name: str) -> tuple[GpuModel, ...]:
    """The models that a printed name may mean: one, or all that begin so where it ends in "..."."""
    wanted = _plain(name)
    if wanted.endswith("..."):
        start = wanted[:-3].rstrip()
        return tuple(gpu for gpu in gpus if start and _plain(gpu.name).startswith(start))
    for form in _forms(wanted):
        found = tuple(gpu for gpu in gpus if _plain(gpu.name) == form)
        if found:  # "RTX 2080 SUPER" is a desktop card, "RTX 2080 Super" a mobile one
            spelt = tuple(gpu for gpu in found if name.strip().endswith(_bare(gpu.name)))
            return spelt or found
    return ()


_VENDOR = ("tesla ", "quadro ", "grid ")
_SUFFIXES = pattern(r" (?:laptop gpu|with max-q design|mobile|mig \S+)$|-\d+[abcq]$")


def _plain(name: str) -> str:
    """ "NVIDIA  GeForce RTX 3090" -> "geforce rtx 3090"."""
    return " ".join(name.lower().split()).removeprefix("nvidia ")


def _bare(name: str) -> str:
    return name.removeprefix("NVIDIA ")


def _forms(name: str) -> Iterator[str]:
    """The name, then the same card without what laptops, MIG slices and vGPUs add to it."""
    for form in dict.fromkeys((name, _SUFFIXES.sub("", name))):
        yield form
        bare = next((form[len(each) :] for each in _VENDOR if form.startswith(each)), form)
        yield bare
        yield from (vendor + bare for vendor in _VENDOR)
