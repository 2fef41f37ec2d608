"""How conda, mamba and micromamba say it: the same documented words for all three. Pure."""

from __future__ import annotations

from typing import Mapping

from gpusetup.engines.held import Held
from gpusetup.engines.solved import Solved, read_conda, read_conda_changes
from gpusetup.engines.specs import Wanted
from gpusetup.steps import Command, Undo, UndoKind

cache_variable = "CONDA_PKGS_DIRS"


def create(
    program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], text: str
) -> Command:
    """A new environment with all that is wanted, from the named channels only."""
    return Command(
        id="create-env",
        argv=(program, "create", "--yes", *_words(prefix, wanted)),
        text=text,
        env={**_CLEAN, **env},
        undo=Undo(UndoKind.REMOVE, path=prefix),
        creates=prefix,
        timeout_s=6 * 3600,
        downloads=True,
    )


def dry_run(program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None]) -> Command:
    """What `create` would install, and nothing else.

    Beside the prefix: conda refuses to ask about one that is there, and releases before that
    removed it.
    """
    words = _words(f"{prefix}.dry-run", wanted)
    argv = (program, "create", "--dry-run", "--json", "--yes", *words)
    return Command(
        id="resolve", argv=argv, text="step.resolve", env={**_CLEAN, **env}, timeout_s=1800
    )


def install(
    program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], text: str
) -> Command:
    """Into an environment that is there. What it holds stays as it is, as far as that goes.

    conda tries that by itself first. The pins of the environment stand among the specs: its
    file may pin the torch that is to be replaced.
    """
    return Command(
        id="install-torch",
        argv=(program, "install", "--yes", "--no-pin", *_words(prefix, wanted)),
        text=text,
        env={**_CLEAN, **env},
        timeout_s=6 * 3600,
        downloads=True,
    )


def dry_install(
    program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None]
) -> Command:
    """What `install` would change, and nothing else."""
    words = _words(prefix, wanted)
    argv = (program, "install", "--dry-run", "--json", "--yes", "--no-pin", *words)
    return Command(
        id="resolve", argv=argv, text="step.resolve", env={**_CLEAN, **env}, timeout_s=1800
    )


def read_changed(output: str, held: Held) -> tuple[Solved, ...]:
    """All that would be there after `install`, from the answer of `dry_install`.

    Raises:
        ValueError: it is none.
    """
    return read_conda_changes(output, held.packages)


def read(output: str) -> tuple[Solved, ...]:
    """The answer of `dry_run`.

    Raises:
        ValueError: it is none.
    """
    return read_conda(output)


_CLEAN: Mapping[str, str | None] = {"PYTHONPATH": None, "PYTHONHOME": None}


def _words(prefix: str, wanted: Wanted) -> tuple[str, ...]:
    channels = [word for each in wanted.channels for word in ("-c", each)]
    return ("--prefix", prefix, "--override-channels", *channels, *wanted.specs)
