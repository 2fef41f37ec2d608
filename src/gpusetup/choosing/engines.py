"""Who makes the environment."""

from __future__ import annotations

from gpusetup.machine import Conda, Machine
from gpusetup.matrix import Build
from gpusetup.request import Engine, Request


def pick_engine(machine: Machine, request: Request, build: Build) -> Engine:
    """The wished engine; else the conda found on the machine; else uv, or rattler for channels.

    Into an environment that is there a wheel goes by uv: nothing is left for conda to do.
    """
    if request.into and not build.origin.is_conda:
        return Engine.UV
    if request.engine is not Engine.AUTO:
        return request.engine
    if isinstance(machine.conda, Conda):
        return Engine(machine.conda.kind)
    return Engine.RATTLER if build.origin.is_conda else Engine.UV
