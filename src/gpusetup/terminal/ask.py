"""Yes or no, before something is done."""

from __future__ import annotations

from gpusetup.terminal import prompts
from gpusetup.terminal.prompts import Quit

__all__ = ["confirm"]


def confirm(text: str, default: bool = True) -> bool:
    """Yes or no; q is no."""
    try:
        return prompts.confirm(text, default)
    except Quit:
        return False
