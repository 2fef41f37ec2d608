"""`gpusetup envs`: the environments of this machine; remove one, copy one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Callable, Mapping, Optional

import typer

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.environments.inventory import Environment, Kept
from gpusetup.messages import say
from gpusetup.terminal.session import session

DEFAULT = "list"


def list_environments(
    no_size: bool = typer.Option(False, "--no-size", help=say("help.envs.no-size")),
) -> int:
    """Texts: `help.envs.list` and its parts."""
    from gpusetup.road import inventory
    from gpusetup.terminal import show

    with show.awaiting(say("envs.looking")):
        found, readings = inventory.take_stock(os.environ)
        kept = inventory.kept_of(found, os.environ)
    if not no_size:
        found, kept = _measured(found, kept)
    if session().json:
        from gpusetup.cli.envs_document import list_document
        from gpusetup.envelope import emit

        emit(list_document(found, kept, readings))
    else:
        from gpusetup.cli.envs_screen import show_environments

        show_environments(found, kept)
    return Exit.OK


def _measured(
    found: tuple[Environment, ...], kept: tuple[Kept, ...]
) -> tuple[tuple[Environment, ...], tuple[Kept, ...]]:
    """With their sizes, one after the other: a disk is not faster in a hurry."""
    from gpusetup.probe.sizes import measure
    from gpusetup.road.inventory import with_size
    from gpusetup.terminal import show

    sized, sized_kept = [], []
    with show.awaiting(say("envs.measuring", count=len(found))) as waiting:
        for number, each in enumerate(found, 1):
            waiting.update(
                say("envs.measuring-one", number=number, count=len(found), name=each.name)
            )
            sized.append(with_size(each))
        for item in kept:
            sized_kept.append(replace(item, size=measure(Path(item.path))))
    return tuple(sized), tuple(sized_kept)


def remove(
    names: Optional[list[str]] = typer.Argument(
        None, metavar="NAME|PATH", help=say("help.envs.remove.names")
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.undo.yes")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("help.envs.remove.dry-run")),
    forever: bool = typer.Option(False, "--forever", help=say("help.envs.remove.forever")),
    kept: bool = typer.Option(False, "--kept", help=say("help.envs.remove.kept")),
) -> int:
    """Texts: `help.envs.remove` and its parts."""
    from gpusetup.cli import envs_remove

    if kept:
        if names or forever:
            raise UsageError("envs.kept-alone")
        return envs_remove.delete_kept(yes, dry_run)
    if not names:
        raise UsageError("envs.remove-what")
    return envs_remove.remove(names, yes, dry_run, forever)


def clone(
    source: str = typer.Argument(..., metavar="NAME|PATH", help=say("help.envs.clone.source")),
    name: Optional[str] = typer.Argument(None, metavar="NAME", help=say("help.envs.clone.name")),
    prefix: Optional[Path] = typer.Option(
        None, "--prefix", metavar="DIR", help=say("help.envs.clone.prefix")
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.undo.yes")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("help.envs.remove.dry-run")),
) -> int:
    """Texts: `help.envs.clone` and its parts."""
    from gpusetup.cli import envs_clone

    if (name is None) == (prefix is None):
        raise UsageError("envs.clone-where")
    return envs_clone.clone(source, name, prefix, yes, dry_run)


COMMANDS: Mapping[str, Callable[..., int]] = {
    "list": list_environments,
    "remove": remove,
    "clone": clone,
}
