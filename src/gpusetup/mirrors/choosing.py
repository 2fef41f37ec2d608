"""From verdicts to routes: what comes from where, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable, Iterator, Sequence, Union

from gpusetup.choosing.choice import Reason
from gpusetup.mirrors.catalogue import OFFICIAL, Client, Mirror, Mirrors, Offer, Service, State
from gpusetup.mirrors.proving import CHANNELS, ESSENTIAL_CHANNEL, Needs, gaps
from gpusetup.mirrors.settings import Route
from gpusetup.mirrors.speed import CLEARLY, clearly_faster, ranked, seconds_for
from gpusetup.mirrors.verdicts import Cause, Verdict, host_of

Key = tuple[Service, str]


@dataclass(frozen=True)
class Selection:
    """The routes to write, and what is to be said about them. `mirror` None: the fastest."""

    mirror: str | None
    routes: tuple[Route, ...]
    notes: tuple[Reason, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    def route(self, service: Service, name: str = "") -> Route | None:
        """Where one thing comes from; None: where it came from before."""
        fitting = (each for each in self.routes if (each.service, each.name) == (service, name))
        return next(fitting, None)


@dataclass(frozen=True)
class Failure:
    """A mirror that was asked for and does not serve, by the verdict that decided."""

    mirror: str
    verdict: Verdict
    verdicts: tuple[Verdict, ...] = ()
    best: str | None = None  # the mirror that serves instead, the fastest


Outcome = Union[Selection, Failure]


def choose_asked(
    mirror: Mirror, mirrors: Mirrors, needs: Needs, verdicts: Sequence[Verdict]
) -> Outcome:
    """The mirror for what it has; the best other copy, or the source, for what it has not."""
    if not any(mirror.usable(*each) for each in needs.services):
        return Failure(mirror.id, _unasked(mirror, needs), tuple(verdicts))
    own = tuple(each for each in verdicts if each.mirror == mirror.id)
    routes: list[Route] = []
    notes: list[Reason] = []
    for service, name in needs.services:
        if not mirror.usable(service, name):
            continue
        found = verdicts_of(own, service, name)
        serving = _in_order(mirror, serving_all(found, needs.clients_of(service)))
        if not serving:
            return Failure(mirror.id, _worst(found), tuple(verdicts))
        routes.append(_route(mirrors, needs, serving[0], serving))
    for route, said in _extras(mirror, mirrors, needs, own):
        routes += [route] if route else []
        notes += [said] if said else []
    for what in gaps(mirror, needs):
        filled = _elsewhere(mirrors, needs, verdicts_of(verdicts, *what), *what)
        routes += filled
        notes += _about_gap(mirror, what, filled)
    return Selection(mirror.id, tuple(routes), (*notes, *_redirects(mirrors, routes, own)), own)


def choose_fastest(
    mirrors: Mirrors, needs: Needs, verdicts: Sequence[Verdict], *, steady: bool = False
) -> Selection:
    """For each service the fastest that is proven for all clients, if that is clearly faster."""
    routes: list[Route] = []
    notes: list[Reason] = []
    for service, name in measured_services(needs):
        found = verdicts_of(verdicts, service, name)
        default = next((each for each in found if each.mirror == OFFICIAL), None)
        copies = [each for each in found if each.mirror != OFFICIAL]
        best = serving_all(copies, needs.clients_of(service))
        best = _steady(best, mirrors) if steady else best
        if best and clearly_faster(best[0], default):
            routes.append(_route(mirrors, needs, best[0], best))
        elif default is not None and default.ok:
            notes.append(Reason("mirrors.note.default-stays", _what(service, name)))
        else:
            notes.append(Reason("mirrors.note.nothing-serves", _what(service, name)))
    channel = next((each for each in routes if each.name == ESSENTIAL_CHANNEL), None)
    source = mirrors.named(channel.mirror) if channel else None
    if source is not None:
        own = [each for each in verdicts if each.mirror == source.id]
        have = set(measured_services(needs))
        for route, _ in _extras(source, mirrors, needs, own):
            routes += [route] if route and (route.service, route.name) not in have else []
    return Selection(
        None, tuple(routes), (*notes, *_redirects(mirrors, routes, verdicts)), tuple(verdicts)
    )


def measured_services(needs: Needs) -> tuple[Key, ...]:
    """What is compared over all mirrors."""
    found = list(needs.services)
    if needs.clients_of(Service.CHANNEL):
        found.append((Service.CHANNEL, "nvidia"))
    if needs.wheel is not None:
        found.append((Service.WHEELS, ""))
    return tuple(found)


def serving_all(verdicts: Sequence[Verdict], clients: Sequence[Client]) -> list[Verdict]:
    """One verdict for each offer that serves all these clients, the fastest first."""
    found = []
    for offer in dict.fromkeys(each.offer for each in verdicts):
        mine = [each for each in verdicts if each.offer == offer]
        serves = {each.client for each in mine if each.ok}
        if all(each in serves for each in clients):
            found.append(ranked(mine)[0])
    return list(ranked(found))


def verdicts_of(verdicts: Iterable[Verdict], service: Service, name: str) -> list[Verdict]:
    return [each for each in verdicts if (each.offer.service, each.offer.name) == (service, name)]


def _unasked(mirror: Mirror, needs: Needs) -> Verdict:
    """A mirror that has nothing of what is needed: that is known without asking."""
    service, name = needs.services[0]
    known = next(iter(mirror.of(service, name)), Offer(service, None, name, State.ABSENT))
    cause = Cause.DEAD if known.state is State.DEAD else Cause.ABSENT
    host = host_of(known.url) if known.url else mirror.hosts[0]
    client = needs.clients_of(service)[0]
    return Verdict(mirror.id, known, client, cause, asked=known.url or "", final_host=host)


def _in_order(mirror: Mirror, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """In the mirror's own order: the same answer today and tomorrow, whichever is faster now."""
    return sorted(verdicts, key=lambda each: mirror.offers.index(each.offer))


