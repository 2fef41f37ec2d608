"""`gpusetup plan`: the decision of `init`, shown and not run."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import typer

from gpusetup.cli.wishes import with_wishes
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
    from gpusetup.cli.planning import plan

    return plan(request, explain, machine, script)
