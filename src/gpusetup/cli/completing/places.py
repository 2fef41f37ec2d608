"""Where a shell looks for completions, and what has to be written there."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from gpusetup.cli.completing.scripts import script
from gpusetup.effects.home_folder import home_folder
from gpusetup.steps import Undo, UndoKind, WriteFile
from gpusetup.terminal.own_name import own_program

_LAZY_LOADERS = (
    "/usr/share/bash-completion/bash_completion",
    "/etc/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/etc/profile.d/bash_completion.sh",
)
"""With one of these bash reads a file of the command's name when it is completed first."""


@dataclass(frozen=True)
class Place:
    """`is_start_file`: it is the user's own, so a line is added; else the script is the file."""

    path: str
    is_start_file: bool = False


def shell_in_use(environ: Mapping[str, str]) -> str | None:
    """The login shell by its name, where it is one of ours."""
    name = Path(environ.get("SHELL", "")).name
    if name in ("bash", "zsh", "fish"):
        return name
    return "powershell" if environ.get("PSModulePath") and os.name == "nt" else None


def place_of(shell: str, environ: Mapping[str, str]) -> Place | None:
    """Where it goes; None: only the shell itself knows (PowerShell's $PROFILE).

    Raises:
        Refused: there is no home folder.
    """
    if shell == "powershell":
        return None
    home = home_folder()
    if shell == "fish":
        base = environ.get("XDG_CONFIG_HOME") or str(home / ".config")
        return Place(str(Path(base) / "fish" / "completions" / "gpusetup.fish"))
    if shell == "zsh":
        return Place(str(Path(environ.get("ZDOTDIR") or home) / ".zshrc"), is_start_file=True)
    if any(os.path.exists(each) for each in _LAZY_LOADERS):  # noqa: PTH110
        base = environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")
        return Place(str(Path(base) / "bash-completion" / "completions" / "gpusetup"))
    return Place(str(home / ".bashrc"), is_start_file=True)


def step_for(shell: str, place: Place) -> WriteFile | None:
    """The write that installs it; None: it is there already."""
    before = _text(place.path)
    content = _with_line(before or "", shell) if place.is_start_file else _script(shell)
    if content == before:
        return None
    kind = UndoKind.RESTORE if before is not None else UndoKind.REMOVE
    return WriteFile(
        id="write-config",
        path=place.path,
        content=content,
        text="step.completion",
        undo=Undo(kind, place.path),
        before=before,
    )


def _script(shell: str) -> str:
    return script(shell, own_program())


def _with_line(before: str, shell: str) -> str:
    """The start file with one more line at its end. A line of ours from another place is moved."""
    call = f"{shlex.quote(own_program())} completion {shell}"
    ours = f'eval "$({call})"  # Tab completion of gpusetup'
    kept = [
        line for line in before.splitlines() if not line.endswith("# Tab completion of gpusetup")
    ]
    return "\n".join([*kept, ours]) + "\n"


def _text(path: str) -> str | None:
    """The file as it is. One that is not UTF-8 is not ours to change.

    Raises:
        Refused: it cannot be read as text.
    """
    from gpusetup.basics.errors import Refused

    try:
        return Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Refused("completion.unreadable", path=path) from error
