"""torchvision and torchaudio: from the same origin and build as torch, or not at all."""

from __future__ import annotations

import re
from typing import Iterable

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Companion, Reason
from gpusetup.choosing.wheelhouse import NamedWheel, companion_in
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.request import Origin, Request
from gpusetup.requirement_files import COMPANIONS


def wanted_companions(request: Request) -> tuple[str, ...]:
    """The companions among the packages of `--with`."""
    asked = {re.split(r"[\s<>=!~\[;]", each.strip(), maxsplit=1)[0] for each in request.packages}
    return tuple(name for name in COMPANIONS if name in {each.lower() for each in asked})


def companions_of(
    build: Build, wanted: Iterable[str], matrix: Matrix, wheels: tuple[NamedWheel, ...]
) -> tuple[tuple[Companion, tuple[Version, ...]], ...]:
    """Those of the wanted companions that exist for a build, with the Pythons of both."""
    found = []
    for name in wanted:
        version = build.torchvision if name == "torchvision" else build.torchaudio
        pythons = _pythons(name, version, build, matrix, wheels) if version else ()
        if version and pythons:
            found.append((Companion(name, version, build.local), pythons))
    return tuple(found)


def left_out(build: Build, wanted: Iterable[str], taken: Iterable[Companion]) -> tuple[Reason, ...]:
    """A warning for each companion that does not come along."""
    names = {each.name for each in taken}
    facts = {"torch": str(build.torch), "build": build.build, "origin": build.origin.value}
    return tuple(
        Reason("choose.companion-left-out", {**facts, "package": name})
        for name in wanted
        if name not in names
    )


def _pythons(
    name: str, version: Version, build: Build, matrix: Matrix, wheels: tuple[NamedWheel, ...]
) -> tuple[Version, ...]:
    if build.origin is Origin.WHEELHOUSE:
        in_house = (p for p in build.pythons if companion_in(wheels, name, version, build, p))
        return tuple(in_house)
    row = matrix.companion(name, version, build.platform)
    if row is None or build.origin.is_conda:  # the table is that of the wheels
        return build.pythons
    if row.builds and build.build not in row.builds:
        return ()  # torchaudio 2.11.0 compares its CUDA with torch's and then refuses to load
    return tuple(each for each in build.pythons if each in row.pythons)
