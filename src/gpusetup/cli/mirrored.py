"""The mirrors of one run of `init` or `plan`: named, or found where the sources crawl."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gpusetup.basics.errors import UsageError
from gpusetup.basics.values import replace
from gpusetup.machine import Conda, Machine
from gpusetup.messages import listed, say
from gpusetup.mirrors.catalogue import Client
from gpusetup.request import Engine, Request

if TYPE_CHECKING:
    from gpusetup.mirrors.catalogue import Mirror, Mirrors
    from gpusetup.mirrors.proving import Needs
    from gpusetup.mirrors.through import Own, Through
    from gpusetup.probe.mirror_race import Means

AUTO, NONE = "auto", "none"


def find_mirrors(machine: Machine, request: Request, asks: bool) -> Through | None:
    """The mirrors to go through. `auto` looks for some only in China.

    Raises:
        UsageError: no mirror has that name.
        Refused: the one that was named does not serve.
    """
    if request.mirror == NONE:
        return None
    if request.mirror != AUTO:
        return _named(machine, request)
    if not _seems_to_be_in_china(machine):
        return None
    found = _fastest(machine, request)
    return None if found is None or (asks and not _accepted(found)) else found


def _seems_to_be_in_china(machine: Machine) -> bool:
    """By zone, locale or cloud; or because pip is set to a mirror that we know."""
    from gpusetup.probe.china import signs_of_china
    from gpusetup.probe.world import World

    if signs_of_china(World(os.environ), machine.cloud):
        return True
    if machine.installers.index_url is None:
        return False
    from gpusetup.compat_files.mirrors import packaged_or_configured

    found = packaged_or_configured(os.environ).of_host(machine.installers.index_url)
    return found is not None and not found.is_official


def _named(machine: Machine, request: Request) -> Through | None:
    from gpusetup.cli.mirrors_use import failure
    from gpusetup.compat_files.mirrors import packaged_or_configured
    from gpusetup.mirrors.choosing import Failure
    from gpusetup.mirrors.through import Own, through
    from gpusetup.probe.mirror_choice import prove_asked
    from gpusetup.terminal.show import awaiting

    mirrors = packaged_or_configured(os.environ)
    mirror = _known(request.mirror, mirrors)
    with awaiting(say("plan.proving-mirror")):
        needs, means = _circumstances(machine, request, mirrors)
        outcome = prove_asked(mirror, mirrors, needs, means).outcome
    if isinstance(outcome, Failure):
        raise failure(outcome)
    return through(outcome, Own())  # a mirror that was named counts more than what is set


def _fastest(machine: Machine, request: Request) -> Through | None:
    """What is clearly faster than the sources; nothing where it is not."""
    from gpusetup.compat_files.mirrors import packaged_or_configured
    from gpusetup.mirrors.choosing import Selection
    from gpusetup.mirrors.through import through
    from gpusetup.probe.mirror_choice import prove_fastest
    from gpusetup.terminal.show import awaiting

    own = _own(machine)
    if own.index and own.wheels and own.channels:
        return None
    with awaiting(say("plan.looking-for-mirrors")):
        mirrors = packaged_or_configured(os.environ)
        needs, means = _circumstances(machine, request, mirrors)
        outcome = prove_fastest(mirrors, needs, means, steady=True).outcome
    return through(outcome, own) if isinstance(outcome, Selection) else None


def _known(name: str, mirrors: Mirrors) -> Mirror:
    found = mirrors.named(name)
    if found is None or found.is_official:
        names = listed([AUTO, NONE, *(each.id for each in mirrors.offered)])
        raise UsageError("wish.mirror", name=name, names=names)
    return found


def _circumstances(machine: Machine, request: Request, mirrors: Mirrors) -> tuple[Needs, Means]:
    """uv takes packages and wheels; a conda engine takes part where there is one."""
    from gpusetup.cli.mirrors_needs import means_of, needs_of

    clients, means = [Client.UV], means_of(machine)
    if request.engine is Engine.RATTLER:
        from importlib import metadata

        clients.append(Client.PIXI)  # rattler asks for the same lists, in a name of its own
        name = f"py-rattler/{metadata.version('py-rattler')}"
        means = replace(means, agents={**means.agents, Client.PIXI: name})
    elif request.engine is not Engine.UV and isinstance(machine.conda, Conda):
        clients.append(Client.CONDA)
    return needs_of(machine, mirrors, clients, request), means


def _own(machine: Machine) -> Own:
    """What the user has set: it is not overruled by something that nobody asked for."""
    from gpusetup.mirrors.through import Own

    installers, environ = machine.installers, os.environ
    return Own(
        index=bool(installers.index_url or installers.extra_index_urls or installers.no_index),
        wheels=bool(environ.get("GPUSETUP_WHEEL_INDEX")),
        channels=bool(environ.get("GPUSETUP_CHANNELS")) or _conda_is_set(),
    )


def _conda_is_set() -> bool:
    """Whether conda's files, which rattler reads too, lead conda-forge elsewhere already."""
    from gpusetup.mirrors.uses import uses
    from gpusetup.probe.client_files import read_clients
    from gpusetup.probe.world import World

    found = uses(Client.CONDA, read_clients(World(os.environ))[Client.CONDA].places)
    official = "https://conda.anaconda.org/"
    return any(each.name == "conda-forge" and not each.url.startswith(official) for each in found)


def _accepted(found: Through) -> bool:
    """Whether these mirrors may be used, for this run."""
    from gpusetup.mirrors.verdicts import host_of
    from gpusetup.terminal import show
    from gpusetup.terminal.ask import confirm

    hosts = dict.fromkeys(host_of(each.url) for each in found.routes)
    accepted = confirm(say("plan.offer-mirrors", hosts=listed(hosts)))
    if accepted:
        show.hint(say("plan.keep-mirrors"))
    return accepted
