"""`gpusetup init`: look, ask, plan, run, prove."""

from __future__ import annotations

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
    from gpusetup.cli import deciding, plan_output
    from gpusetup.cli.again import find_finished, prove_again
    from gpusetup.cli.detect_screen import show_machine
    from gpusetup.session import session
    from gpusetup.terminal.prompts import require_answers

    if machine is not None and not dry_run:
        raise UsageError("init.machine-dry")
    asks = not yes and not dry_run
    if asks:
        require_answers()
    found = deciding.look(machine)
    request = deciding.in_its_python(request, found) if machine is None else request
    finished = None if machine else find_finished(request, found)
    if finished is not None and not dry_run:
        return prove_again(finished, request, found)
    if not asks and not session().json:
        show_machine(found, say("run.found"))
    known = deciding.know(found, request, simulated=machine is not None, asks=asks)
    decision: Decision = deciding.decide(known, request)
    if asks:
        from gpusetup.cli.wizard import ask

        request, decision = ask(known, request, decision)
    if not isinstance(decision, Choice):
        return plan_output.refuse(known, request, decision)
    if finished is not None:
        return plan_output.nothing_to_do(known, request, decision, finished)
    deciding.check_runnable(decision, known, request)
    from gpusetup.cli.install import Manner, install

    return install(known, request, decision, Manner(asks, dry_run, not no_bench))
