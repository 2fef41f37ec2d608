"""How the built-in conda engine says it: no conda needed, ordinary environments made. Pure."""

from __future__ import annotations

from typing import Mapping, Sequence

from gpusetup.basics.values import replace
from gpusetup.engines.condarc import without_login
from gpusetup.engines.held import Held
from gpusetup.engines.solved import Solved, read_rattler
from gpusetup.engines.specs import Wanted
from gpusetup.steps import Command, Undo, UndoKind

cache_variable = "RATTLER_CACHE_DIR"

LOGINS = "GPUSETUP_CHANNEL_LOGINS"
"""Names the addresses of channels with their logins: arguments are there for all to read, and are
written into an environment's history."""

_PROGRAM = ("gpusetup", "engine", "rattler")


def create(
    _program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], text: str
) -> Command:
    """A new environment with all that is wanted."""
    return Command(
        id="create-env",
        argv=(*_PROGRAM, "create", "--prefix", prefix, *_words(wanted)),
        text=text,
        env={**_logins(wanted), **env},
        undo=Undo(UndoKind.REMOVE, path=prefix),
        creates=prefix,
        timeout_s=6 * 3600,
        downloads=True,
    )


def dry_run(_program: str, _prefix: str, wanted: Wanted, env: Mapping[str, str | None]) -> Command:
    """What `create` would install, and nothing else."""
    argv = (*_PROGRAM, "solve", "--json", *_words(wanted))
    return Command(
        id="resolve", argv=argv, text="step.resolve", env={**_logins(wanted), **env}, timeout_s=900
    )


def install(
    _program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], text: str
) -> Command:
    """Into an environment that is there. What it holds stays as it is, as far as that goes."""
    return Command(
        id="install-torch",
        argv=(*_PROGRAM, "install", "--prefix", prefix, *_words(wanted)),
        text=text,
        env={**_logins(wanted), **env},
        timeout_s=6 * 3600,
        downloads=True,
    )


def dry_install(
    _program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None]
) -> Command:
    """All that would be there after `install`; nothing is changed."""
    argv = (*_PROGRAM, "solve", "--json", "--prefix", prefix, *_words(wanted))
    return Command(
        id="resolve", argv=argv, text="step.resolve", env={**_logins(wanted), **env}, timeout_s=900
    )


def remove(prefix: str, names: Sequence[str]) -> Command:
    """Take packages out, and nothing else: what needs them stays, for what comes in their place."""
    return Command(
        id="remove-torch",
        argv=(*_PROGRAM, "remove", "--prefix", prefix, *names),
        text="step.remove-torch",
        timeout_s=1800,
    )


def read_changed(output: str, held: Held) -> tuple[Solved, ...]:
    """The answer of `dry_install`; what is there already need not be downloaded.

    Raises:
        ValueError: it is none.
    """
    there = {(each.name, each.version, each.build) for each in held.packages}
    return tuple(
        replace(each, size=0, url=None) if (each.name, each.version, each.build) in there else each
        for each in read_rattler(output)
    )


def read(output: str) -> tuple[Solved, ...]:
    """The answer of `dry_run`.

    Raises:
        ValueError: it is none.
    """
    return read_rattler(output)


def _words(wanted: Wanted) -> tuple[str, ...]:
    channels = [word for each in wanted.channels for word in ("-c", without_login(each)[0])]
    return (*channels, *wanted.specs)


def _logins(wanted: Wanted) -> dict[str, str | None]:
    private = [each for each in wanted.channels if without_login(each)[1]]
    return {LOGINS: " ".join(private)} if private else {}
