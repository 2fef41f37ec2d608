"""The files that configure conda, pip and uv: what they say, whether they can be read at all."""

from __future__ import annotations

import sys
from typing import Iterator

from gpusetup.environments.configuration import PARSERS
from gpusetup.environments.facts import ConfigFile
from gpusetup.machine import Conda, Machine
from gpusetup.probe.pip import config_paths
from gpusetup.probe.search_paths import condarc_paths, uv_paths
from gpusetup.probe.world import World, join

_MISPLACED_PIP = ("pip.conf", "pip.ini", ".pip.conf", ".pip/pip.ini", ".config/pip.conf")


def read_config_files(world: World, machine: Machine, prefix: str | None) -> tuple[ConfigFile, ...]:
    """All that are there, in the order in which each tool reads them, the weakest first.

    Args:
        prefix: the environment that is looked at: conda and pip read a file of its own too.
    """
    root = machine.conda.root if isinstance(machine.conda, Conda) else None
    paths: list[tuple[str, str, bool]] = [
        *(("conda", path, True) for path in condarc_paths(world, root, mamba=True, active=prefix)),
        *(("pip", path, True) for path in _pip_paths(world, prefix)),
        *(("pip", path, False) for path in _unread_pip_paths(world)),
        *(("uv", path, True) for path in uv_paths(world)),
    ]
    unique = dict.fromkeys(paths)
    return tuple(_read(world, *each) for each in unique if world.is_file(each[1]))


def _pip_paths(world: World, prefix: str | None) -> Iterator[str]:
    yield from config_paths(world)
    if prefix:
        yield join(prefix, "pip.ini" if sys.platform == "win32" else "pip.conf")


def _unread_pip_paths(world: World) -> Iterator[str]:
    """Where guides have put it and no pip has ever looked."""
    read = set(config_paths(world))
    for name in _MISPLACED_PIP:
        path = join(world.home, name)
        if path not in read:
            yield path


def _read(world: World, tool: str, path: str, is_read: bool) -> ConfigFile:
    text = world.text(path)
    if text is None:
        return ConfigFile(tool, path, error="unreadable", is_read=is_read)
    settings, error, line = PARSERS[tool](text)
    # only what is read exactly may be written again
    return ConfigFile(tool, path, settings, error, line, is_read, world.exact(path))
