"""`gpusetup mirrors`: conda, pip, uv and pixi take their packages from a mirror, and back again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Optional

import typer

from gpusetup.basics.errors import UsageError
from gpusetup.messages import say

if TYPE_CHECKING:
    from gpusetup.mirrors.catalogue import Client, Mirrors


def command(
    tuna: bool = typer.Option(False, "--tuna", help=say("help.mirrors.tuna")),
    use: Optional[str] = typer.Option(None, "--use", metavar="NAME", help=say("help.mirrors.use")),
    fastest: bool = typer.Option(False, "--fastest", help=say("help.mirrors.fastest")),
    show: bool = typer.Option(False, "--show", help=say("help.mirrors.show")),
    restore: bool = typer.Option(False, "--restore", help=say("help.mirrors.restore")),
    for_: Optional[str] = typer.Option(
        None, "--for", metavar="CLIENTS", help=say("help.mirrors.for")
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("help.mirrors.dry-run")),
    env_only: bool = typer.Option(False, "--env-only", help=say("help.mirrors.env-only")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.mirrors.yes")),
) -> int:
    """Texts: `help.mirrors` and its parts."""
    from gpusetup.cli.mirrors_manner import Manner
    from gpusetup.compat_files.mirrors import packaged_or_configured

    names = (tuna, use is not None, fastest, show, restore)
    if sum(names) > 1:
        raise UsageError("mirrors.one-action")
    if env_only and not (tuna or fastest or use is not None):
        raise UsageError("mirrors.env-only-alone")
    mirrors = packaged_or_configured(os.environ)
    wished = "tuna" if tuna else use
    if wished is not None:
        wished = _known(wished, mirrors)
    manner = Manner(_clients(for_), dry_run, env_only, yes)
    if restore:
        from gpusetup.cli.mirrors_restore import restore_all

        return restore_all(manner)
    if wished is not None or fastest:
        from gpusetup.cli.mirrors_use import use_mirror

        return use_mirror(mirrors, wished, manner)
    from gpusetup.cli.mirrors_show import show_all

    return show_all(mirrors, manner)


def _known(name: str, mirrors: Mirrors) -> str:
    """The id of a mirror.

    Raises:
        UsageError: there is none of that name.
    """
    found = mirrors.named(name)
    if found is None or found.is_official:
        names = tuple(each.id for each in mirrors.offered)
        code = "mirrors.use-official" if found else "mirrors.unknown"
        raise UsageError(code, name=name, names=names)
    return found.id


def _clients(text: str | None) -> tuple[Client, ...] | None:
    """ "conda,pip" -> the clients; None: nothing was said."""
    from gpusetup.mirrors.catalogue import Client

    if text is None:
        return None
    words = [each.strip().lower() for each in text.replace(" ", ",").split(",") if each.strip()]
    also = {"mamba": "conda", "micromamba": "conda"}  # they read conda's files
    known = {each.value: each for each in Client}
    found = [known.get(also.get(word, word)) for word in words]
    unknown = [word for word, client in zip(words, found) if client is None]
    if unknown or not words:
        raise UsageError("mirrors.unknown-client", name=unknown[0] if unknown else text)
    return tuple(dict.fromkeys(each for each in found if each))
