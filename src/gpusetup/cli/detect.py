"""`gpusetup detect`: what is on this machine, or on the machine of a pasted report."""

from __future__ import annotations

import math
from typing import Optional

import typer

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.cli.option_groups import refuse_given, with_group
from gpusetup.cli.queue_options import Typed, check, queue_options, typed
from gpusetup.messages import say
from gpusetup.terminal.session import session


@with_group(queue_options, "queue")
def command(
    report: Optional[str] = typer.Option(
        None, "--from", metavar="FILE", help=say("help.detect.from")
    ),
    record: Optional[str] = typer.Option(
        None, "--record", metavar="FILE", help=say("help.detect.record")
    ),
    host: Optional[list[str]] = typer.Option(
        None, "--host", metavar="HOST", help=say("help.hosts.host")
    ),
    hosts: Optional[str] = typer.Option(
        None, "--hosts", metavar="FILE", help=say("help.hosts.hosts")
    ),
    timeout: float = typer.Option(
        40.0, "--timeout", metavar="SECONDS", help=say("help.detect.timeout")
    ),
    slurm: bool = typer.Option(False, "--slurm", help=say("help.detect.slurm")),
    *,
    queue: Typed,
    no_jobs: bool = typer.Option(False, "--no-jobs", help=say("help.cluster.no-jobs")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.cluster.yes")),
) -> int:
    """Find out, show, record."""
    if not (timeout > 0 and math.isfinite(timeout)):
        raise UsageError("detect.bad-timeout")
    given = {**queue, **typed({"--no-jobs": no_jobs, "--yes": yes})}
    check(given, slurm=slurm, sending=("--no-jobs", "--batch"))
    if slurm:
        from gpusetup.cli.survey_options import survey_by

        refuse_given("cluster.not-with", {"--from": report, "--host": host, "--hosts": hosts})
        return survey_by(given, record, timeout)
    if host or hosts is not None:
        return _hosts(host or [], hosts, report, record, timeout)
    return _one(report, record, timeout)


def _one(report: str | None, record: str | None, timeout: float) -> int:
    from gpusetup.cli.detecting import print_document, record_as, reported, this_machine

    machine = this_machine(timeout) if report is None else reported(report)
    if record is not None:
        record_as(machine, record)
    if session().json:
        print_document(machine)
    else:
        from gpusetup.cli.detect_screen import show_machine

        show_machine(machine, say("detect.title" if report is None else "detect.title-report"))
    return Exit.OK


def _hosts(
    names: list[str], file: str | None, report: str | None, record: str | None, timeout: float
) -> int:
    from gpusetup.cli import hosts_commands
    from gpusetup.cli.hosts import named_hosts

    refuse_given("hosts.not-with", {"--from": report})
    return hosts_commands.detect(named_hosts(names, file), timeout, record)
