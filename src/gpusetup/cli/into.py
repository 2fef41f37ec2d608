"""`init --into`: it ends with a proven environment, or the environment is as it was before."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from gpusetup.basics.errors import StepFailed
from gpusetup.choosing.choice import Choice, Reason
from gpusetup.effects.journal import Run
from gpusetup.messages import say
from gpusetup.plan import KEEP
from gpusetup.steps import Command, Plan
from gpusetup.terminal import show


def kept_place(plan: Plan) -> str | None:
    """Where a plan keeps the environment that it changes; None: it makes one of its own."""
    return place_of_step(plan, KEEP)


def place_of_step(plan: Plan, step_id: str) -> str | None:
    """The place that a step of a plan moves or copies to."""
    found = [
        step.argv[-1] for step in plan.steps if step.id == step_id and isinstance(step, Command)
    ]
    return found[0] if found else None


def companions_that_stay(prefix: Path, choice: Choice) -> tuple[Reason, ...]:
    """Those of torch's companions in the environment that the plan does not renew."""
    from gpusetup.probe.installed import read_installed

    renewed = {each.name for each in choice.companions}
    return tuple(
        Reason("plan.into-companion", {"name": name, "version": version})
        for name, version in read_installed(prefix).versions.items()
        if name not in renewed and name != "torch"
    )


def packages_that_object(prefix: Path, choice: Choice) -> tuple[Reason, ...]:
    """The packages in the environment that ask for another torch. pip and uv do not look."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    from gpusetup.probe.installed import wishes_of_torch

    found = []
    for package, wish in wishes_of_torch(prefix).items():
        try:
            fits = SpecifierSet(wish).contains(str(choice.build.torch), prereleases=True)
        except InvalidSpecifier:
            continue
        if not fits:
            found.append(Reason("plan.into-objects", {"package": package, "wish": wish}))
    return tuple(found)


def give_back(run: Run, prefix: str) -> dict[str, object]:
    """Give the environment everything back, at once: somebody works with it. Returns the facts.

    Raises:
        StepFailed: that cannot be done now. What was kept is still there.
    """
    from gpusetup.road.undo import take_back

    with show.awaiting(say("into.putting-back")):
        _, failed = take_back(run, _way_out())
    for _action, cause in failed:
        raise StepFailed("undo.failed", path=prefix, cause=cause, run=run.id, log=str(run.log))
    return {"prefix": prefix, "log": str(run.log), "run": run.id}


def _way_out() -> Mapping[str, str | None]:
    """Certificate and proxy as the user's pip has them: a step may be undone by an installer."""
    import os

    from gpusetup.engines.uv import network_environment
    from gpusetup.probe.pip import read_pip
    from gpusetup.probe.world import World

    return network_environment(read_pip(World(os.environ))[0])


def failed(error: StepFailed, run: Run, prefix: str) -> StepFailed:
    """What a step that failed comes to, after the environment has been given back."""
    facts = give_back(run, prefix)
    text = say(error.code, **error.facts)
    return StepFailed("into.failed", **{**error.facts, **facts, "cause": text, "why": error.code})
