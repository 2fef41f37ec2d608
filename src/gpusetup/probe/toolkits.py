"""CUDA toolkits on the machine. Wheels need none; people ask, and wrong ones get in the way."""

from __future__ import annotations

import json
import re

from gpusetup.basics.versions import Version
from gpusetup.machine import Reading, Status, Toolkit
from gpusetup.probe.world import World, join


def read_toolkits(world: World) -> tuple[tuple[Toolkit, ...], Reading]:
    """Every toolkit folder once, by its own version file, else by its name."""
    folders = [f"/usr/local/{each}" for each in world.names("/usr/local") if _is_toolkit(each)]
    for variable in ("CUDA_HOME", "CUDA_PATH"):
        if world.environ.get(variable):
            folders.append(world.environ[variable])
    compiler = world.which("nvcc")
    if compiler:
        folders.append(re.sub(r"[\\/][^\\/]+[\\/][^\\/]+$", "", world.resolved(compiler)))
    found = {}
    for folder in folders:
        real = world.resolved(folder)
        version = _version(world, real)
        if version is not None and real not in found:
            found[real] = Toolkit(version, real)
    toolkits = tuple(found.values())
    return toolkits, Reading("toolkits", Status.OK if toolkits else Status.ABSENT)


def _is_toolkit(name: str) -> bool:
    return re.fullmatch(r"cuda(?:-\d+(?:\.\d+)*)?", name) is not None


def _version(world: World, folder: str) -> Version | None:
    return (
        parse_version_json(world.text(join(folder, "version.json")) or "")
        or parse_version_txt(world.text(join(folder, "version.txt")) or "")
        or _version_of_name(folder)
    )


def parse_version_json(text: str) -> Version | None:
    """From 11.1 on: '{"cuda": {"name": "CUDA SDK", "version": "12.4.1"}}' -> 12.4.1."""
    try:
        return Version.parse(json.loads(text)["cuda"]["version"])
    except (ValueError, KeyError, TypeError):
        return None


def parse_version_txt(text: str) -> Version | None:
    """To 11.0: "CUDA Version 10.1.243" -> 10.1.243."""
    found = re.match(r"CUDA Version (\d+(?:\.\d+)+)", text)
    return Version.parse(found[1]) if found else None


def _version_of_name(folder: str) -> Version | None:
    found = re.search(r"cuda-(\d+(?:\.\d+)*)$|[\\/]v(\d+\.\d+)$", folder)
    return Version.parse(found[1] or found[2]) if found else None
