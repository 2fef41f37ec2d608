"""How the built-in conda engine says it: no conda needed, ordinary environments made. Pure."""

from __future__ import annotations

from typing import Mapping

from gpusetup.engines.solved import Solved, read_rattler
from gpusetup.engines.specs import Wanted
from gpusetup.steps import Command, Undo, UndoKind

cache_variable = "RATTLER_CACHE_DIR"

_PROGRAM = ("gpusetup", "engine", "rattler")


def create(
    _program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], text: str
) -> Command:
    """A new environment with all that is wanted."""
    return Command(
        id="create-env",
        argv=(*_PROGRAM, "create", "--prefix", prefix, *_words(wanted)),
        text=text,
        env=env,
        undo=Undo(UndoKind.REMOVE, path=prefix),
        creates=prefix,
        timeout_s=6 * 3600,
        downloads=True,
    )


def dry_run(_program: str, _prefix: str, wanted: Wanted, env: Mapping[str, str | None]) -> Command:
    """What `create` would install, and nothing else."""
    argv = (*_PROGRAM, "solve", "--json", *_words(wanted))
    return Command(id="resolve", argv=argv, text="step.resolve", env=env, timeout_s=900)


def read(output: str) -> tuple[Solved, ...]:
    """The answer of `dry_run`.

    Raises:
        ValueError: it is none.
    """
    return read_rattler(output)


def _words(wanted: Wanted) -> tuple[str, ...]:
    channels = [word for each in wanted.channels for word in ("-c", each)]
    return (*channels, *wanted.specs)
