"""`gpusetup detect`: what is on this machine, or on the machine of a pasted report."""

from __future__ import annotations

import math
from typing import Optional

import typer

from gpusetup.errors import Exit, UsageError
from gpusetup.messages import say
from gpusetup.session import session


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
) -> int:
    """Find out, show, record."""
    from gpusetup.cli.detecting import print_document, record_as, reported, this_machine

    if not (timeout > 0 and math.isfinite(timeout)):
        raise UsageError("detect.bad-timeout")
    if host or hosts is not None:
        return _hosts(host or [], hosts, report, record, timeout)
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
    from gpusetup.cli.hosts import check_alone, named_hosts

    check_alone({"--from": report})
    return hosts_commands.detect(named_hosts(names, file), timeout, record)
