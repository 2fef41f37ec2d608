"""The second half of `init`: plan, look up, show, confirm, run, prove."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from gpusetup.basics.errors import Exit, Interrupted, Refused
from gpusetup.choosing.choice import Choice, Reason, Refusal
from gpusetup.cli import deciding, plan_screen
from gpusetup.cli.cluster_room import about_room_of, hint_at_better
from gpusetup.cli.deciding import Known
from gpusetup.cli.going_on import (
    begin_facts,
    check_goes_on,
    command_of,
    document_of,
    give_up,
    is_same,
    stages,
    unfinished_run,
)
from gpusetup.cli.into import (
    companions_that_stay,
    packages_that_object,
)
from gpusetup.cli.offline import explained
from gpusetup.cli.plan_output import place_for, print_plan, refuse, shell_of, steps_of
from gpusetup.effects.journal import Run, start_run
from gpusetup.effects.places import state_folder
from gpusetup.engines.held import Held
from gpusetup.engines.uv import Place
from gpusetup.machine import Disk
from gpusetup.messages import say
from gpusetup.plan import Setting
from gpusetup.request import Request
from gpusetup.road import preflight
from gpusetup.road.locking import check_free, locked
from gpusetup.road.placing import activates, check_place, foreign_owner, is_conda, prefix_of
from gpusetup.road.room import Cost, check_room
from gpusetup.steps import Plan
from gpusetup.terminal import show
from gpusetup.terminal.session import session

_MOST_TRIES = 20  # an index that lacks more releases than that is none


@dataclass(frozen=True)
class Manner:
    """How `init` was called."""

    asks: bool
    dry_run: bool
    benchmark: bool
    write_answers: Path | None = None


@dataclass(frozen=True)
class Settled:
    """What will be run if the user agrees. `cost` is None for a profile."""

    choice: Choice
    plan: Plan
    cost: Cost | None
    warnings: tuple[Reason, ...] = ()


def install(known: Known, request: Request, choice: Choice, manner: Manner) -> int:
    """Show the plan, and run it. Returns the exit code.

    Raises:
        plan_page.Changing: the user wants to change something first.
        Interrupted: the user does not want it.
    """
    state = state_folder(os.environ)
    prefix = prefix_of(request, known.machine, os.environ)
    if not known.simulated:
        check_free(state, str(prefix))
    unfinished = None if known.simulated else unfinished_run(state, prefix)
    if unfinished is None and not known.simulated:
        check_place(request, prefix)
    try:
        settled = _settle_on_what_is_there(known, request, choice, manner, unfinished)
    except Refused as refused:
        raise explained(refused, known, request) from refused
    if isinstance(settled, Refusal):
        return refuse(known, request, settled)
    if unfinished is not None and not request.into:
        check_goes_on(unfinished, settled.plan, request)
    place = place_for(known, request, settled.choice)
    if manner.dry_run:
        return _dry(known, request, settled, manner, place, _same(unfinished, settled.plan))
    _agree(known, request, settled, manner, place, unfinished)
    if known.simulated:
        return Exit.OK
    with locked(state, place.prefix) as is_shared:
        if not is_shared:
            show.warning(say("run.locks-of-this-machine", folder=show.path(state)))
        return _run(known, request, settled, manner, place)


def _settle_on_what_is_there(
    known: Known, request: Request, choice: Choice, manner: Manner, unfinished: Run | None
) -> Settled | Refusal:
    """The plan for the best build that the origin really has: a copy of an index can lag behind.

    Raises:
        Refused: the files cannot be looked up for another reason.
    """
    missed: tuple[Reason, ...] = ()
    for _ in range(_MOST_TRIES):
        try:
            settled = _settle(known, request, choice, manner, unfinished)
            more = _about_owner(known, request)
            return replace(settled, warnings=(*missed, *settled.warnings, *more))
        except Refused as refused:
            if refused.code != "run.version-missing" or refused.facts["name"] != "torch":
                raise
            build, last = choice.build, refused
        missed = missed or (Reason("plan.newer-missing", deciding.facts_of(build)),)
        known = deciding.without(known, build)
        decision = deciding.decide(known, request)
        if isinstance(decision, Refusal):
            return decision
        deciding.check_runnable(decision, known, request)
        choice = decision
    raise last


def _about_owner(known: Known, request: Request) -> tuple[Reason, ...]:
    prefix = prefix_of(request, known.machine, os.environ)
    owner = None if known.simulated else foreign_owner(prefix)
    facts = {"folder": str(prefix.parent), "owner": owner}
    return (Reason("plan.roots-in-anothers", facts),) if owner else ()


def _settle(
    known: Known, request: Request, choice: Choice, manner: Manner, unfinished: Run | None
) -> Settled:
    """The plan with its exact files; by uv where a conda that nobody asked for cannot do it."""
    prefix = prefix_of(request, known.machine, os.environ)
    plan = _plan(known, request, choice, manner, prefix, unfinished)
    if known.simulated:
        return Settled(choice, plan, None)
    try:
        cost, warnings = look_up(known, request, choice, plan)
        return Settled(choice, plan, cost, warnings)
    except Refused as refused:
        choice, reason = deciding.without_conda(choice, request, refused)
        plan = _plan(known, request, choice, manner, prefix, unfinished)
        cost, warnings = look_up(known, request, choice, plan)
        return Settled(choice, plan, cost, (reason, *warnings))


def _run(known: Known, request: Request, settled: Settled, manner: Manner, place: Place) -> int:
    """Go on with an unfinished run, or begin one. The lock is held."""
    from gpusetup.cli.running import Going, run_plan

    state, prefix, plan = state_folder(os.environ), Path(place.prefix), settled.plan
    unfinished = unfinished_run(state, prefix)  # another gpusetup may have been here meanwhile
    run = _same(None if request.into else unfinished, plan)
    resumes = document_of(plan, run)
    if run is None:
        if unfinished is not None:
            give_up(unfinished, request, known.machine.installers, place.prefix)
            plan = _plan(known, request, settled.choice, manner, prefix, None)
        check_place(request, prefix)
        run = start_run(state, place.name, **begin_facts(plan, place))
    command = command_of(request, asks=manner.asks, benchmark=manner.benchmark)
    going = Going(run, command, resumes)
    return run_plan(known, request, settled.choice, plan, place, going, asks=manner.asks)


def _same(unfinished: Run | None, plan: Plan) -> Run | None:
    return unfinished if unfinished and is_same(unfinished, plan) else None


def _plan(
    known: Known,
    request: Request,
    choice: Choice,
    manner: Manner,
    prefix: Path,
    unfinished: Run | None,
) -> Plan:
    setting = Setting(
        keep=_kept_place(prefix, unfinished) if request.into else None,
        held=_held(prefix) if request.into else None,
        activates=activates(str(prefix)) if request.into else True,
        aside=_aside(request, prefix, unfinished),
        benchmark=manner.benchmark,
        default_index=deciding.default_index(known),
    )
    return steps_of(known, request, choice, setting)


def _aside(request: Request, prefix: Path, unfinished: Run | None) -> str | None:
    """Where an environment that is in the way goes, or has gone already."""
    if not request.replace:
        return None
    begin = unfinished.begin() if unfinished else None
    if begin and begin.facts.get("aside"):
        return str(begin.facts["aside"])
    if not os.path.lexists(prefix):
        return None
    from gpusetup.road.existing import free_name

    name = f"{prefix.name}.before"
    taken = os.path.lexists(prefix.parent / name)
    return str(prefix.parent / (free_name(prefix.parent, name) if taken else name))


def _kept_place(prefix: Path, unfinished: Run | None) -> str:
    """Where the environment is kept as it was: where a run that is taken back first has it."""
    begin = unfinished.begin() if unfinished else None
    if begin and begin.facts.get("keep"):
        return str(begin.facts["keep"])
    from gpusetup.road.keeping import next_place

    return str(next_place(prefix))


def _held(prefix: Path) -> Held | None:
    """What a conda environment holds; None: it is none."""
    from gpusetup.road.holding import read_environment

    return read_environment(prefix) if is_conda(str(prefix)) else None


def look_up(
    known: Known, request: Request, choice: Choice, plan: Plan
) -> tuple[Cost, tuple[Reason, ...]]:
    """The dry resolve, its cost and what it changes; stops where it differs or does not fit."""
    place = place_for(known, request, choice)
    installers = known.machine.installers
    held = _held(Path(place.prefix)) if request.into else None
    with show.awaiting(say("run.resolving")):
        packages = preflight.resolve(plan, choice, place, installers, held)
        disks = _disks(known, place, choice)
        cost = preflight.cost_of(packages, choice, place.prefix, installers, disks)
        room = about_room_of(known, request, choice, cost.disk_mib)
        try:
            check_room(cost, place.prefix, disks)
        except Refused:
            hint_at_better(room)
            raise
        if request.into:
            cost = preflight.with_kept(cost, place.prefix)
            check_room(cost, place.prefix)
    if not request.into:
        return cost, room
    prefix = Path(place.prefix)
    objections = packages_that_object(prefix, choice)
    staying = companions_that_stay(prefix, choice)
    return cost, (*preflight.warnings_of(packages, choice, held), *staying, *objections)


def _disks(known: Known, place: Place, choice: Choice) -> tuple[Disk, ...]:
    """The disks that count. That of uv's cache does not where torch comes from a channel, or
    where the plan names another cache."""
    without_cache = place.wheel_cache or choice.build.origin.is_conda
    return tuple(
        each for each in known.machine.disks if each.purpose != "cache" or not without_cache
    )


def _dry(
    known: Known, request: Request, settled: Settled, manner: Manner, place: Place, same: Run | None
) -> int:
    plan = settled.plan
    if session().json:
        resumes = document_of(plan, same)
        print_plan(
            known, request, settled.choice, plan, settled.warnings, settled.cost, resumes=resumes
        )
    else:
        _present(known, settled, place, same)
        show.paragraph(say("run.dry"))
    _write_answers(request, settled, manner)
    return Exit.OK


def _present(known: Known, settled: Settled, place: Place, same: Run | None) -> None:
    """The plan; of a run that is gone on with, what is done and what is still to come."""
    plan_screen.show_choice(settled.choice, place, settled.cost)
    done, _ = stages(settled.plan, same)
    plan_screen.show_steps(settled.plan.steps, shell_of(known.machine), done)
    plan_screen.show_would_change(settled.choice)
    plan_screen.show_warnings((*settled.choice.warnings, *settled.warnings))


def _agree(
    known: Known, request: Request, settled: Settled, manner: Manner, place: Place,
    unfinished: Run | None,
) -> None:  # fmt: skip
    """Show the plan; at a terminal, have a yes to it.

    Raises:
        plan_page.Changing: something shall be different.
        Interrupted: the answer is no.
    """
    same = _same(unfinished, settled.plan)
    if not manner.asks:
        _present(known, settled, place, same)
    else:
        from gpusetup.cli.plan_page import agreed

        if not agreed(known, request, settled, place, same) and not known.simulated:
            raise Interrupted("ask.nothing-changed")
    _write_answers(request, settled, manner)


def _write_answers(request: Request, settled: Settled, manner: Manner) -> None:
    if manner.write_answers is not None:
        from gpusetup.cli.answers import write_answers

        write_answers(request, settled.choice, manner.write_answers)
