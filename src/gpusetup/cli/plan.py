"""`gpusetup plan`: the decision of `init`, shown and not run."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import typer

from gpusetup.choice import Choice
from gpusetup.cli.wishes import with_wishes
from gpusetup.errors import UsageError
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.shells import Shell


@with_wishes
def command(
    request: Request,
    explain: bool = typer.Option(False, "--explain", help=say("help.plan.explain")),
    machine: Optional[Path] = typer.Option(
        None, "--machine", metavar="FILE", help=say("help.plan.machine")
    ),
    script: Optional[Shell] = typer.Option(None, "--script", help=say("help.plan.script")),
) -> int:
    """Texts: `help.plan` and its parts."""
    from gpusetup.cli import deciding, plan_output
    from gpusetup.session import session

    if script is not None and session().json:
        raise UsageError("wish.contradiction", first="--json", second="--script")
    found = deciding.look(machine)
    known = deciding.know(found, request, simulated=machine is not None)
    decision = deciding.decide(known, request)
    if not isinstance(decision, Choice):
        return plan_output.refuse(known, request, decision, explain)
    if script is not None:
        return plan_output.print_script(known, request, decision, script)
    return plan_output.tell(known, request, decision, explain)
