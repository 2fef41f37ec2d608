"""The plan as steps and as JSON; the refusal as a page or as JSON."""

from __future__ import annotations

import os
from typing import Mapping

from gpusetup.choice import Choice, Reason, Refusal
from gpusetup.cli.deciding import Known, default_index
from gpusetup.documents import plan_document
from gpusetup.envelope import emit
from gpusetup.errors import Exit
from gpusetup.plan import Setting, make_plan
from gpusetup.profile import machine_to_document
from gpusetup.request import Request
from gpusetup.road.placing import make_place
from gpusetup.road.preflight import Cost
from gpusetup.session import session
from gpusetup.steps import Plan


def steps_of(
    known: Known, request: Request, choice: Choice, setting: Setting | None = None
) -> Plan | None:
    """The plan of a wheel build; None for a conda build, whose engine is not built in yet."""
    if choice.build.origin.is_conda:
        return None
    place = make_place(request, choice.python, known.machine, os.environ)
    wanted = setting or Setting(into=bool(request.into), default_index=default_index(known))
    return make_plan(choice, request, known.machine, place, wanted)


def print_plan(
    known: Known,
    request: Request,
    choice: Choice,
    plan: Plan | None,
    warnings: tuple[Reason, ...] = (),
    cost: Cost | None = None,
) -> None:
    """The one JSON document of `plan` and of `init --dry-run`."""
    facts: Mapping[str, object] = {} if cost is None else {
        "download_mib": cost.download_mib, "disk_mib": cost.disk_mib,
        "minutes": None if cost.minutes is None else round(cost.minutes, 1),
    }  # fmt: skip
    emit(
        plan_document(
            machine_to_document(known.machine), request, choice, plan.steps if plan else (),
            warnings, facts,
        )
    )  # fmt: skip


def refuse(known: Known, request: Request, refusal: Refusal, explain: bool = False) -> int:
    """Show a refusal. Returns the exit code."""
    if session().json:
        emit(plan_document(machine_to_document(known.machine), request, refusal))
    else:
        from gpusetup.cli.plan_screen import show_refusal

        show_refusal(refusal, explain)
    return Exit.REFUSED
