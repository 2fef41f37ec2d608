"""What `verify` and `bench` have in common: which Python is meant, and how thoroughly."""

from __future__ import annotations

import typer

from gpusetup.basics.errors import UsageError
from gpusetup.messages import say

ENV = typer.Option(None, "--env", metavar="NAME|PATH", help=say("help.verify.env"))
PYTHON = typer.Option(None, "--python", metavar="PATH", help=say("help.verify.python"))


def level_of(quick: bool, full: bool) -> str:
    """How thoroughly: quickly, unless it is said.

    Raises:
        UsageError: both were asked for.
    """
    if quick and full:
        raise UsageError("verify.two-levels")
    return "full" if full else "quick"
