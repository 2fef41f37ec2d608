"""A choice becomes steps: what is shown is made from these, and these are what is run. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from gpusetup.choice import Choice, expected_device
from gpusetup.engines import uv
from gpusetup.engines.uv import Place
from gpusetup.machine import Installers, Machine
from gpusetup.packages import extra_packages
from gpusetup.request import Request
from gpusetup.steps import Command, Plan, Step, Undo, UndoKind, WriteFile

BASE_PACKAGES = ("numpy", "pip")
"""What a newcomer expects beside torch: it warns without numpy, and courses say `pip install`."""

_SNAPSHOT = ("gpusetup", "before.txt")


@dataclass(frozen=True)
class Setting:
    """What is already at the place, and what shall happen to it."""

    before: str | None = None  # --into: what is installed there now, as `uv pip freeze` says it
    aside: str | None = None  # move the environment that is there to this path first
    benchmark: bool = True
    default_index: str | None = None  # instead of a package index that cannot be reached


def make_plan(
    choice: Choice, request: Request, machine: Machine, place: Place, setting: Setting
) -> Plan:
    """The steps of a wheel installation by uv, in order."""
    extra = extra_packages(request.packages, choice.build.origin)
    installers = machine.installers
    steps: list[Step] = [*_room(place, setting)]
    if setting.before is None:
        steps.append(uv.create_environment(place))
    else:
        steps.append(_snapshot(place, setting.before))
    steps += uv.write_configuration(
        choice, place, BASE_PACKAGES, extra, installers, setting.default_index
    )
    steps += _installs(place, installers, bool(extra), setting)
    steps.append(_prove("verify", place, expected_device(choice, machine)))
    if setting.benchmark:
        steps.append(_prove("benchmark", place))
    return Plan(tuple(steps), place.prefix, place.python)


def _room(place: Place, setting: Setting) -> list[Step]:
    """Move an environment that is in the way aside; it is kept whole."""
    if not setting.aside:
        return []
    return [
        Command(
            id="move-aside",
            argv=("mv", "--", place.prefix, setting.aside),
            text="step.move-aside",
            undo=Undo(UndoKind.COMMAND, argv=("mv", "--", setting.aside, place.prefix)),
            timeout_s=600,
        )
    ]


def _installs(
    place: Place, installers: Installers, with_extra: bool, setting: Setting
) -> list[Step]:
    steps = [uv.install(place, installers)]
    if with_extra:
        steps.append(uv.install(place, installers, extra=True))
    if setting.before is None:
        return list(steps)
    argv = uv.go_back(place, place.within(*_SNAPSHOT), setting.before)
    undo = Undo(UndoKind.COMMAND, argv=argv)
    return [dataclasses.replace(steps[0], undo=undo), *steps[1:]]


def _snapshot(place: Place, before: str) -> WriteFile:
    """What is installed now, so that it can be had back."""
    return WriteFile("write-config", place.within(*_SNAPSHOT), before, "step.snapshot")


def _prove(kind: str, place: Place, device: str = "auto") -> Command:
    """The proof as a command that can be typed; `init` runs the same code in its own process."""
    if kind == "benchmark":
        argv: tuple[str, ...] = ("gpusetup", "bench", "--quick", "--python", place.python)
    else:
        argv = ("gpusetup", "verify", "--quick", "--expected", device, "--python", place.python)
    return Command(id=kind, argv=argv, text=f"step.{kind}", timeout_s=600)
