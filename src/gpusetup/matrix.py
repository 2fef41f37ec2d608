"""The compatibility matrix as typed values: which builds of torch exist and what each needs.

The facts stand in `compat/*.yaml`; `matrix_file.py` turns them into these values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from gpusetup.request import Origin
from gpusetup.versions import Capability, Version


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

    @property
    def is_cpu(self) -> bool:
        return self.cuda_runtime is None


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
    source: str = ""


@dataclass(frozen=True)
class DriverBranch:
    """One branch of the driver: R580."""

    branch: int
    cuda_version: Version | None  # what nvidia-smi shows
    state: str  # "current" | "long-term" | "superseded" | "end-of-life" | "legacy"
    end_of_life: str | None = None
    source: str = ""


@dataclass(frozen=True)
class Generation:
    """A GPU architecture (Kepler ... Blackwell) with the driver branches that drive it."""

    name: str
    capabilities: tuple[Capability, ...]
    first_branch: int | None
    last_branch: int | None  # None: still driven
    open_module: str  # "required" | "works" | "no"
    source: str = ""


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


@dataclass(frozen=True)
class Matrix:
    """All facts. Ask through the methods; the tables are for listing."""

    builds: tuple[Build, ...]
    cuda: tuple[CudaFamily, ...]
    branches: tuple[DriverBranch, ...] = ()
    generations: tuple[Generation, ...] = ()
    gpus: tuple[GpuModel, ...] = ()
    pci: dict[str, tuple[str, Capability | None, str | None]] = field(default_factory=dict)
    traps: tuple[Trap, ...] = ()
    updated: str = ""

    def builds_for(self, platform: str) -> tuple[Build, ...]:
        """The builds for one platform key, newest torch first."""
        found = [build for build in self.builds if build.platform == platform]
        return tuple(sorted(found, key=lambda build: build.torch, reverse=True))

    def cuda_family(self, runtime: Version) -> CudaFamily | None:
        """The driver requirement of a CUDA runtime (12.6 for 12.6.3 too)."""
        return next((row for row in self.cuda if runtime.starts_with(row.cuda_runtime)), None)

    def generation(self, capability: Capability) -> Generation | None:
        """The architecture that a compute capability belongs to."""
        return next((row for row in self.generations if capability in row.capabilities), None)
