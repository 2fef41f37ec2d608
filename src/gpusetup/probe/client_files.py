"""Where conda, pip, uv and pixi read their settings on this machine, and what stands there."""

from __future__ import annotations

import errno
import os
import stat
import sys
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping

from gpusetup.machine import Conda
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.merging import decoded
from gpusetup.mirrors.texts import Unreadable, format_of
from gpusetup.mirrors.uses import Place
from gpusetup.probe.conda import read_conda
from gpusetup.probe.pip import config_paths
from gpusetup.probe.search_paths import condarc_paths, uv_paths
from gpusetup.probe.world import World, join

_LONGEST = 16_000_000  # no configuration is longer


@dataclass(frozen=True)
class ClientFiles:
    """What a client reads, the weakest first, and the file that is ours to write."""

    client: Client
    target: str | None  # None: the client is told to read no file
    places: tuple[Place, ...]
    program: str | None = None  # the client itself, where it is found
    reason: str | None = None  # why there is no target: the variable that says so
    version: str | None = None  # of conda

    @property
    def is_there(self) -> bool:
        """Whether the client is on this machine, or was."""
        return self.program is not None or any(each.exists for each in self.places)


def read_clients(world: World) -> Mapping[Client, ClientFiles]:
    """All four."""
    readers: Mapping[Client, Callable[[World], ClientFiles]] = {
        Client.CONDA: _conda, Client.PIP: _pip, Client.UV: _uv, Client.PIXI: _pixi,
    }  # fmt: skip
    return {client: reader(world) for client, reader in readers.items()}


def content_of(world: World, path: str) -> bytes | None:
    """A file's bytes; None if there is none.

    Raises:
        OSError: it is there and cannot be read, or is no configuration.
    """
    place = world.at(path)
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            raise OSError(errno.EINVAL, "not an ordinary file", path)
        with place.open("rb") as stream:
            content = stream.read(_LONGEST + 1)
    except FileNotFoundError:
        return None
    if len(content) > _LONGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return content


def read_place(world: World, client: Client, path: str) -> Place:
    """One file, or why it cannot be read."""
    try:
        content = content_of(world, path)
    except OSError as error:
        return Place(path, broken=error.strerror or str(error))
    if content is None:
        return Place(path, exists=False)
    try:
        return Place(path, format_of(client).data_of(decoded(content).text))
    except Unreadable as error:
        return Place(path, broken=error.reason, line=error.line, key=error.key)


# conda


def _conda(world: World) -> ClientFiles:
    found, _ = read_conda(world)
    conda = found if isinstance(found, Conda) else None
    root = world.environ.get("CONDA_ROOT") or (conda.root if conda else None)
    is_mamba = conda is not None and conda.kind != "conda"
    paths = [*dict.fromkeys(condarc_paths(world, root, mamba=is_mamba))]
    places = [read_place(world, Client.CONDA, path) for path in paths]
    there = [place for place in places if place.exists]
    return ClientFiles(
        Client.CONDA,
        join(world.home, ".condarc"),
        (*there, *_conda_variables(world.environ)),
        conda.executable if conda else None,
        version=conda.version if conda and conda.kind == "conda" else None,
    )


def _conda_variables(environ: Mapping[str, str]) -> Iterator[Place]:
    """CONDA_CHANNELS and its like: one place each, since a variable is what wins."""
    lists, texts = ("channels", "default_channels"), ("channel_alias", "ssl_verify")
    for key in (*lists, *texts):
        name = f"CONDA_{key.upper()}"
        value = environ.get(name)
        if value:
            parts: Any = [each.strip() for each in value.split(",") if each.strip()]
            yield Place(name, {key: parts if key in lists else value})


# pip


def _pip(world: World) -> ClientFiles:
    wish = world.environ.get("PIP_CONFIG_FILE")
    paths = config_paths(world)
    places = [read_place(world, Client.PIP, path) for path in paths]
    there = tuple(place for place in places if place.exists)
    target, reason = _pip_target(world, wish)
    return ClientFiles(
        Client.PIP, target, (*there, *_pip_variables(world.environ)), _pip_program(world), reason
    )


def _pip_target(world: World, wish: str | None) -> tuple[str | None, str | None]:
    """PIP_CONFIG_FILE stands for the user's file; the old place only where it is in use."""
    if wish == os.devnull:
        return None, "PIP_CONFIG_FILE"
    if wish and world.exists(world.expanded(wish)):
        return world.expanded(wish), None
    from gpusetup.probe.pip import user_paths

    legacy, modern = user_paths(world)
    return (legacy if world.is_file(legacy) and not world.is_file(modern) else modern), None


def _pip_variables(environ: Mapping[str, str]) -> Iterator[Place]:
    for name in ("INDEX_URL", "PYPI_URL", "EXTRA_INDEX_URL", "TRUSTED_HOST"):
        value = environ.get(f"PIP_{name}")
        if value:
            yield Place(f"PIP_{name}", {":env:": {name.lower().replace("_", "-"): value}})


def _pip_program(world: World) -> str | None:
    return world.which("pip") or world.which("pip3")


# uv


def _uv(world: World) -> ClientFiles:
    from gpusetup.probe.uv import read_uv

    no_config = world.environ.get("UV_NO_CONFIG")
    program = read_uv(world)[0]
    variables = tuple(_uv_variables(world.environ))
    if no_config and no_config.lower() not in ("0", "false", ""):
        return ClientFiles(Client.UV, None, variables, program, "UV_NO_CONFIG")
    paths = uv_paths(world)
    places = [read_place(world, Client.UV, path) for path in paths]
    there = tuple(place for place in places if place.exists)
    return ClientFiles(Client.UV, paths[-1], (*there, *variables), program)


def _uv_variables(environ: Mapping[str, str]) -> Iterator[Place]:
    """UV_DEFAULT_INDEX before its older name."""
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        if environ.get(name):
            yield Place(name, {"index": [{"url": environ[name], "default": True}]})
    for name in ("UV_EXTRA_INDEX_URL", "UV_INDEX"):
        urls = [each.partition("=")[2] or each for each in environ.get(name, "").split()]
        if urls:
            yield Place(name, {"extra-index-url": urls})
    if environ.get("UV_PYTHON_INSTALL_MIRROR"):
        value = environ["UV_PYTHON_INSTALL_MIRROR"]
        yield Place("UV_PYTHON_INSTALL_MIRROR", {"python-install-mirror": value})


# pixi


def _pixi(world: World) -> ClientFiles:
    environ = world.environ
    program = world.which("pixi")
    if environ.get("PIXI_NO_CONFIG"):
        return ClientFiles(Client.PIXI, None, (), program, "PIXI_NO_CONFIG")
    paths = [*dict.fromkeys(_pixi_paths(world))]
    places = [read_place(world, Client.PIXI, path) for path in paths]
    return ClientFiles(
        Client.PIXI, paths[-1], tuple(place for place in places if place.exists), program
    )


def _pixi_paths(world: World) -> Iterator[str]:
    environ, home = world.environ, world.home
    if environ.get("PIXI_CONFIG_FILE"):
        yield world.expanded(environ["PIXI_CONFIG_FILE"])
        return
    if sys.platform != "win32":
        yield "/etc/pixi/config.toml"
        yield join(home, ".config", "pixi", "config.toml")
    if environ.get("XDG_CONFIG_HOME"):
        yield join(environ["XDG_CONFIG_HOME"], "pixi", "config.toml")
    yield join(home, ".pixi", "config.toml")
    if environ.get("PIXI_HOME"):
        yield join(world.expanded(environ["PIXI_HOME"]), "config.toml")
