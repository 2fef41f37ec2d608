"""`gpusetup who`: who computes on which GPU."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import typer

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.messages import say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.sharing.usage import Usage


def command(
    host: Optional[list[str]] = typer.Option(
        None, "--host", metavar="HOST", help=say("help.hosts.host")
    ),
    hosts: Optional[str] = typer.Option(
        None, "--hosts", metavar="FILE", help=say("help.hosts.hosts")
    ),
    timeout: float = typer.Option(
        40.0, "--timeout", metavar="SECONDS", help=say("help.who.timeout")
    ),
) -> int:
    """Texts: `help.who` and its parts."""
    from gpusetup.machine import Status

    if not (timeout > 0 and math.isfinite(timeout)):
        raise UsageError("detect.bad-timeout")
    if host or hosts is not None:
        from gpusetup.cli import hosts_commands
        from gpusetup.cli.hosts import named_hosts

        return hosts_commands.who(named_hosts(host or [], hosts), timeout)
    usage = ask_usage(timeout)
    if session().json:
        from gpusetup.envelope import emit
        from gpusetup.sharing.document import usage_document

        emit(usage_document(usage))
    else:
        from gpusetup.cli.who_screen import show_usage

        show_usage(usage)
    # a machine without a driver has nobody on its GPUs; one whose driver fails is not known
    failed = usage.reading.status in (Status.ERROR, Status.TIMEOUT)
    return Exit.FOUND if failed else Exit.OK


def ask_usage(timeout_s: float = 40.0) -> Usage:
    """Ask the driver, and say so when it takes long."""
    from gpusetup.probe.usage import read_usage
    from gpusetup.probe.world import World
    from gpusetup.terminal.show import awaiting

    world = World(os.environ, Path(os.environ.get("GPUSETUP_ROOT") or "/"))
    with awaiting(say("who.asking")):
        return read_usage(world, timeout_s)
