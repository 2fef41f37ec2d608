"""`gpusetup plan`: the decision of `init`, shown and not run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

import typer

from gpusetup.choice import Choice, Reason
from gpusetup.cli.wishes import with_wishes
from gpusetup.errors import Exit
from gpusetup.messages import say
from gpusetup.request import Request


@with_wishes
def command(
    request: Request,
    explain: bool = typer.Option(False, "--explain", help=say("help.plan.explain")),
    machine: Optional[Path] = typer.Option(
        None, "--machine", metavar="FILE", help=say("help.plan.machine")
    ),
) -> int:
    """Texts: `help.plan` and its parts."""
    from gpusetup.cli import deciding

    deciding.check_engine(request)
    found = deciding.look(machine)
    known = deciding.know(found, request, simulated=machine is not None)
    decision = deciding.decide(known, request)
    if isinstance(decision, Choice):
        return _planned(known, request, decision, explain)
    from gpusetup.cli.plan_output import refuse

    return refuse(known, request, decision, explain)


def _planned(known: object, request: Request, choice: Choice, explain: bool) -> int:
    from gpusetup.cli import deciding, plan_screen
    from gpusetup.cli.deciding import Known
    from gpusetup.cli.plan_output import print_plan, steps_of
    from gpusetup.road.placing import make_place
    from gpusetup.session import session

    assert isinstance(known, Known)  # noqa: S101 - imported late, for the start-up
    warnings: tuple[Reason, ...] = deciding.engine_warnings(known, request)
    plan = steps_of(known, request, choice)
    if session().json:
        print_plan(known, request, choice, plan, warnings)
        return Exit.OK
    place = make_place(request, choice.python, known.machine, os.environ)
    plan_screen.show_choice(choice, place, None)
    plan_screen.show_steps(plan.steps if plan else ())
    plan_screen.show_warnings((*choice.warnings, *warnings))
    plan_screen.show_would_change(choice)
    if explain:
        plan_screen.show_rejected(choice, whole=True)
    return Exit.OK
