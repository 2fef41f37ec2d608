"""torchvision and torchaudio: from the same origin and build as torch, or not at all."""

from __future__ import annotations

import re
from typing import Iterable

from gpusetup.choice import Companion, Reason
from gpusetup.choosing.wheelhouse import NamedWheel, companion_in
from gpusetup.matrix import Build
from gpusetup.request import Origin, Request
from gpusetup.versions import Version

NAMES = ("torchvision", "torchaudio")


def wanted_companions(request: Request) -> tuple[str, ...]:
    """The companions among the packages of `--with`."""
    asked = {re.split(r"[\s<>=!~\[;]", each.strip(), maxsplit=1)[0] for each in request.packages}
    return tuple(name for name in NAMES if name in {each.lower() for each in asked})


def companions_of(
    build: Build, wanted: Iterable[str], python: Version, wheels: tuple[NamedWheel, ...]
) -> tuple[Companion, ...]:
    """Those of the wanted companions that can be had for a build."""
    found = []
    for name in wanted:
        version = build.torchvision if name == "torchvision" else build.torchaudio
        if version is None:
            continue
        in_house = build.origin is Origin.WHEELHOUSE
        if in_house and not companion_in(wheels, name, version, build, python):
            continue
        found.append(Companion(name, version, build.local))
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
