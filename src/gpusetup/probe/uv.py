"""The uv that installs: the program of the package that gpusetup depends on."""

from __future__ import annotations

import re

from gpusetup.machine import Reading, Status
from gpusetup.probe.world import World

_PATIENCE_S = 5.0


def read_uv(world: World) -> tuple[str | None, str | None, Reading]:
    """Path and version of uv; the one on PATH where the package has none."""
    path = _packaged() or world.which("uv")
    if path is None:
        return None, None, Reading("uv", Status.ABSENT)
    version = _packaged_version() if path == _packaged() else None
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
    try:
        import uv
    except ImportError:
        return None
    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError:
        return None


def _packaged_version() -> str | None:
    from importlib import metadata

    try:
        return metadata.version("uv")
    except metadata.PackageNotFoundError:
        return None
