"""A choice becomes steps: what is shown is made from these, and these are what is run. Pure."""

from __future__ import annotations

from typing import Sequence

from gpusetup.basics.values import dataclass
from gpusetup.choosing.choice import Choice, expected_device
from gpusetup.engines import conda_engine, rattler, specs, uv
from gpusetup.engines.activation import activation_files
from gpusetup.engines.held import Held, pins_of_others, torch_packages
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
from gpusetup.steps import KEEP_OLD, PUT_BACK, Command, Plan, Step, Undo, UndoKind, WriteFile

BASE_PACKAGES = ("numpy", "pip")
"""What a newcomer expects beside torch: it warns without numpy, and courses say `pip install`."""

MOVE = "move-aside"
KEEP = "keep-old"


@dataclass(frozen=True)
class Setting:
    """What is already at the place, and what shall happen to it."""

    keep: str | None = None  # --into: where the environment is kept as it was
    held: Held | None = None  # --into: what a conda environment holds
    activates: bool = True  # --into: there are files that activate it
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
    if setting.keep is not None:
        steps.append(_keep(place, setting.keep))
        steps += _without_conda_torch(choice, place, setting.held)
    if conda:
        steps.append(conda[0])
    elif setting.keep is None:
        steps.append(uv.create_environment(place, machine.installers))
    if (conda and setting.keep is None) or not setting.activates:
        steps += activation_files(place)
    if choice.build.origin.is_conda:
        steps.append(_pinned(choice, place, setting.held))
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
    engine, env = choice.engine, specs.overrides(choice, machine, simulated=setting.simulated)
    if engine is Engine.UV or (setting.keep is not None and not choice.build.origin.is_conda):
        return None
    if setting.keep is not None:
        wanted = specs.wanted_into(choice, BASE_PACKAGES, more.packages, setting.held or Held())
        text = "step.install-torch"
    elif choice.build.origin.is_conda:
        wanted, text = specs.wanted(choice, BASE_PACKAGES, more.packages), "step.create-with-torch"
    else:
        wanted, text, env = specs.wanted_python(choice.python), "step.create-env", {}
    wanted = with_more(wanted, more)
    wanted = Wanted(tuple(map(place.channel, wanted.channels)), wanted.specs)
    module = conda_engine(engine)
    if place.package_cache:
        env = {**env, module.cache_variable: place.package_cache}
    if setting.keep is not None:
        return (
            module.install(place.conda, place.prefix, wanted, env, text),
            module.dry_install(place.conda, place.prefix, wanted, env),
        )
    return (
        module.create(place.conda, place.prefix, wanted, env, text),
        module.dry_run(place.conda, place.prefix, wanted, env),
    )


def _pinned(choice: Choice, place: Place, held: Held | None) -> WriteFile:
    """Keep torch as it is: a later `conda install` could otherwise bring a CPU build."""
    parts = [each.split("=") for each in specs.torch_specs(choice)]
    lines = [" ".join(each) for each in parts if len(each) == 3]
    return _pinned_file(place, [*pins_of_others(held), *lines])


def _pinned_file(place: Place, lines: Sequence[str]) -> WriteFile:
    content = "".join(f"{line}\n" for line in lines)
    return WriteFile("write-config", place.within("conda-meta", "pinned"), content, "step.pinned")


def _without_conda_torch(choice: Choice, place: Place, held: Held | None) -> list[Step]:
    """Before a wheel: conda's own torch goes, or conda would believe that it is still there."""
    if held is None or choice.build.origin.is_conda:
        return []
    names = torch_packages(held)
    steps: list[Step] = []
    if names:
        steps.append(rattler.remove(place.prefix, names))
    others = pins_of_others(held)
    if len(others) < len(held.pinned):
        steps.append(_pinned_file(place, others))
    return steps


def _wheels(
    choice: Choice, place: Place, installers: Installers, more: More, setting: Setting
) -> list[Step]:
    files = uv.write_configuration(
        choice, place, BASE_PACKAGES, more.packages, installers, setting.default_index
    )
    wished = requirement_files(more, choice, place)
    return [*files, *wished, *_installs(place, installers, more, wished)]


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
    place: Place, installers: Installers, more: More, wished: tuple[WriteFile, ...]
) -> list[Step]:
    steps: list[Step] = [uv.install(place, installers)]
    if more.packages or wished:
        words = requirement_words(wished)
        steps.append(uv.install(place, installers, extra=bool(more.packages), more=words))
    return steps


def _keep(place: Place, kept: str) -> Command:
    """Keep the environment as it is, so that it can be had back to the last bit."""
    words = ("--prefix", place.prefix, "--at", kept)
    return Command(
        id=KEEP,
        argv=(*KEEP_OLD, *words),
        text="step.keep-old",
        undo=Undo(UndoKind.COMMAND, path=place.prefix, argv=(*PUT_BACK, *words)),
        timeout_s=3600,
    )


def _prove(kind: str, place: Place, device: str = "auto") -> Command:
    """The proof as a command that can be typed; `init` runs the same code in its own process."""
    if kind == "benchmark":
        argv: tuple[str, ...] = ("gpusetup", "bench", "--quick", "--python", place.python)
    else:
        argv = ("gpusetup", "verify", "--quick", "--expected", device, "--python", place.python)
    return Command(id=kind, argv=argv, text=f"step.{kind}", timeout_s=600)
