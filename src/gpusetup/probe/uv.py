"""The uv that installs: the program of the package that gpusetup depends on."""

from __future__ import annotations

import os
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from gpusetup.basics.patterns import pattern
from gpusetup.machine import Reading, Status
from gpusetup.probe.world import World

_PATIENCE_S = 5.0
_FOLDER = pattern(r"uv-(\d[\w.]*)\.dist-info")


def read_uv(world: World) -> tuple[str | None, str | None, Reading]:
    """Path and version of uv; the one on PATH where the package has none."""
    packaged = _packaged()
    path = packaged or world.which("uv")
    if path is None:
        return None, None, Reading("uv", Status.ABSENT)
    version = _packaged_version() if packaged else None
    if version is not None:
        return path, version, Reading("uv", Status.OK, version)
    try:
        said = World(world.environ).said([path, "--version"], _PATIENCE_S)
    except TimeoutError as error:
        return path, None, Reading("uv", Status.TIMEOUT, str(error))
    except OSError as error:
        return None, None, Reading("uv", Status.ERROR, str(error))
    found = re.search(r"^uv (\S+)", said, re.MULTILINE)
    return path, found[1] if found else None, Reading("uv", Status.OK, said.strip())


def _packaged() -> str | None:
    """The program of the package `uv`."""
    if _site_folder() is None:
        return None
    folder, name = ("Scripts", "uv.exe") if os.name == "nt" else ("bin", "uv")
    beside = Path(sys.prefix, folder, name)
    if sys.prefix != sys.base_prefix and beside.is_file():
        return str(beside)  # where the package itself looks first
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError:
        return None


def _packaged_version() -> str | None:
    """From the name of the folder beside the package, uv-0.13.8.dist-info.

    `importlib.metadata` says the same, but takes a tenth of `detect` to import.
    """
    found = [_FOLDER.fullmatch(name) for name in os.listdir(_site_folder())]  # noqa: PTH208
    versions = [each[1] for each in found if each]
    return versions[0] if len(versions) == 1 else None


def _site_folder() -> str | None:
    """Where the package `uv` lies, without importing it: it brings `sysconfig`."""
    found = PathFinder.find_spec("uv")
    return os.path.dirname(os.path.dirname(found.origin)) if found and found.origin else None  # noqa: PTH120
