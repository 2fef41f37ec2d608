"""Yes or no, before something is done."""

from __future__ import annotations

from gpusetup.basics.errors import Interrupted
from gpusetup.terminal import prompts
from gpusetup.terminal.prompts import Quit

__all__ = ["agree", "confirm"]


def agree(text: str, default: bool = True) -> None:
    """Have a yes to what the command was called for.

    Raises:
        Interrupted: no, or q. Every command ends with 130 then, so that a script's `&&` stops.
    """
    if not confirm(text, default):
        raise Interrupted("ask.declined")


def confirm(text: str, default: bool = True) -> bool:
    """Yes or no to something beside that; q is no."""
    try:
        return prompts.confirm(text, default)
    except Quit:
        return False
