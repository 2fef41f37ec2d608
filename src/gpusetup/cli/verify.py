"""`gpusetup verify`: prove that torch works on every GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

import click
import typer

from gpusetup.basics.errors import Exit
from gpusetup.cli.job_wishes import Jobs, with_jobs
from gpusetup.cli.proof_options import ENV, PYTHON, level_of
from gpusetup.messages import say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.machine import Machine
    from gpusetup.verdict import Verdict


@with_jobs
def command(
    env: Optional[str] = ENV,
    python: Optional[str] = PYTHON,
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
    level = level_of(quick, full)
    if jobs.slurm:
        from gpusetup.cli.slurm_proof import Asked, prove_on_nodes, target_of

        target = target_of(jobs, env, python)
        return prove_on_nodes(Asked("verify", target, level, expected, check_s=timeout), jobs)
    from gpusetup.effects.targets import resolve_python

    return _here(resolve_python(env, python), expected, level, timeout)


def _here(python: str, expected: str, level: str, check_s: float | None) -> int:
    from gpusetup.cli.prove import prove_with_progress
    from gpusetup.verdict import expected_device

    machine = look_around() if expected == "auto" else None
    kind = expected if machine is None else expected_device(machine)
    verdict = prove_with_progress(python, kind, machine, level=level, check_s=check_s)
    _tell(verdict, python, machine)
    return Exit.OK if verdict.ok else Exit.FOUND


def _tell(verdict: Verdict, python: str, machine: Machine | None) -> None:
    if session().json:
        from gpusetup.envelope import emit
        from gpusetup.verdict import verdict_document

        emit(verdict_document(verdict))
        return
    from gpusetup.cli.proof_screen import show_verdict
    from gpusetup.terminal.show import heading, hint, path

    heading(say("verify.title", python=path(python)))
    show_verdict(verdict, session().verbose)
    if machine is not None and machine.scheduler == "slurm" and machine.node_role == "login":
        hint(say("prove.on-nodes"))


def look_around() -> Machine:
    """What is on this machine: it decides on which device torch should compute."""
    from gpusetup.probe import probe
    from gpusetup.terminal.show import awaiting

    with awaiting(say("verify.looking")):
        return probe()
