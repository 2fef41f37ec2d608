"""`gpusetup init`: look, ask, plan, run, prove."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import typer

from gpusetup.cli.wishes import with_wishes
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
    write_answers: Optional[Path] = typer.Option(
        None, "--write-answers", metavar="FILE", help=say("help.init.write-answers")
    ),
) -> int:
    """Texts: `help.init` and its parts."""
    from gpusetup.cli.initializing import initialize
    from gpusetup.cli.install import Manner

    manner = Manner(not yes and not dry_run, dry_run, not no_bench, write_answers)
    return initialize(request, machine, manner)
