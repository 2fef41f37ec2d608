"""Everything about the machine but its GPUs: quick readings of files, few and short processes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Mapping

from gpusetup.basics.redact import without_credentials
from gpusetup.basics.values import replace
from gpusetup.machine import Conda, Installers, Machine, Reading
from gpusetup.probe.bare import bare_machine, scheduled
from gpusetup.probe.conda import read_conda
from gpusetup.probe.disk import read_disks
from gpusetup.probe.host import read_libc, read_memory, read_system
from gpusetup.probe.pip import read_pip
from gpusetup.probe.pythons import Pythons, read_pythons
from gpusetup.probe.scheduler import read_scheduler
from gpusetup.probe.toolkits import read_toolkits
from gpusetup.probe.uv import read_uv
from gpusetup.probe.world import Begun, World

_PROXIES = ("http", "https", "all")


def probe_system(
    environ: Mapping[str, str], root: Path | str = "/", prefix: Path | None = None
) -> Machine:
    """The machine without its GPU fields, which stay unknown.

    Args:
        environ: the environment, as the user's shell would give it.
        root: where files are looked for; a test's own tree.
        prefix: where an environment would be made, for its disk; the default place if None.

    Raises:
        Refused: torch is not built for this system.
    """
    world = World(environ, Path(root))
    scheduler = Begun(partial(read_scheduler, world))  # may ask a program, and wait for it
    conda, conda_reading = read_conda(world)
    base = conda.root if isinstance(conda, Conda) else None
    pythons = Begun(partial(read_pythons, world, base))  # starts interpreters, and waits for them
    machine = _with_disks(world, _surroundings(world), prefix)
    found = replace(machine, conda=conda, readings=(*machine.readings, conda_reading))
    return scheduled(_with_programs(world, found, pythons), scheduler.result())


def _surroundings(world: World) -> Machine:
    machine = bare_machine(world, read_system(world), read_libc(world), read_memory(world))
    return replace(machine, proxies=read_proxies(world.environ))


def _with_disks(world: World, machine: Machine, prefix: Path | None) -> Machine:
    from gpusetup.effects.home_folder import home_to_read
    from gpusetup.effects.places import environments_folder

    place = str(prefix or environments_folder(world.environ, machine.cloud, home_to_read))
    disks, readings = read_disks(world, place)
    return replace(machine, disks=disks, readings=machine.readings + readings)


def _with_programs(world: World, machine: Machine, pythons: Begun[Pythons]) -> Machine:
    toolkits, toolkits_reading = read_toolkits(world)
    installers, readings = _installers(world)
    python, others, python_reading = pythons.result()
    return replace(
        machine,
        python=python,
        other_pythons=others,
        toolkits=toolkits,
        installers=installers,
        readings=(*machine.readings, python_reading, toolkits_reading, *readings),
    )


def _installers(world: World) -> tuple[Installers, tuple[Reading, ...]]:
    installers, pip_readings = read_pip(world)
    uv, version, reading = read_uv(world)
    return replace(installers, uv=uv, uv_version=version), (*pip_readings, reading)


def read_proxies(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """http_proxy and its kin, the lower-case name first as curl, pip and uv do."""
    found = []
    for scheme in _PROXIES:
        url = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme}_proxy".upper())
        if url:
            found.append((scheme, without_credentials(url)))
    return tuple(found)
