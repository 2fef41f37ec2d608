"""Which package a line of the loader is about: the one that the traceback above it names. Pure.

>>> package_before("File '/v/site-packages/torch_scatter/__init__.py', line 16, in <module>")
'torch-scatter'
"""

from __future__ import annotations

import re
from dataclasses import replace

from gpusetup.doctor.symptoms import Sighting

_FAR = 1200  # characters: the last frames of a traceback
_NAMED = re.compile(
    r"(?:site|dist)-packages[/\\](?P<file>\w{2,60}?)(?:[/\\]|\.(?:cpython|abi3|so|pyd|cp3))"
    r"|^\W{0,12}(?:import|from) (?P<module>\w{2,60})",
    re.MULTILINE,
)
_NOT_IT = ("torch", "ctypes", "importlib", "sys", "os")
_COMPILED = re.compile(r"(?:_\d)?_cuda$|_C$|^_+")


def with_packages(sightings: tuple[Sighting, ...], text: str) -> tuple[Sighting, ...]:
    """Lines about a compiled extension with its name, where the text tells it."""
    return tuple(_named(each, text) for each in sightings)


def _named(sighting: Sighting, text: str) -> Sighting:
    if sighting.finding != "packages.extension-abi" or "package" in sighting.facts:
        return sighting
    place = text.find(sighting.line[-60:])
    end = place + 60 if place >= 0 else sighting.position + 60
    name = package_before(text[max(0, end - _FAR) : end])
    return replace(sighting, facts={**sighting.facts, "package": name}) if name else sighting


def package_before(text: str) -> str | None:
    """The last package that is named in a text, torch itself apart."""
    found = [match["file"] or match["module"] for match in _NAMED.finditer(text)]
    names = [each for each in found if each.split(".")[0] not in _NOT_IT]
    if not names:
        return None
    bare = _COMPILED.sub("", names[-1])
    return (bare or names[-1]).replace("_", "-")
