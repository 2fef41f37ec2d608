"""An environment of ours as contents of an export: what is installed, each in its exact version."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Iterable

from gpusetup.basics.errors import Refused
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason
from gpusetup.engines.specs import Wanted
from gpusetup.environments.installed import FAMILY, Torch
from gpusetup.exporting import Contents, Source
from gpusetup.exporting.contents import Prepared, driver_cuda
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build
from gpusetup.probe.frozen import (
    CondaPackage,
    Wheel,
    conda_packages_of,
    torch_index_of,
    wheels_of,
)
from gpusetup.request import Origin
from gpusetup.road.existing import Record, read_record

_ONLY_ON_LINUX = re.compile(r"nvidia-|triton$|cuda-(?:bindings|toolkit|pathfinder)$")


def prepared(env: str) -> Prepared:
    """The contents of a named environment.

    Raises:
        Refused: gpusetup did not make it, or it holds no torch.
    """
    from gpusetup.cli.deciding import look
    from gpusetup.cli.envs_targets import known_environments, named

    found = named(env, known_environments())
    record, torch = read_record(found.path), found.installed.torch
    if record is None:
        raise Refused("export.not-ours", prefix=found.path, format="environment.yml")
    if torch is None:
        raise Refused("export.no-torch", prefix=found.path, name=found.name)
    prefix, machine = Path(found.path), look(None)
    build = build_of(record, torch, machine)
    contents = _contents(prefix, found.name, build, machine, found.installed.python)
    return Prepared(contents, tuple(_left_out(wheels_of(prefix))))


def build_of(record: Record, torch: Torch, machine: Machine) -> Build:
    """The row of the matrix, or a build of what the environment says where there is none."""
    from gpusetup.compat_files import packaged_or_configured, user_matrix_file

    origin = Origin(record.origin)
    rows = packaged_or_configured(os.environ, user_matrix_file()).builds_for(machine.platform)
    for row in rows:
        if (str(row.torch), row.build, row.origin) == (torch.version, torch.build, origin):
            return row
    runtime = Version.parse(torch.cuda_runtime) if torch.cuda_runtime else None
    return Build(
        Version.parse(torch.version), torch.build, origin, machine.platform, runtime, (), (), ()
    )


def _contents(
    prefix: Path, name: str, build: Build, machine: Machine, python: str | None
) -> Contents:
    wheels = [each for each in wheels_of(prefix) if each.name.lower() != "pip"]
    conda = conda_packages_of(prefix)
    exact = python or "3"
    family = [each for each in wheels if each.name.lower() in FAMILY]
    torch = next((each for each in family if each.name.lower() == "torch"), None)
    local = torch.version.partition("+")[2] if torch else None
    index = torch_index_of(prefix)
    return Contents(
        name=name,
        prefix=str(prefix),
        python=exact,
        build=replace(build, local=local or None),
        conda=_wanted(conda, exact),
        torch=tuple(f"{each.name}=={each.version}" for each in sorted(family, key=_torch_first)),
        packages=tuple(_lines([each for each in wheels if each not in family], build)),
        source=Source(index.url, index.flat) if index and torch else Source(),
        driver_cuda=driver_cuda(build, machine),
        glibc=machine.libc.version if machine.libc else None,
        exact=True,
    )


def _torch_first(wheel: Wheel) -> tuple[bool, str]:
    return wheel.name.lower() != "torch", wheel.name


def _wanted(packages: Iterable[CondaPackage], python: str) -> Wanted:
    """Each package with its build. Channels in the order in which torch's own comes first."""
    found = tuple(packages)
    if not found:
        return Wanted(("conda-forge",), (f"python={python}", "pip"))
    of_torch = [each.channel for each in found if each.name.startswith("pytorch")]
    others = [each.channel for each in found]
    channels = dict.fromkeys((*of_torch, *sorted(others, key=lambda each: each == "conda-forge")))
    specs = tuple(f"{each.name}={each.version}={each.build}" for each in found)
    return Wanted(tuple(each for each in channels if each), specs)


def _lines(wheels: Iterable[Wheel], build: Build) -> Iterable[str]:
    for each in wheels:
        if each.url is None:
            marker = _marker(each.name) if build.platform.startswith("linux") else ""
            yield f"{each.name}=={each.version}{marker}"
        elif not each.url.startswith("file:"):
            yield f"{each.name} @ {each.url}"


def _marker(name: str) -> str:
    """Parts of CUDA that exist for Linux alone."""
    return " ; sys_platform == 'linux'" if _ONLY_ON_LINUX.match(name.lower()) else ""


def _left_out(wheels: Iterable[Wheel]) -> Iterable[Reason]:
    for each in wheels:
        is_local = each.url is not None and each.url.startswith("file:")
        if is_local and each.name.lower() not in FAMILY:
            yield Reason("export.not-exact", {"name": each.name, "place": each.url})
