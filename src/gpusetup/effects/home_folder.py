"""Users and their home folder, also where nothing names them: a container, a number as user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

from gpusetup.basics.errors import Refused

NOWHERE = Path(os.devnull) / "no-home"
"""Stands for a home folder that there is not: nothing can be read or written there."""

Home = Callable[[], Path]


def home_folder() -> Path:
    """What HOME names, else the system's entry of this user.

    Raises:
        Refused: neither does.
    """
    home = _named() or _of_the_system()
    if not home:
        raise Refused("run.no-home")
    return Path(home)


def home_to_read() -> Path:
    """The same for looking only: where there is none, nothing is found in it."""
    try:
        return home_folder()
    except Refused:
        return NOWHERE


def _named() -> str:
    return os.environ.get("HOME", "") if os.name == "posix" else ""


def _of_the_system() -> str:
    if os.name != "posix":
        home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() can raise
        return "" if home.startswith("~") else home
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def user_name(number: int) -> str:
    """The login name of a user id, or the number where it has none."""
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return str(number)
