"""The plan as steps, on the screen, as a script, as JSON; the refusal likewise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Mapping

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.basics.redact import without_credentials
from gpusetup.basics.values import replace
from gpusetup.choosing.choice import Choice, Reason, Refusal
from gpusetup.cli.deciding import Known, default_index
from gpusetup.documents import plan_document
from gpusetup.engines.uv import Place
from gpusetup.envelope import emit
from gpusetup.machine import Machine, Os
from gpusetup.messages import say
from gpusetup.plan import Setting, make_plan
from gpusetup.profiles.reading import machine_to_document
from gpusetup.request import Request, wished_by_file
from gpusetup.road.placing import activates, is_conda, make_place, place_elsewhere
from gpusetup.shells import Shell
from gpusetup.steps import Plan, Step, WriteFile
from gpusetup.terminal.own_name import own_program
from gpusetup.terminal.session import session

if TYPE_CHECKING:  # it brings http and ssl, which a plan does not need
    from gpusetup.engines.held import Held
    from gpusetup.road.existing import Record
    from gpusetup.road.room import Cost


def tell(known: Known, request: Request, choice: Choice, explain: bool) -> int:
    """The plan on the screen or as JSON. Returns the exit code."""
    plan = steps_of(known, request, choice)
    if session().json:
        print_plan(known, request, choice, plan)
        return Exit.OK
    from gpusetup.cli import plan_screen

    plan_screen.show_choice(choice, place_for(known, request, choice), None)
    plan_screen.show_steps(plan.steps, shell_of(known.machine))
    plan_screen.show_warnings(choice.warnings)
    plan_screen.show_would_change(choice)
    if explain:
        plan_screen.show_rejected(choice, whole=True)
    return Exit.OK


def nothing_to_do(known: Known, request: Request, choice: Choice, finished: Record) -> int:
    """A dry run where the environment is finished already: a plan without steps."""
    from gpusetup.cli.again import facts_of
    from gpusetup.terminal import show

    reason = Reason("run.finished-already", facts_of(finished, request, known.machine))
    if session().json:
        print_plan(known, request, choice, None, (reason,))
    else:
        show.paragraph(say(reason.code, **reason.facts))
        show.paragraph(say("run.nothing-changed"))
    return Exit.OK


def print_script(known: Known, request: Request, choice: Choice, shell: Shell) -> int:
    """The plan as a script on stdout. Returns the exit code."""
    from gpusetup.cli.deciding import check_runnable
    from gpusetup.shells import script
    from gpusetup.terminal import show

    check_runnable(choice, known, request)
    plan = steps_of(known, request, choice)
    try:
        ours = "gpusetup" if known.simulated else own_program()
        text = script((_presentable(each, ours) for each in plan.steps), shell)
    except ValueError as error:
        raise UsageError("plan.no-script", shell=shell.value, cause=str(error)) from error
    show.raw(text)
    return Exit.OK


def _presentable(step: Step, ours: str) -> Step:
    """A script is passed on: no credentials in it, and `gpusetup` by a name that is found."""
    if isinstance(step, WriteFile):
        return replace(step, content=without_credentials(step.content))
    env = {name: value and without_credentials(value) for name, value in step.env.items()}
    undo = step.undo
    if undo is not None and undo.argv is not None:
        undo = replace(undo, argv=_found(undo.argv, ours))
    argv = tuple(map(without_credentials, _found(step.argv, ours)))
    return replace(step, argv=argv, env=env, undo=undo)


def _found(argv: tuple[str, ...], ours: str) -> tuple[str, ...]:
    return (ours, *argv[1:]) if argv[0] == "gpusetup" else argv


def shell_of(machine: Machine) -> Shell:
    """The shell that people use there."""
    return Shell.POWERSHELL if machine.os is Os.WINDOWS else Shell.BASH


def place_for(known: Known, request: Request, choice: Choice) -> Place:
    """The place on this machine, or on the one of the profile."""
    engine = choice.engine
    if known.simulated:
        return place_elsewhere(request, choice.python, known.machine, engine)
    place = make_place(request, choice.python, known.machine, os.environ, engine)
    return known.through.place(place) if known.through else place


def steps_of(
    known: Known, request: Request, choice: Choice, setting: Setting | None = None
) -> Plan:
    """The plan, as far as it can be told without looking the files up."""
    place = place_for(known, request, choice)
    wanted = setting or Setting(
        keep=_kept_place(known, place) if request.into else None,
        held=_held(known, request, place),
        activates=not request.into or known.simulated or activates(place.prefix),
        default_index=default_index(known),
    )
    wanted = replace(wanted, simulated=known.simulated)
    return make_plan(choice, request, known.machine, place, wanted)


def _kept_place(known: Known, place: Place) -> str:
    """Where the environment will be kept as it was."""
    from gpusetup.road.keeping import FOLDER, next_place

    return place.within(FOLDER, "1") if known.simulated else str(next_place(Path(place.prefix)))


def _held(known: Known, request: Request, place: Place) -> Held | None:
    """What a conda environment holds that torch goes into; for a profile nobody knows."""
    from gpusetup.road.holding import read_environment

    if not request.into or known.simulated or not is_conda(place.prefix):
        return None
    return read_environment(Path(place.prefix))


def print_plan(
    known: Known,
    request: Request,
    choice: Choice,
    plan: Plan | None,
    warnings: tuple[Reason, ...] = (),
    cost: Cost | None = None,
    *,
    resumes: Mapping[str, object] | None = None,
) -> None:
    """The one JSON document of `plan` and of `init --dry-run`.

    Args:
        resumes: the run that would be gone on with: its steps that are done, and those to come.
    """
    facts: Mapping[str, object] = {} if cost is None else {
        "download_mib": cost.download_mib, "disk_mib": cost.disk_mib,
        "minutes": None if cost.minutes is None else round(cost.minutes, 1),
    }  # fmt: skip
    document = plan_document(
        machine_to_document(known.machine), request, choice, plan.steps if plan else (),
        warnings, facts,
    )  # fmt: skip
    cached = cost.cached_mib if cost else None
    here = {"packages": _packages(cost), "cached_mib": cached, "resumes": resumes}
    emit({**document, **here})


def _hint_at_file(request: Request) -> None:
    """The wish may be that of somebody's requirements file."""
    from gpusetup.terminal import show

    file = request.requirements
    if file is not None and wished_by_file(request):
        facts = {"place": file.torch_place, "wish": file.torch}
        show.hint(say("requirements.refused-hint", **facts))


def _packages(cost: Cost | None) -> list[dict[str, object]] | None:
    """What was looked up; None where nothing was."""
    if cost is None:
        return None
    return [
        {
            "name": each.name, "version": each.version, "build": each.build or None,
            "channel": each.channel or None, "size": each.size,
        }
        for each in cost.packages
    ]  # fmt: skip


def refuse(known: Known, request: Request, refusal: Refusal, explain: bool = False) -> int:
    """Show a refusal. Returns the exit code."""
    if session().json:
        from gpusetup.cli.coverage_screen import refusal_nodes

        document = plan_document(machine_to_document(known.machine), request, refusal)
        emit({**document, **refusal_nodes(known.machine, known.matrix, request)})
    else:
        from gpusetup.cli.coverage_screen import explain_refusal
        from gpusetup.cli.plan_screen import show_refusal

        show_refusal(refusal, explain)
        explain_refusal(known.machine, known.matrix, request)
        _hint_at_file(request)
    return Exit.REFUSED
