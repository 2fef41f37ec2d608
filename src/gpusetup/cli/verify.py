"""`gpusetup verify`: prove that torch works on every GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

import click
import typer

from gpusetup.cli.job_wishes import Jobs, with_jobs
from gpusetup.errors import Exit, UsageError
from gpusetup.messages import say
from gpusetup.session import session

if TYPE_CHECKING:
    from gpusetup.machine import Machine


@with_jobs
def command(
    env: Optional[str] = typer.Option(
        None, "--env", metavar="NAME|PATH", help=say("help.verify.env")
    ),
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
    timeout: Optional[float] = typer.Option(
        None, "--timeout", metavar="SECONDS", min=1.0, help=say("help.verify.timeout")
    ),
    *,
    jobs: Jobs,
) -> int:
    """Texts: `help.verify` and its parts."""
    from gpusetup.cli.prove import prove_with_progress
    from gpusetup.targets import resolve_python
    from gpusetup.verdict import expected_device

    if quick and full:
        raise UsageError("verify.two-levels")
    if jobs.slurm:
        from gpusetup.cli.slurm_proof import Asked, prove_on_nodes, target_of

        level = "full" if full else "quick"
        target = target_of(jobs, env, python)
        return prove_on_nodes(Asked("verify", target, level, expected, check_s=timeout), jobs)
    target = resolve_python(env, python)
    machine = look_around() if expected == "auto" else None
    kind = expected if machine is None else expected_device(machine)
    level = "full" if full else "quick"
    verdict = prove_with_progress(target, kind, machine, level=level, check_s=timeout)
    if session().json:
        from gpusetup.envelope import emit
        from gpusetup.verdict import verdict_document

        emit(verdict_document(verdict))
    else:
        from gpusetup.cli.proof_screen import show_verdict
        from gpusetup.terminal.show import heading, hint, path

        heading(say("verify.title", python=path(target)))
        show_verdict(verdict, session().verbose)
        if machine is not None and machine.scheduler == "slurm" and machine.node_role == "login":
            hint(say("prove.on-nodes"))
    return Exit.OK if verdict.ok else Exit.FOUND


def look_around() -> Machine:
    """What is on this machine: it decides on which device torch should compute."""
    from gpusetup.probe import probe
    from gpusetup.terminal.show import awaiting

    with awaiting(say("verify.looking")):
        return probe()
