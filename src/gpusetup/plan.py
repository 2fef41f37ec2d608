"""A choice becomes steps: what is shown is made from these, and these are what is run. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from gpusetup.choice import Choice, expected_device
from gpusetup.engines import conda_engine, specs, uv
from gpusetup.engines.activation import activation_files
from gpusetup.engines.more import (
    More,
    install_requirements,
    more_of,
    requirement_files,
    requirement_words,
    with_more,
)
from gpusetup.engines.specs import Wanted
from gpusetup.engines.uv import Place
from gpusetup.machine import Installers, Machine
from gpusetup.request import Engine, Request
from gpusetup.steps import Command, Plan, Step, Undo, UndoKind, WriteFile

BASE_PACKAGES = ("numpy", "pip")
"""What a newcomer expects beside torch: it warns without numpy, and courses say `pip install`."""

SNAPSHOT = ("gpusetup", "before.txt")
MOVE = "move-aside"


@dataclass(frozen=True)
class Setting:
    """What is already at the place, and what shall happen to it."""

    before: str | None = None  # --into: what is installed there now, as `uv pip freeze` says it
    aside: str | None = None  # move the environment that is there to this path first
    benchmark: bool = True
    default_index: str | None = None  # instead of a package index that cannot be reached
    simulated: bool = False  # the machine is a profile


def make_plan(
    choice: Choice, request: Request, machine: Machine, place: Place, setting: Setting
) -> Plan:
    """The steps of an installation, in order."""
    more = more_of(choice, request, machine)
    conda = _asked_of_conda(choice, machine, place, setting, more)
    steps: list[Step] = [*_room(place, setting)]
    if setting.before is not None:
        steps.append(_snapshot(place, setting.before))
    else:
        steps.append(conda[0] if conda else uv.create_environment(place, machine.installers))
    if conda:
        steps += activation_files(place)
    if choice.build.origin.is_conda:
        steps.append(_pinned(choice, place))
        steps += _requirements(choice, place, machine.installers, more, setting)
    else:
        steps += _wheels(choice, place, machine.installers, more, setting)
    steps.append(_prove("verify", place, expected_device(choice, machine)))
    if setting.benchmark:
        steps.append(_prove("benchmark", place))
    return Plan(tuple(steps), place.prefix, place.python, conda[1] if conda else None)


def _asked_of_conda(
    choice: Choice, machine: Machine, place: Place, setting: Setting, more: More
) -> tuple[Command, Command] | None:
    """What a conda engine does, and the same as a question; None where uv makes all."""
    engine = choice.engine
    if engine is Engine.UV or setting.before is not None:
        return None
    if choice.build.origin.is_conda:
        wanted, text = specs.wanted(choice, BASE_PACKAGES, more.packages), "step.create-with-torch"
        env = specs.overrides(choice, machine, simulated=setting.simulated)
    else:
        wanted, text, env = specs.wanted_python(choice.python), "step.create-env", {}
    wanted = with_more(wanted, more)
    wanted = Wanted(tuple(map(place.channel, wanted.channels)), wanted.specs)
    module = conda_engine(engine)
    if place.package_cache:
        env = {**env, module.cache_variable: place.package_cache}
    return (
        module.create(place.conda, place.prefix, wanted, env, text),
        module.dry_run(place.conda, place.prefix, wanted, env),
    )


def _pinned(choice: Choice, place: Place) -> WriteFile:
    """Keep torch as it is: a later `conda install` could otherwise bring a CPU build."""
    parts = [each.split("=") for each in specs.torch_specs(choice)]
    lines = [" ".join(each) for each in parts if len(each) == 3]
    content = "\n".join(lines) + "\n"
    return WriteFile("write-config", place.within("conda-meta", "pinned"), content, "step.pinned")


def _wheels(
    choice: Choice, place: Place, installers: Installers, more: More, setting: Setting
) -> list[Step]:
    files = uv.write_configuration(
        choice, place, BASE_PACKAGES, more.packages, installers, setting.default_index
    )
    wished = requirement_files(more, choice, place)
    return [*files, *wished, *_installs(place, installers, more, wished, setting)]


def _requirements(
    choice: Choice, place: Place, installers: Installers, more: More, setting: Setting
) -> list[Step]:
    """A repository's list for pip, beside a channel's torch."""
    files = requirement_files(more, choice, place)
    if not files:
        return []
    settings = uv.write_settings(choice, place, installers, setting.default_index)
    return [settings, *files, install_requirements(place, installers, files)]


def _room(place: Place, setting: Setting) -> list[Step]:
    """Move an environment that is in the way aside; it is kept whole."""
    if not setting.aside:
        return []
    return [
        Command(
            id=MOVE,
            argv=("mv", "--", place.prefix, setting.aside),
            text="step.move-aside",
            undo=Undo(UndoKind.COMMAND, argv=("mv", "--", setting.aside, place.prefix)),
            timeout_s=600,
        )
    ]


def _installs(
    place: Place,
    installers: Installers,
    more: More,
    wished: tuple[WriteFile, ...],
    setting: Setting,
) -> list[Step]:
    steps = [uv.install(place, installers)]
    if more.packages or wished:
        words = requirement_words(wished)
        steps.append(uv.install(place, installers, extra=bool(more.packages), more=words))
    if setting.before is None:
        return list(steps)
    argv = uv.go_back(place, place.within(*SNAPSHOT), setting.before)
    undo = Undo(UndoKind.COMMAND, argv=argv)
    return [dataclasses.replace(steps[0], undo=undo), *steps[1:]]


def _snapshot(place: Place, before: str) -> WriteFile:
    """What is installed now, so that it can be had back."""
    # a package from a private repository is named with its password
    path = place.within(*SNAPSHOT)
    return WriteFile("write-config", path, before, "step.snapshot", mode=0o600, secret=True)


def _prove(kind: str, place: Place, device: str = "auto") -> Command:
    """The proof as a command that can be typed; `init` runs the same code in its own process."""
    if kind == "benchmark":
        argv: tuple[str, ...] = ("gpusetup", "bench", "--quick", "--python", place.python)
    else:
        argv = ("gpusetup", "verify", "--quick", "--expected", device, "--python", place.python)
    return Command(id=kind, argv=argv, text=f"step.{kind}", timeout_s=600)
