"""`gpusetup completion`: the script that makes a shell complete our words, and its installation."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING, Optional

import typer

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.messages import say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.cli.completing.places import Place


class Shell(str, Enum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def command(
    shell: Optional[Shell] = typer.Argument(
        None, metavar="bash|zsh|fish|powershell", help=say("help.completion.shell")
    ),
    install: bool = typer.Option(False, "--install", help=say("help.completion.install")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.completion.yes")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("help.init.dry-run")),
) -> int:
    """Texts: `help.completion` and its parts."""
    from gpusetup.cli.completing.places import place_of, shell_in_use

    name = shell.value if shell else shell_in_use(os.environ)
    if name is None:
        raise UsageError("completion.which-shell")
    if not install:
        return _print(name)
    place = place_of(name, os.environ)
    if place is None:
        raise UsageError("completion.no-place")
    return _install(name, place, yes, dry_run)


def _print(shell: str) -> int:
    from gpusetup.cli.completing.scripts import script
    from gpusetup.terminal import show
    from gpusetup.terminal.own_name import own_program

    text = script(shell, own_program())
    if session().json:
        from gpusetup.envelope import emit

        emit({"schema": "gpusetup.completion/1", "shell": shell, "script": text})
    else:
        show.raw(text)
    return Exit.OK


def _install(shell: str, place: Place, yes: bool, dry_run: bool) -> int:
    from gpusetup.cli.completing.places import step_for
    from gpusetup.cli.plan_screen import show_steps
    from gpusetup.terminal import show

    step = step_for(shell, place)
    if step is None:
        show.paragraph(say("completion.there", path=show.path(place.path)))
        return _document(shell, place, None)
    if not yes and not dry_run:
        from gpusetup.terminal.prompts import require_answers

        require_answers()
    show.heading(say("completion.title", shell=shell))
    show_steps((step,))
    if dry_run:
        show.paragraph(say("run.dry"))
        return _document(shell, place, None)
    if not yes:
        from gpusetup.terminal.ask import agree

        agree(say("completion.confirm"))
    from gpusetup.cli.completing.installing import write

    run = write(step)
    show.item(show.Mark.OK, say("completion.done"))
    show.hint(say("doctor.fix.undo", run=run))
    return _document(shell, place, run)


def _document(shell: str, place: Place, run: str | None) -> int:
    if session().json:
        from gpusetup.envelope import emit

        emit({"schema": "gpusetup.completion/1", "shell": shell, "path": place.path, "run": run})
    return Exit.OK
