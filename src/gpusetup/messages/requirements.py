"""Sentences about requirements files: what cannot be read, what is left out of them."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.wish.requirements": (
        "Install what a repository asks for (`requirements.txt`, `environment.yml`), but no other "
        "torch."
    ),
    "requirements.unreadable": "The requirements file {path} cannot be read: {cause}",
    "requirements.unreadable.next": "Name a file: `--requirements requirements.txt`.",
    "requirements.no-requirement": "{place} is no requirement: `{line}`",
    "requirements.no-requirement.next": (
        "Mend that line. `--requirements` takes what `pip install -r` takes, or an "
        "`environment.yml`."
    ),
    "requirements.circle": "The requirements file {path} includes itself.",
    "requirements.circle.next": "Take one of the `-r` lines out.",
    "requirements.remote": "{path} includes {url}, which is not on this machine.",
    "requirements.remote.next": "Download that file, and name it in the `-r` or `-c` line.",
    "requirements.no-environment": "{path} is no environment file of conda:\n{problems}",
    "requirements.no-environment.next": "Mend these places; try again.",
    "requirements.other-torch": (
        "{place} asks for torch {wish}, and {torch} is installed, as you said. The code may need "
        "changes."
    ),
    "requirements.as-wished": (
        "{place} asks for torch {wish}, and torch {torch} ({build}) runs here."
    ),
    "requirements.refused-hint": (
        "{place} asks for torch {wish}; `--torch latest` takes the newest that runs here instead."
    ),
    "requirements.left-out.torch": (
        "Left out of {path}, because it comes with the PyTorch that was chosen: {lines}"
    ),
    "requirements.left-out.toolkit": (
        "Left out of {path}, because PyTorch brings its own CUDA: {lines}"
    ),
    "requirements.left-out.index": (
        "Left out of {path}, because other builds of PyTorch could come from there, or your own "
        "index counts: {lines}"
    ),
    "requirements.left-out.option": "Left out of {path}, because uv takes no such line: {lines}",
    "requirements.left-out.channel": (
        "Left out of {path}, because PyTorch's channels come with the choice: {lines}"
    ),
}
