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
    slurm: bool = typer.Option(False, "--slurm", help=say("help.detect.slurm")),
    partition: Optional[str] = typer.Option(
        None, "--partition", metavar="NAME", help=say("help.cluster.partition")
    ),
    account: Optional[str] = typer.Option(
        None, "--account", metavar="NAME", help=say("help.cluster.account")
    ),
    qos: Optional[str] = typer.Option(None, "--qos", metavar="NAME", help=say("help.cluster.qos")),
    constraint: Optional[str] = typer.Option(
        None, "--constraint", metavar="FEATURE", help=say("help.cluster.constraint")
    ),
    gres: Optional[str] = typer.Option(
        None, "--gres", metavar="GRES", help=say("help.cluster.gres")
    ),
    reservation: Optional[str] = typer.Option(
        None, "--reservation", metavar="NAME", help=say("help.cluster.reservation")
    ),
    time: Optional[str] = typer.Option(
        None, "--time", metavar="MINUTES", help=say("help.cluster.time")
    ),
    memory: Optional[str] = typer.Option(
        None, "--mem", metavar="2G", help=say("help.cluster.memory")
    ),
    wait: Optional[float] = typer.Option(
        None, "--wait", metavar="SECONDS", help=say("help.cluster.wait")
    ),
    no_jobs: bool = typer.Option(False, "--no-jobs", help=say("help.cluster.no-jobs")),
    batch: bool = typer.Option(False, "--batch", help=say("help.cluster.batch")),
    collect: bool = typer.Option(False, "--collect", help=say("help.cluster.collect")),
    drop: bool = typer.Option(False, "--drop", help=say("help.cluster.drop")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.cluster.yes")),
) -> int:
    """Find out, show, record."""
    if not (timeout > 0 and math.isfinite(timeout)):
        raise UsageError("detect.bad-timeout")
    for_cluster = {
        "--partition": partition, "--account": account, "--qos": qos, "--constraint": constraint,
        "--gres": gres, "--reservation": reservation, "--time": time, "--mem": memory,
        "--wait": wait, "--no-jobs": no_jobs, "--batch": batch, "--collect": collect,
        "--drop": drop, "--yes": yes,
    }  # fmt: skip
    if slurm:
        from gpusetup.cli import survey_options

        survey_options.check_alone({"--from": report, "--host": host, "--hosts": hosts})
        return survey_options.survey_by(for_cluster, record, timeout)
    for option, value in for_cluster.items():
        if value not in (None, False):
            raise UsageError("cluster.without-slurm", option=option)
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
    from gpusetup.cli.hosts import check_alone, named_hosts

    check_alone({"--from": report})
    return hosts_commands.detect(named_hosts(names, file), timeout, record)
