"""`gpusetup init`: look, ask, plan, run, prove."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

import typer

from gpusetup.choice import Choice, Decision
from gpusetup.cli.wishes import with_wishes
from gpusetup.errors import UsageError
from gpusetup.messages import say
from gpusetup.request import Request


@with_wishes
def command(
    request: Request,
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.init.yes")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("help.init.dry-run")),
    no_bench: bool = typer.Option(False, "--no-bench", help=say("help.init.no-bench")),
    machine: Optional[Path] = typer.Option(
        None, "--machine", metavar="FILE", help=say("help.plan.machine")
    ),
) -> int:
    """Texts: `help.init` and its parts."""
    from gpusetup.cli import deciding
    from gpusetup.cli.detect_screen import show_machine
    from gpusetup.session import session

    if machine is not None and not dry_run:
        raise UsageError("init.machine-dry")
    asks = not yes and not dry_run
    if asks:
        _require_terminal()
    found = deciding.look(machine)
    request = deciding.in_its_python(request, found) if machine is None else request
    from gpusetup.cli.again import finished

    ended = None if machine else finished(request, found, changing=not dry_run)
    if ended is not None:
        return ended
    if not asks and not session().json:
        show_machine(found, say("run.found"))
    known = deciding.know(found, request, simulated=machine is not None)
    decision: Decision = deciding.decide(known, request)
    if asks:
        from gpusetup.cli.wizard import ask

        request, decision = ask(known, request, decision)
    if not isinstance(decision, Choice):
        from gpusetup.cli.plan_output import refuse

        return refuse(known, request, decision)
    deciding.check_runnable(decision, known, request)
    from gpusetup.cli.install import Manner, install

    return install(known, request, decision, Manner(asks, dry_run, not no_bench))


def _require_terminal() -> None:
    """Nothing asks where nobody can answer."""
    from gpusetup.prompts import require_terminal
    from gpusetup.session import session

    if session().json or os.environ.get("GPUSETUP_NO_PROMPT"):
        raise UsageError("no-terminal")
    require_terminal()
