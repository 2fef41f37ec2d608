"""The end of a good run: how to use the environment, and a first program."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.messages import say
from gpusetup.terminal import show

FIRST_PROGRAM = {
    "cuda": ("import torch", 'x = torch.rand(3, 3, device="cuda")', "print(x @ x)"),
    "mps": ("import torch", 'x = torch.rand(3, 3, device="mps")', "print(x @ x)"),
    "cpu": ("import torch", "x = torch.rand(3, 3)", "print(x @ x)"),
}


def activation_command(prefix: str, shell: str | None = None) -> str:
    """What to type in the user's shell; paths are quoted for it."""
    import shlex

    name = Path(shell or os.environ.get("SHELL") or "bash").name
    if os.name == "nt":
        from gpusetup.shells import Shell, command_line

        script = f"{prefix}\\Scripts\\Activate.ps1"
        return "& " + command_line((script,), Shell.POWERSHELL).removeprefix("& ")
    if name == "fish":
        return f"source {shlex.quote(prefix + '/bin/activate.fish')}"
    if name in ("csh", "tcsh"):
        return f"source {shlex.quote(prefix + '/bin/activate.csh')}"
    if name in ("sh", "dash", "ash"):
        return f". {shlex.quote(prefix + '/bin/activate')}"
    return f"source {shlex.quote(prefix + '/bin/activate')}"


def show_activation(prefix: str) -> None:
    """The line that activates the environment."""
    show.paragraph(say("run.activate"))
    show.command(activation_command(prefix))


def show_end(prefix: str, torch: str, expected: str) -> None:
    """The last screen."""
    show.blank()
    code = "run.done" if expected != "cpu" else "run.done-cpu"
    show.line(show.Mark.OK, "PyTorch", say(code, torch=torch, prefix=show.path(prefix)))
    show.blank()
    show_activation(prefix)
    show.paragraph(say("run.first-program-start"))
    for line in FIRST_PROGRAM[expected]:
        show.command(line)
    show.blank()
    show.paragraph(say("wizard.read-on"))
    show.hint(say("run.undo-hint"))
    _say_where_to_type()


def _say_where_to_type() -> None:
    """Our name with a folder of its own works in one place, and tomorrow people stand elsewhere."""
    from gpusetup.terminal.own_name import own_name

    name, folder = own_name(), _working_folder()
    if folder and os.sep in name and not os.path.isabs(name.strip('"')):  # noqa: PTH117 - a name
        show.hint(say("run.where-to-type", name=name, folder=show.path(folder)))


def _working_folder() -> str | None:
    """Where the user stands, unless that folder is gone."""
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return None
