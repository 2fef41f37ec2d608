"""What is wanted: the wishes of `init`, `plan` and `export`, checked and typed."""

from __future__ import annotations

from enum import Enum

from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version
from gpusetup.requirement_files import Requirements


class Origin(str, Enum):
    """Where torch comes from."""

    PYPI = "pypi"
    WHEEL_INDEX = "wheel-index"
    CONDA_FORGE = "conda-forge"
    PYTORCH = "pytorch"
    WHEELHOUSE = "wheelhouse"

    @property
    def is_conda(self) -> bool:
        return self in (Origin.CONDA_FORGE, Origin.PYTORCH)


class Engine(str, Enum):
    """Who makes the environment and installs into it."""

    AUTO = "auto"
    UV = "uv"
    CONDA = "conda"
    MAMBA = "mamba"
    MICROMAMBA = "micromamba"
    RATTLER = "rattler"


class GpuPolicy(str, Enum):
    ALL = "all"
    NEWEST = "newest"


@dataclass(frozen=True)
class Request:
    """The wishes. None means "choose for me".

    `torch` is a PEP 440 specifier set ("==2.7.1", ">=2.4,<2.6") or None for the newest.
    `build` is "cpu" or "cu126"; `cuda` is a CUDA runtime "12.6" (or a family "12").
    """

    name: str | None = None
    torch: str | None = None
    build: str | None = None
    cuda: Version | None = None
    python: Version | None = None
    engine: Engine = Engine.AUTO
    origin: Origin | None = None
    wheelhouse: str | None = None
    prefix: str | None = None
    into: str | None = None
    replace: bool = False
    mirror: str = "auto"
    packages: tuple[str, ...] = ()  # --with, import or package names, as the user wrote them
    requirements: Requirements | None = None
    gpu_policy: GpuPolicy = GpuPolicy.ALL
    for_kind: tuple[str, ...] = ()  # of the surveyed kinds of nodes, only these

    @property
    def wants_cpu(self) -> bool:
        return self.build == "cpu"


def wished_by_file(request: Request) -> bool:
    """Whether it is a requirements file that asks for this torch, and not the user."""
    file = request.requirements
    return file is not None and file.torch is not None and request.torch == file.torch
