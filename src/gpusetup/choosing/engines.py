"""Who makes the environment."""

from __future__ import annotations

from gpusetup.basics.versions import Version
from gpusetup.machine import Conda, Machine
from gpusetup.matrix.rows import Build
from gpusetup.packages import wants_compiler
from gpusetup.request import Engine, Request

_FIRST_MAMBA_2 = Version.parse("2.0.0")
_FIRST_WITH_PATTERNS = Version.parse("2.0.6")


def pick_engine(machine: Machine, request: Request, build: Build) -> Engine:
    """The wished engine; else the conda found on the machine; else uv, or rattler for channels.

    Channels are needed for torch from one, for the packages of an `environment.yml`, and for nvcc.
    Into an environment that is there a wheel goes by uv: nothing is left for conda to do.
    """
    if request.into and not build.origin.is_conda:
        return Engine.UV
    if request.engine is not Engine.AUTO:
        return request.engine
    if isinstance(machine.conda, Conda):
        unfit = build.origin.is_conda and not reads_patterns(machine.conda)
        return Engine.RATTLER if unfit else Engine(machine.conda.kind)
    asks_channels = build.origin.is_conda or wants_channels(request)
    return Engine.RATTLER if asks_channels else Engine.UV


def reads_patterns(conda: Conda) -> bool:
    """Whether it takes `pytorch=2.5.1=py3.12_cuda12.4*`: mamba 2.0.0 to 2.0.5 find nothing then.

    Source: mamba's changelog, 2.0.6 ("Support globs in MatchSpec build strings").
    """
    if conda.kind == "conda":
        return True
    version = Version.told(conda.version)
    return version is None or not _FIRST_MAMBA_2 <= version < _FIRST_WITH_PATTERNS


def wants_channels(request: Request) -> bool:
    """Whether something beside torch is wished that only channels have."""
    file = request.requirements
    return wants_compiler(request.packages) or (file is not None and file.needs_conda)
