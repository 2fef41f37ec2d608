"""`gpusetup verify`: prove that torch works on every GPU."""

from __future__ import annotations

from typing import Optional

import click
import typer

from gpusetup.errors import Exit, UsageError
from gpusetup.messages import say
from gpusetup.session import session


def command(
    env: Optional[str] = typer.Option(None, "--env", metavar="NAME", help=say("help.verify.env")),
    python: Optional[str] = typer.Option(
        None, "--python", metavar="PATH", help=say("help.verify.python")
    ),
    quick: bool = typer.Option(False, "--quick", help=say("help.verify.quick")),
    full: bool = typer.Option(False, "--full", help=say("help.verify.full")),
    expected: str = typer.Option(
        "auto",
        "--expected",
        help=say("help.verify.expected"),
        click_type=click.Choice(("auto", "cuda", "cpu", "mps")),
    ),
) -> int:
    """Texts: `help.verify` and its parts."""
    from gpusetup.cli.proof_screen import prove_with_progress
    from gpusetup.targets import resolve_python

    if quick and full:
        raise UsageError("verify.two-levels")
    target = resolve_python(env, python)
    kind = device_of_this_machine() if expected == "auto" else expected
    verdict = prove_with_progress(target, kind, level="full" if full else "quick")
    if session().json:
        from gpusetup.envelope import emit
        from gpusetup.verdict import verdict_document

        emit(verdict_document(verdict))
    else:
        from gpusetup.cli.proof_screen import show_verdict
        from gpusetup.terminal.show import heading, path

        heading(say("verify.title", python=path(target)))
        show_verdict(verdict, session().verbose)
    return Exit.OK if verdict.ok else Exit.FOUND


def device_of_this_machine() -> str:
    """The kind of device that torch should compute on here."""
    from gpusetup.probe import probe
    from gpusetup.terminal.show import awaiting
    from gpusetup.verdict import expected_device

    with awaiting(say("verify.looking")):
        return expected_device(probe())
