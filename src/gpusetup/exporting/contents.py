"""From a choice and its wishes to what an exported file holds. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable

from gpusetup.basics.origins import wheel_index_folder
from gpusetup.basics.redact import without_credentials
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Reason
from gpusetup.engines import specs
from gpusetup.engines.more import More, more_of, with_more
from gpusetup.engines.specs import Wanted
from gpusetup.engines.uv import Place, torch_requirements
from gpusetup.exporting import Contents, Source
from gpusetup.machine import Driver, Machine
from gpusetup.matrix.rows import Build
from gpusetup.plan import BASE_PACKAGES
from gpusetup.request import Origin, Request


@dataclass(frozen=True)
class Prepared:
    """Contents, and what the reader must know about them."""

    contents: Contents
    warnings: tuple[Reason, ...] = ()


def contents_of(
    choice: Choice, request: Request, machine: Machine, place: Place, index: str | None
) -> Prepared:
    """What the plan of a choice would install. `index`: a mirror of the package index, if one
    was chosen."""
    more = more_of(choice, request, machine)
    lines, warnings = _plain_lines(_packages(choice, more))
    constraints, more_warnings = _plain_lines(more.file.constraints if more.file else ())
    found = Contents(
        name=place.name,
        prefix=place.prefix,
        python=str(choice.python),
        build=choice.build,
        conda=_conda(choice, more, place),
        torch=() if choice.build.origin.is_conda else torch_requirements(choice),
        packages=lines,
        constraints=constraints,
        source=source_of(choice.build, place.wheel_index, place.flat_wheels),
        index=index and without_credentials(index),
        driver_cuda=driver_cuda(choice.build, machine),
        glibc=_oldest_glibc(machine),
    )
    return Prepared(found, (*warnings, *more_warnings))


def _packages(choice: Choice, more: More) -> Iterable[str]:
    """Requirement lines beside torch. With a channel's torch only a repository's file is left."""
    from_file = more.file.lines if more.file else ()
    if choice.build.origin.is_conda:
        return from_file
    pinned = {re.split(r"[<>=!~ ]", pin)[0] for pin in choice.pins}
    base = [each for each in BASE_PACKAGES if each not in (*pinned, "pip")]
    return dict.fromkeys((*base, *choice.pins, *more.packages, *from_file))


def _conda(choice: Choice, more: More, place: Place) -> Wanted:
    if choice.build.origin.is_conda:
        wanted = specs.wanted(choice, BASE_PACKAGES, more.packages)
    else:
        wanted = specs.wanted_python(choice.python)
    wanted = with_more(wanted, more)
    channels = (without_credentials(place.channel(each)) for each in wanted.channels)
    return Wanted(tuple(channels), wanted.specs)


def source_of(build: Build, wheel_index: str, flat: bool) -> Source:
    """Where the wheels of a build lie."""
    if build.origin is Origin.WHEEL_INDEX:
        url = wheel_index_folder(wheel_index, build.build)
        return Source(without_credentials(url), flat)
    if build.origin is Origin.WHEELHOUSE and build.location:
        return Source(without_credentials(build.location), True)
    return Source()


def driver_cuda(build: Build, machine: Machine) -> Version | None:
    """The CUDA version that a driver must serve for this build: no more than it needs.

    A driver of the same family can be older than the runtime (minor-version compatibility); then
    it is that of the oldest driver here, for which the build was chosen.
    """
    if build.cuda_runtime is None:
        return None
    hosts = machine.compute_nodes or (machine,)
    served = [each.driver.cuda_version for each in hosts if isinstance(each.driver, Driver)]
    return min([build.cuda_runtime, *(each for each in served if each)])


def _oldest_glibc(machine: Machine) -> Version | None:
    hosts = machine.compute_nodes or (machine,)
    found = [each.libc.version for each in hosts if each.libc and each.libc.name == "glibc"]
    return min((each for each in found if each), default=None)


def _plain_lines(lines: Iterable[str]) -> tuple[tuple[str, ...], tuple[Reason, ...]]:
    """Lines as they can be passed on: no login, and a word about what exists only here."""
    kept, warnings = [], []
    for line in lines:
        bare = without_credentials(line)
        if bare != line:
            warnings.append(Reason("export.login-left-out", {"line": bare}))
        if _is_local(bare):
            warnings.append(Reason("export.local-path", {"line": bare}))
        kept.append(bare)
    return tuple(kept), tuple(warnings)


def _is_local(line: str) -> bool:
    place = re.sub(r"^(?:-e|-f|--find-links|--extra-index-url)\s+|^[\w.\[\],-]+ @ ", "", line)
    return place.startswith(("/", "~", "file:")) or re.match(r"[A-Za-z]:[\\/]", place) is not None
