"""What is to be proven, and for whom: the jobs of a race. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, Iterator, Sequence

from gpusetup.mirrors.catalogue import Client, Mirror, Mirrors, Offer, Service
from gpusetup.mirrors.wheels import WantedWheel

ESSENTIAL_CHANNEL = "conda-forge"
CHANNELS = (
    "conda-forge", "pytorch", "nvidia", "bioconda", "pkgs/main", "pkgs/r", "pkgs/msys2",
)  # fmt: skip
# Which client stands for all of them when many mirrors are compared.
STANDS_FOR_ALL = {
    Service.INDEX: Client.PIP,
    Service.CHANNEL: Client.CONDA,
    Service.WHEELS: Client.UV,
}

_ASK = {
    Service.INDEX: (Client.PIP, Client.UV, Client.PIXI),
    Service.CHANNEL: (Client.CONDA, Client.PIXI),
    Service.WHEELS: (Client.UV, Client.PIP),
}


@dataclass(frozen=True)
class Needs:
    """What this machine wants of a mirror.

    `clients` are those that shall be set. `index_wheel` is torch on the package index, `wheel`
    that on the wheel index; None where this machine takes none from there.
    """

    clients: tuple[Client, ...]
    subdir: str  # conda's name of the platform
    index_wheel: WantedWheel | None = None
    wheel: WantedWheel | None = None
    default_index: str | None = field(default=None, repr=False)  # built into the clients

    def clients_of(self, service: Service) -> tuple[Client, ...]:
        """Who asks for a service. gpusetup itself takes wheels, so that uv always asks for them."""
        asking = _ASK.get(service, ())
        if service is Service.WHEELS:
            return asking[:1] if Client.PIP not in self.clients else asking
        return tuple(each for each in asking if each in self.clients)

    @property
    def services(self) -> tuple[tuple[Service, str], ...]:
        """What every chosen client needs above all: (service, name)."""
        found = []
        if self.clients_of(Service.INDEX):
            found.append((Service.INDEX, ""))
        if self.clients_of(Service.CHANNEL):
            found.append((Service.CHANNEL, ESSENTIAL_CHANNEL))
        return tuple(found)


@dataclass(frozen=True)
class Job:
    """One proof: one offer of one mirror for one client."""

    mirror: str
    offer: Offer
    client: Client


def jobs_of(mirror: Mirror, needs: Needs) -> Iterator[Job]:
    """All that one mirror is asked for. Of several indexes the first is tried first."""
    wanted = [(Service.INDEX, ""), (Service.WHEELS, "")]
    wanted += [(Service.CHANNEL, name) for name in CHANNELS]
    for service, name in wanted:
        if service is Service.WHEELS and needs.wheel is None:
            continue
        for offer in mirror.usable(service, name):
            for client in needs.clients_of(service):
                if _is_asked(service, name, client):
                    yield Job(mirror.id, offer, client)


def _is_asked(service: Service, name: str, client: Client) -> bool:
    """pixi knows Anaconda's own channels only as addresses that nobody gives it."""
    return client is not Client.PIXI or not name.startswith("pkgs/")


def gap_jobs(mirror: Mirror, mirrors: Mirrors, needs: Needs) -> Iterator[Job]:
    """What a mirror does not carry, asked of all others and of the source."""
    for service, name in gaps(mirror, needs):
        for other in mirrors.mirrors:
            for offer in other.usable(service, name):
                for client in needs.clients_of(service):
                    yield Job(other.id, offer, client)


def gaps(mirror: Mirror, needs: Needs) -> tuple[tuple[Service, str], ...]:
    """What is needed and not among a mirror's usable offers."""
    wanted = list(needs.services)
    if needs.clients_of(Service.CHANNEL):
        wanted += [(Service.CHANNEL, "nvidia")]
    if needs.wheel is not None:
        wanted += [(Service.WHEELS, "")]
    return tuple(each for each in wanted if not mirror.usable(*each))


def compared_jobs(
    mirrors: Iterable[Mirror], needs: Needs, services: Sequence[tuple[Service, str]]
) -> list[Job]:
    """One job for each mirror and service: by the client that stands for all."""
    found = []
    for mirror in mirrors:
        for service, name in services:
            clients = needs.clients_of(service)
            for offer in mirror.usable(service, name)[:1]:
                client = (
                    STANDS_FOR_ALL[service] if STANDS_FOR_ALL[service] in clients else clients[0]
                )
                found.append(Job(mirror.id, offer, client))
    return found
