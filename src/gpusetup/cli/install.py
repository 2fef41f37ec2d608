"""The second half of `init`: plan, look up, show, confirm, run, prove."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gpusetup import show
from gpusetup.choice import Choice, Reason
from gpusetup.cli import deciding, plan_screen
from gpusetup.cli.deciding import Known
from gpusetup.cli.plan_output import place_for, print_plan, shell_of, steps_of
from gpusetup.engines.uv import Place
from gpusetup.errors import Exit, Refused
from gpusetup.journal import Run, latest_for, start_run
from gpusetup.messages import say
from gpusetup.places import state_folder
from gpusetup.plan import Setting
from gpusetup.request import Request
from gpusetup.road import preflight
from gpusetup.road.locking import locked
from gpusetup.road.placing import check_place, prefix_of, python_of
from gpusetup.session import session
from gpusetup.steps import Plan


@dataclass(frozen=True)
class Manner:
    """How `init` was called."""

    asks: bool
    dry_run: bool
    benchmark: bool


def install(known: Known, request: Request, choice: Choice, manner: Manner) -> int:
    """Show the plan, and run it. Returns the exit code."""
    state = state_folder(os.environ)
    prefix = prefix_of(request, known.machine, os.environ)
    unfinished = None if known.simulated else _unfinished(state, prefix)
    if unfinished is None and not known.simulated:
        check_place(request, prefix)
    place = place_for(known, request, choice)
    plan = _plan(known, request, choice, manner, prefix)
    cost = None if known.simulated else _look_up(known, choice, plan, place)
    warnings = deciding.engine_warnings(known, request, choice)
    if manner.dry_run:
        return _dry(known, request, choice, plan, warnings, cost, place)
    _present(known, choice, plan, place, warnings, cost)
    if manner.asks and not _confirmed():
        show.paragraph(say("run.declined"))
        return Exit.OK
    with locked(state, place.prefix):
        run = _resume(unfinished, plan) or start_run(state, place.name, **_begin(plan, place))
        from gpusetup.cli.running import run_plan

        return run_plan(known, request, choice, plan, place, run)


def _plan(known: Known, request: Request, choice: Choice, manner: Manner, prefix: Path) -> Plan:
    aside = None
    if request.replace and prefix.exists():
        from gpusetup.road.existing import free_name

        aside = str(prefix.parent / free_name(prefix.parent, f"{prefix.name}.before"))
    setting = Setting(
        before=_installed(known, prefix) if request.into else None,
        aside=aside,
        benchmark=manner.benchmark,
        default_index=deciding.default_index(known),
    )
    plan = steps_of(known, request, choice, setting)
    assert plan is not None  # noqa: S101 - conda builds were refused before
    return plan


def _installed(known: Known, prefix: Path) -> str:
    """What an environment holds before it is changed."""
    from gpusetup.engines.uv import freeze
    from gpusetup.runner import run

    ended = run(freeze(known.machine.installers.uv or "uv", python_of(str(prefix))), timeout_s=60)
    if not ended.ok:
        raise Refused("plan.into-unreadable", prefix=str(prefix), output=ended.last_lines(2))
    return (
        "\n".join(line for line in ended.output.splitlines() if "==" in line or " @ " in line)
        + "\n"
    )


def _look_up(known: Known, choice: Choice, plan: Plan, place: Place) -> preflight.Cost:
    """The dry resolve and what it costs; stops where it differs or does not fit."""
    installers = known.machine.installers
    with show.awaiting(say("run.resolving")):
        packages = preflight.resolve(plan, choice, place, installers)
        cost = preflight.cost_of(packages, choice, place.prefix, installers)
    preflight.check_room(cost, place.prefix)
    return cost


def _dry(
    known: Known,
    request: Request,
    choice: Choice,
    plan: Plan,
    warnings: tuple[Reason, ...],
    cost: preflight.Cost | None,
    place: Place,
) -> int:
    if session().json:
        print_plan(known, request, choice, plan, warnings, cost)
        return Exit.OK
    _present(known, choice, plan, place, warnings, cost)
    show.paragraph(say("run.dry"))
    return Exit.OK


def _present(
    known: Known,
    choice: Choice,
    plan: Plan,
    place: Place,
    warnings: tuple[Reason, ...],
    cost: preflight.Cost | None,
) -> None:
    plan_screen.show_choice(choice, place, cost)
    plan_screen.show_steps(plan.steps, shell_of(known.machine))
    plan_screen.show_would_change(choice)
    plan_screen.show_warnings((*choice.warnings, *warnings))


def _confirmed() -> bool:
    from gpusetup.ask import confirm

    return confirm(say("run.start"))


def _unfinished(state: Path, prefix: Path) -> Run | None:
    """A run for this place that stopped in the middle and was not taken back."""
    run = latest_for(state, str(prefix))
    if run is None or run.state() in ("finished", "undone"):
        return None
    return run if prefix.exists() or not run.done() else None


def _resume(unfinished: Run | None, plan: Plan) -> Run | None:
    """The unfinished run, if it was about the same plan; otherwise it is taken back first."""
    if unfinished is None:
        return None
    begin = unfinished.begin()
    if begin and begin.facts.get("plan") == _fingerprint(plan):
        show.paragraph(say("run.resumed", run=unfinished.id))
        return unfinished
    from gpusetup.road.undo import take_back

    take_back(unfinished)
    return None


def _fingerprint(plan: Plan) -> str:
    """What makes two plans the same: all that they run and write."""
    import hashlib

    return hashlib.sha256(repr(plan).encode()).hexdigest()


def _begin(plan: Plan, place: Place) -> dict[str, object]:
    return {"command": "init", "prefix": place.prefix, "plan": _fingerprint(plan)}