def _steady(verdicts: Sequence[Verdict], mirrors: Mirrors) -> list[Verdict]:
    """The good ones before those that lag; of those about as fast, the first in the catalogue."""
    order = [each.id for each in mirrors.mirrors]
    fastest = min(map(seconds_for, verdicts), default=0.0)

    def rank(each: Verdict) -> tuple[bool, float, int]:
        seconds = seconds_for(each)
        is_close = seconds <= fastest * CLEARLY
        is_late = each.offer.state is not State.GOOD
        return is_late, 0.0 if is_close else seconds, order.index(each.mirror)

    return sorted(verdicts, key=rank)


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict that refutes the first offer."""
    first = [each for each in verdicts if each.offer == verdicts[0].offer]
    return next((each for each in first if not each.ok), first[0])


def _route(mirrors: Mirrors, needs: Needs, taken: Verdict, order: Sequence[Verdict]) -> Route:
    """The route of a verdict; the next in the order is asked when it fails."""
    offer = taken.offer
    others = [each.offer.url for each in order if each.mirror != taken.mirror]
    return Route(
        offer.service, offer.url or "", taken.mirror, needs.clients_of(offer.service), offer.name,
        offer.layout, others[0] if others else None, official_url(mirrors, needs, offer),
    )  # fmt: skip


def official_url(mirrors: Mirrors, needs: Needs, offer: Offer) -> str | None:
    """What an offer stands for."""
    source = mirrors.official.usable(offer.service, offer.name)
    if offer.service is Service.INDEX:
        return (source[0].url if source else None) or needs.default_index
    return source[0].url if source else None


def _extras(
    mirror: Mirror, mirrors: Mirrors, needs: Needs, own: Sequence[Verdict]
) -> Iterator[tuple[Route | None, Reason | None]]:
    """The further things that a mirror carries: what fails is left out and named."""
    wanted: list[Key] = [(Service.CHANNEL, each) for each in CHANNELS if each != ESSENTIAL_CHANNEL]
    for service, name in [*wanted, (Service.WHEELS, "")]:
        found = verdicts_of(own, service, name)
        if not found or not mirror.usable(service, name):
            continue
        asked = {each.client for each in found}  # not every client uses every channel
        clients = tuple(each for each in needs.clients_of(service) if each in asked)
        serving = _in_order(mirror, serving_all(found, clients))
        if serving:
            route = _route(mirrors, needs, serving[0], serving)
            yield replace(route, clients=clients), None
        else:
            facts = {**_what(service, name), "mirror": mirror.id, "cause": _worst(found).cause}
            yield None, Reason("mirrors.note.left-out", facts)


def _elsewhere(
    mirrors: Mirrors, needs: Needs, found: Sequence[Verdict], service: Service, name: str
) -> list[Route]:
    """The best copy, else the source by an explicit line: what was set before may not have it."""
    serving = serving_all(found, needs.clients_of(service))
    copies = _steady([each for each in serving if each.mirror != OFFICIAL], mirrors)
    if copies:
        return [_route(mirrors, needs, copies[0], copies)]
    source = next(iter(mirrors.official.usable(service, name)), None)
    url = source and (source.url or needs.default_index)
    if source is None or not url:
        return []
    return [
        Route(service, url, OFFICIAL, needs.clients_of(service), name, source.layout, None, url)
    ]


def _about_gap(mirror: Mirror, what: Key, routes: Sequence[Route]) -> Iterator[Reason]:
    for route in routes:
        code = "official" if route.mirror == OFFICIAL else "elsewhere"
        facts = {**_what(*what), "mirror": mirror.id, "other": route.mirror, "url": route.url}
        yield Reason(f"mirrors.note.{code}", facts)


def _redirects(
    mirrors: Mirrors, routes: Sequence[Route], verdicts: Sequence[Verdict]
) -> Iterator[Reason]:
    """Another's host at the end: its firewall and its state count."""
    for route in routes:
        mine = [each for each in verdicts if each.offer.url == route.url and each.ok]
        hosts = {each.final_host for each in mine} - {host_of(route.url)}
        hosts -= set(getattr(mirrors.named(route.mirror), "hosts", ()))
        if hosts:
            facts = {**_what(route.service, route.name), "mirror": route.mirror}
            yield Reason("mirrors.note.redirected", {**facts, "host": min(hosts)})


def _what(service: Service, name: str) -> dict[str, object]:
    return {"service": service.value, "name": name}
