"""What the user types to call us: `gpusetup`, or the path where it is not found by its name."""

from __future__ import annotations

import os
import re
import sys

NAME = "gpusetup"
_is_for_others = False


def speak_for_others(yes: bool = True) -> None:
    """Name us plainly from now on: what is said is meant for another machine."""
    global _is_for_others
    _is_for_others = yes


def typeable(text: str, *, whole: bool = False) -> str:
    """Our commands as they can be typed here: those in backticks, or the `whole` text as one."""
    start = f"{NAME} " if whole else f"`{NAME} "
    if start not in text:
        return text
    own = start.replace(NAME, own_name())
    if whole:
        return own + text[len(start) :] if text.startswith(start) else text
    return text.replace(start, own)


def own_program() -> str:
    """The same as a word of a command: the whole path where the PATH leads to none of us."""
    called = sys.argv[0] if sys.argv else ""
    is_ours = os.path.splitext(os.path.basename(called))[0] == NAME  # noqa: PTH119, PTH122
    return os.path.abspath(called) if is_ours and not _is_found() else NAME  # noqa: PTH100


def own_name() -> str:
    """ "gpusetup", or ".venv/bin/gpusetup" when called so and the PATH leads to none.

    The README runs it from an environment that nobody activates: a hint that says
    `gpusetup undo` would end in "command not found".
    """
    called = sys.argv[0] if sys.argv else ""
    if _is_for_others or os.path.splitext(os.path.basename(called))[0] != NAME or _is_found():  # noqa: PTH119, PTH122
        return NAME
    return f'"{called}"' if re.search(r"[^\w./\\:+@-]", called) else called


def _is_found() -> bool:
    """Whether the PATH leads to us."""
    import shutil

    return shutil.which(NAME) is not None
