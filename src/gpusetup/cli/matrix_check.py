"""`gpusetup matrix check`: the compatibility data against what the indexes hold today."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Optional

import click
import typer

from gpusetup.basics.errors import Exit, Refused, UsageError
from gpusetup.messages import Words, say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.basics.versions import Version
    from gpusetup.cli.matrix_checking import Filter
    from gpusetup.indexes.client import Client
    from gpusetup.matrix.rows import Matrix
    from gpusetup.matrix_check.values import Checked

LIMIT_MIB = 60  # a first run over all releases receives about 30
CHANNELS = ("conda-forge", "pytorch")
ORIGINS = ("all", "pypi", "wheel-index", *CHANNELS)


def check(
    origin: str = typer.Option(
        "all",
        "--origin",
        help=say("help.matrix.check.origin"),
        click_type=click.Choice(ORIGINS),
    ),
    torch: Optional[str] = typer.Option(
        None, "--torch", metavar="SPEC", help=say("help.matrix.check.torch")
    ),
    limit_mib: float = typer.Option(
        LIMIT_MIB, "--limit-mib", metavar="MIB", help=say("help.matrix.check.limit")
    ),
    no_cache: bool = typer.Option(False, "--no-cache", help=say("help.matrix.check.no-cache")),
) -> int:
    """Texts: `help.matrix.check` and its parts."""
    from gpusetup.cli.matrix_check_screen import document, show_checked
    from gpusetup.compat_files import packaged_or_configured, user_matrix_file

    if limit_mib <= 0:
        raise UsageError("matrix-check.limit", limit=f"{limit_mib:g}")
    matrix = packaged_or_configured(os.environ, user_matrix_file())
    is_wanted = _filter(torch, matrix)
    begun = time.monotonic()
    client, checked = _compare(matrix, origin, is_wanted, limit_mib, no_cache)
    if not any(each.is_checked for each in checked):
        raise Refused("matrix-check.nothing", reasons=tuple(map(_reason, checked)))
    seconds = time.monotonic() - begun
    if session().json:
        from gpusetup.envelope import emit

        emit(document(matrix, checked, client, seconds))
    else:
        show_checked(checked, client, seconds, limit_mib)
    return Exit.FOUND if any(each.differences for each in checked) else Exit.OK


def _compare(
    matrix: Matrix, origin: str, is_wanted: Filter | None, limit_mib: float, no_cache: bool
) -> tuple[Client, tuple[Checked, ...]]:
    from gpusetup.cli.matrix_checking import check_package_index, check_wheel_index
    from gpusetup.indexes.cache import Cache, NoCache, cache_folder
    from gpusetup.indexes.client import Client
    from gpusetup.indexes.default import package_index
    from gpusetup.probe.pip import read_pip
    from gpusetup.probe.uv import read_uv
    from gpusetup.probe.world import World
    from gpusetup.road.placing import wheel_index
    from gpusetup.terminal.show import awaiting

    world = World(os.environ)
    installers = read_pip(world)[0]
    client = Client(
        cert=installers.cert,
        proxy=installers.proxy,
        cache=NoCache() if no_cache else Cache(cache_folder()),
        limit_mib=limit_mib,
    )
    checked = []
    with awaiting(say("matrix-check.listing")) as wait:

        def progress(where: str, done: int, total: int) -> None:
            if done % 25 == 0 or done == total:
                wait.update(say("matrix-check.reading", done=done, total=total, where=where))

        if origin in ("all", "pypi"):
            index = package_index(installers, read_uv(world)[0])
            checked.append(check_package_index(client, matrix, index, is_wanted, progress))
        if origin in ("all", "wheel-index"):
            base = wheel_index(os.environ)
            checked.append(check_wheel_index(client, matrix, base, is_wanted, progress))
        for each in CHANNELS:
            if origin in ("all", each):
                wait.update(say("matrix-check.channel", channel=each))
                checked.append(_channel(matrix, each, is_wanted, no_cache))
    return client, tuple(checked)


def _channel(matrix: Matrix, name: str, is_wanted: Filter | None, no_cache: bool) -> Checked:
    from gpusetup.cli.matrix_checking_channels import check_channel
    from gpusetup.indexes.cache import cache_folder
    from gpusetup.indexes.channels import channel_url
    from gpusetup.request import Origin
    from gpusetup.road.placing import channels_base

    cache = None if no_cache else cache_folder() / "channels"
    url = channel_url(name, channels_base(os.environ))
    return check_channel(matrix, Origin(name), url, cache, is_wanted)


def _reason(checked: Checked) -> Words:
    from gpusetup.cli.matrix_check_screen import reason_words

    name = say(f"matrix-check.origin.{checked.origin.value}")
    text = f"{name}{say('colon')}{reason_words(checked)}"
    return Words(text, f"{checked.origin.value}: {checked.reason or 'no index'}")


def _filter(text: str | None, matrix: Matrix) -> Filter | None:
    """ "2.7.1", "2.7" (all of them), a range or "latest" -> whether a release is meant."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if text is None:
        return None
    if text.strip() == "latest":
        newest = max(row.torch for row in matrix.builds)
        return lambda release: release >= newest
    bare = re.sub(r"^torch\s*(?=[=<>!~\d])", "", text.strip())
    if re.fullmatch(r"\d+\.\d+", bare):
        bare = f"=={bare}.*"
    elif re.fullmatch(r"\d[\w.]*", bare):
        bare = f"=={bare}"
    try:
        wanted = SpecifierSet(bare)
    except InvalidSpecifier:
        raise UsageError("wish.torch", text=text) from None

    def is_wanted(release: Version) -> bool:
        return wanted.contains(str(release))

    return is_wanted
