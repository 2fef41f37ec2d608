"""What this machine needs of a mirror, and as whom it asks for it. Changes nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Sequence

from gpusetup.choosing.choice import Choice
from gpusetup.mirrors.catalogue import Client, Mirrors, Service
from gpusetup.mirrors.proving import Needs
from gpusetup.mirrors.wheels import WantedWheel, wanted_wheel
from gpusetup.request import Origin, Request

if TYPE_CHECKING:
    from gpusetup.machine import Machine
    from gpusetup.probe.mirror_race import Means


def circumstances(clients: Sequence[Client]) -> tuple[Needs, Means]:
    """For this machine, which is looked at first."""
    from gpusetup.compat_files.mirrors import packaged_or_configured
    from gpusetup.probe import probe

    machine, mirrors = probe(), packaged_or_configured(os.environ)
    return needs_of(machine, mirrors, clients), means_of(machine)


def silent_proxy() -> str | None:
    """The proxy that the clients go through, if nobody answers there."""
    from gpusetup.probe.pip import read_pip
    from gpusetup.probe.surroundings import dead_proxy
    from gpusetup.probe.system import read_proxies
    from gpusetup.probe.world import World

    world = World(os.environ)
    installers, _readings = read_pip(world)
    return dead_proxy(read_proxies(world.environ), installers.proxy)


def means_of(machine: Machine) -> Means:
    """As whom the servers are asked, through which proxy, trusting whom."""
    from gpusetup.probe.client_agents import read_agents
    from gpusetup.probe.mirror_race import Means
    from gpusetup.probe.world import World

    return Means(read_agents(machine, World(os.environ)), machine.installers)


def needs_of(
    machine: Machine, mirrors: Mirrors, clients: Sequence[Client], request: Request | None = None
) -> Needs:
    """The files that this machine will ask for: its platform's lists, its torch."""
    from gpusetup.indexes.conda_records import SUBDIRS
    from gpusetup.indexes.default import built_in_index

    index_wheel, wheel = _wheels(machine, request or Request())
    has_address = any(each.url for each in mirrors.official.usable(Service.INDEX))
    return Needs(
        tuple(clients), SUBDIRS.get(machine.platform, "linux-64"), index_wheel, wheel,
        None if has_address else built_in_index(machine.installers.uv),
    )  # fmt: skip


def _wheels(machine: Machine, request: Request) -> tuple[WantedWheel | None, WantedWheel | None]:
    """The wheel on the package index, if torch comes from there, and that on the wheel index."""
    first = _chosen(machine, request)
    if first is None:
        return None, None
    if first.build.origin is Origin.WHEEL_INDEX:
        return None, wanted_wheel(first, machine.platform)
    second = _chosen(machine, replace(request, origin=Origin.WHEEL_INDEX))
    return (
        wanted_wheel(first, machine.platform) if first.build.origin is Origin.PYPI else None,
        wanted_wheel(second, machine.platform) if second else None,
    )


def _chosen(machine: Machine, request: Request) -> Choice | None:
    """What `init` would choose if everything could be reached."""
    from gpusetup.choosing.choose import choose
    from gpusetup.compat_files import packaged_or_configured

    decision = choose(machine, request, packaged_or_configured(os.environ))
    return decision if isinstance(decision, Choice) else None
