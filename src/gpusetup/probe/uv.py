"""The uv that installs: the program of the package that gpusetup depends on."""

from __future__ import annotations

import re
from pathlib import Path

from gpusetup.machine import Reading, Status
from gpusetup.patterns import pattern
from gpusetup.probe.world import World

_PATIENCE_S = 5.0
_FOLDER = pattern(r"uv-(\d[\w.]*)\.dist-info")


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
    """From the name of the folder beside the package, uv-0.13.8.dist-info.

    `importlib.metadata` says the same, but takes a tenth of `detect` to import.
    """
    import uv

    folder = Path(uv.__file__).parent.parent
    found = [_FOLDER.fullmatch(each.name) for each in folder.glob("uv-*.dist-info")]
    versions = [each[1] for each in found if each]
    return versions[0] if len(versions) == 1 else None
