"""Which Python the environment gets."""

from __future__ import annotations

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason
from gpusetup.choosing.sources import Sources
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build
from gpusetup.request import Engine, Origin, Request

_CONDA_ENGINES = (Engine.CONDA, Engine.MAMBA, Engine.MICROMAMBA, Engine.RATTLER)


def pick_python(
    machine: Machine,
    request: Request,
    sources: Sources,
    engine: Engine,
    pythons: tuple[Version, ...],
) -> Version | None:
    """The minor to use out of those that a build supports, or None where none can be had.

    A wish is taken as it is. Without one, the newest of those found on the machine or obtainable
    from a *reached* source: uv's downloads when they were probed, a channel when a conda engine
    makes the environment. Where nothing was probed (`--machine`), nothing is known to be
    reached: the interpreter that the profile names comes first, then the newest other one it
    names, and only when none of them suits the newest is assumed to be obtainable, so that an
    old interpreter never turns a newer torch away.
    """
    supported = sorted(pythons, reverse=True)
    if request.python is not None:
        wished = request.python.minor()
        return next((each for each in supported if each == wished), None)
    if obtainable(sources, engine):
        return supported[0] if supported else None
    usual = [
        each for each in supported if machine.python and each == machine.python.version.minor()
    ]
    other = {each.version.minor() for each in machine.other_pythons}
    found = [each for each in supported if each in other]
    if sources.python_downloads is False:
        return max((*usual, *found), default=None)
    return next(iter((*usual, *found, *supported)), None)


def obtainable(sources: Sources, engine: Engine) -> bool:
    """Whether any Python is known to be obtainable."""
    if sources.python_downloads:
        return True
    if engine not in _CONDA_ENGINES:
        return False
    return any(reach.reached and reach.origin is Origin.CONDA_FORGE for reach in sources.reaches)


def python_failure(machine: Machine, request: Request, build: Build) -> Reason:
    """Why no Python of the wish, or of the machine, suits a build."""
    supported = ", ".join(str(each) for each in sorted(build.pythons)) or "-"
    if request.python is not None:
        facts = {"python": str(request.python), "supported": supported}
        return Reason("choose.python-not-supported", facts)
    found = [each.version.minor() for each in (machine.python, *machine.other_pythons) if each]
    shown = ", ".join(str(each) for each in sorted(set(found))) or "-"
    return Reason("choose.python-not-found", {"found": shown, "supported": supported})
