"""`gpusetup export`: the choice, or an environment, as a file for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import typer

from gpusetup.cli.wishes import with_wishes
from gpusetup.exporting import Format
from gpusetup.messages import say
from gpusetup.request import Request


@with_wishes
def command(
    format: Format = typer.Argument(
        ..., metavar="FORMAT", help=say("help.export.format"), case_sensitive=False
    ),
    *,
    request: Request,
    env: Optional[str] = typer.Option(None, "--env", metavar="NAME", help=say("help.export.env")),
    machine: Optional[Path] = typer.Option(
        None, "--machine", metavar="FILE", help=say("help.plan.machine")
    ),
    output: Optional[Path] = typer.Option(
        None, "--output", "-o", metavar="FILE", help=say("help.export.output")
    ),
    overwrite: bool = typer.Option(False, "--overwrite", help=say("help.export.overwrite")),
    partition: Optional[str] = typer.Option(
        None, "--partition", metavar="NAME", help=say("help.export.partition")
    ),
    account: Optional[str] = typer.Option(
        None, "--account", metavar="NAME", help=say("help.export.account")
    ),
    qos: Optional[str] = typer.Option(None, "--qos", metavar="NAME", help=say("help.export.qos")),
    gres: Optional[str] = typer.Option(
        None, "--gres", metavar="gpu:1", help=say("help.export.gres")
    ),
    constraint: Optional[str] = typer.Option(
        None, "--constraint", metavar="NAME", help=say("help.export.constraint")
    ),
    time: Optional[str] = typer.Option(
        None, "--time", metavar="1:00:00", help=say("help.export.time")
    ),
    memory: Optional[str] = typer.Option(None, "--mem", metavar="16G", help=say("help.export.mem")),
    cpus: Optional[int] = typer.Option(
        None, "--cpus", metavar="N", min=1, help=say("help.export.cpus")
    ),
) -> int:
    """Texts: `help.export` and its parts."""
    from gpusetup.cli import exporting
    from gpusetup.exporting.sbatch import BatchJob

    job = BatchJob(partition, account, qos, gres, constraint, time, memory, cpus)
    manner = exporting.Manner(env, machine, output, overwrite, job)
    return exporting.export(format, request, manner)
