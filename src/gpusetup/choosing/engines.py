"""Who makes the environment."""

from __future__ import annotations

from gpusetup.machine import Conda, Machine
from gpusetup.matrix import Build
from gpusetup.packages import wants_compiler
from gpusetup.request import Engine, Request


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
        return Engine(machine.conda.kind)
    asks_channels = build.origin.is_conda or wants_channels(request)
    return Engine.RATTLER if asks_channels else Engine.UV


def wants_channels(request: Request) -> bool:
    """Whether something beside torch is wished that only channels have."""
    file = request.requirements
    return wants_compiler(request.packages) or (file is not None and file.needs_conda)
