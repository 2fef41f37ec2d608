"""Where conda and uv look for their settings, the weakest first: the one table of each."""

from __future__ import annotations

import sys
from typing import Iterator

from gpusetup.probe.world import World, join


def condarc_paths(
    world: World, root: str | None, *, mamba: bool = False, active: str | None = None
) -> Iterator[str]:
    """conda's own order (conda.base.constants.SEARCH_PATH), whether the files are there or not.

    Args:
        root: conda's base environment.
        mamba: also the files that only mamba reads, each behind those of its folder.
        active: the environment that is looked at, instead of the activated one.
    """
    home, environ = world.home, world.environ
    folders: list[str | None] = ["/etc/conda", "/var/lib/conda"]
    if sys.platform == "win32":
        folders = ["C:/ProgramData/conda"]
    config = environ.get("XDG_CONFIG_HOME")
    folders += [root, join(config, "conda") if config else None]
    folders += [join(home, ".config", "conda"), join(home, ".conda")]
    for folder in filter(None, folders):
        yield from _in_folder(world, folder, mamba)
    yield join(home, ".condarc")
    if mamba:
        yield join(home, ".mambarc")
    last = active or environ.get("CONDA_PREFIX")
    if last:
        yield from _in_folder(world, last, mamba)
    if environ.get("CONDARC"):
        yield world.expanded(environ["CONDARC"])
    if mamba and environ.get("MAMBARC"):
        yield world.expanded(environ["MAMBARC"])


def _in_folder(world: World, folder: str, mamba: bool) -> Iterator[str]:
    yield join(folder, ".condarc")
    yield join(folder, "condarc")
    inside = join(folder, "condarc.d")
    yield from (join(inside, n) for n in world.names(inside) if n.endswith((".yml", ".yaml")))
    if mamba:
        yield join(folder, ".mambarc")


def uv_paths(world: World) -> list[str]:
    """The file that UV_CONFIG_FILE names, or the system's (if it is there) and the user's."""
    wish = world.environ.get("UV_CONFIG_FILE")
    return [world.expanded(wish)] if wish else [*_uv_system(world), _uv_user(world)]


def _uv_user(world: World) -> str:
    environ = world.environ
    if sys.platform == "win32":
        folder = environ.get("APPDATA") or join(world.home, "AppData", "Roaming")
    else:
        folder = environ.get("XDG_CONFIG_HOME") or join(world.home, ".config")
    return join(folder, "uv", "uv.toml")


def _uv_system(world: World) -> list[str]:
    """uv takes the first that exists."""
    if sys.platform == "win32":
        paths = [join(world.environ.get("PROGRAMDATA", "C:\\ProgramData"), "uv", "uv.toml")]
    else:
        folders = (world.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
        paths = [*(join(each, "uv", "uv.toml") for each in folders if each), "/etc/uv/uv.toml"]
    return [path for path in paths if world.is_file(path)][:1]
