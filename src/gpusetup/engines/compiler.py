"""nvcc of exactly the CUDA of a build, inside the environment: from where, or why not. Pure.

- conda-forge has it from CUDA 12.0 on, with headers that sit beside each other and the C++ compiler
  that it works with.
- NVIDIA's channel has CUDA 11.3 to 11.8 (and the 12 of the pytorch channel's builds). Each release
  has a label of its own there; without it parts of newer releases come along.
- NVIDIA's wheels for CUDA 11 and 12 hold `ptxas` but no nvcc. Those for CUDA 13 do, without a C++
  compiler.
"""

from __future__ import annotations

from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Reason
from gpusetup.machine import Machine, Os
from gpusetup.request import Engine, Origin

_ON_CONDA_FORGE = Version.parse("12.0")
_ON_NVIDIAS_CHANNEL = Version.parse("11.3")
_IN_WHEELS = Version.parse("13.0")
_TAKES_GCC_11 = Version.parse("11.4")


@dataclass(frozen=True)
class Compiler:
    """What brings nvcc: packages for conda with their channels, or requirements for uv."""

    specs: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()  # before all others: parts of one CUDA belong together
    requirements: tuple[str, ...] = ()


def compiler_for(choice: Choice, machine: Machine) -> Compiler | Reason:
    """What to install for nvcc, or why it cannot be had."""
    runtime = choice.build.cuda_runtime
    if runtime is None or machine.os is Os.MACOS:
        return Reason("compiler.no-cuda", {"build": choice.build.build})
    release = runtime.minor()
    if choice.engine is Engine.UV:
        return _of_wheels(release)
    if choice.build.origin is not Origin.PYTORCH and release >= _ON_CONDA_FORGE:
        return Compiler(_cuda_specs(release))
    if release < _ON_NVIDIAS_CHANNEL:
        return Reason("compiler.too-old", {"cuda": str(release)})
    label = f"nvidia/label/cuda-{release}.0"
    return Compiler((*_cuda_specs(release), *_host_compiler(release, machine)), (label,))


def _cuda_specs(release: Version) -> tuple[str, ...]:
    """nvcc, and the headers of the libraries that torch's own headers include."""
    return f"cuda-nvcc={release}", f"cuda-libraries-dev={release}"


def _host_compiler(release: Version, machine: Machine) -> tuple[str, ...]:
    """NVIDIA's packages bring none. On Windows it is Visual Studio, which no channel has."""
    if machine.os is Os.WINDOWS:
        return ()
    arch = "64" if machine.platform.endswith("x86_64") else "aarch64"
    return (f"gxx_linux-{arch}={'11' if release >= _TAKES_GCC_11 else '10'}",)


def _of_wheels(release: Version) -> Compiler | Reason:
    if release < _IN_WHEELS:
        return Reason("compiler.not-in-wheels", {"cuda": str(release)})
    return Compiler(requirements=(f"cuda-toolkit[nvcc,cccl]=={release}.*",))


def compiler_warning(machine: Machine, engine: Engine) -> Reason | None:
    """What nvcc needs and no package brings."""
    if machine.os is Os.WINDOWS:
        return Reason("compiler.needs-visual-studio")
    return Reason("compiler.needs-gcc") if engine is Engine.UV else None
