"""Old settings that are known to break a client, each with its place and its repair. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterator, Sequence

from gpusetup.mirrors.catalogue import Client, Layout, Mirrors, Service, State
from gpusetup.mirrors.texts import Data
from gpusetup.mirrors.uses import Place, condarc_of, pip_value, uses
from gpusetup.mirrors.wanting import pip_key


class Flaw:
    """Names. Sentences: `mirrors.flaw.NAME` and `mirrors.flaw.NAME.repair`."""

    DEAD_CHANNEL = "dead-channel"
    DEAD_MIRROR = "dead-mirror"
    CHANNEL_ALIAS = "channel-alias"
    DEFAULTS_FIRST = "defaults-first"
    MISSPELT_DEFAULTS = "misspelt-defaults"
    PLAIN_HTTP = "plain-http"
    EXTRA_INDEX = "extra-index"
    TRUSTED_HOST = "trusted-host"
    SSL_VERIFY = "ssl-verify"
    FLAT_INDEX = "flat-index"
    BROKEN = "broken"


@dataclass(frozen=True)
class Found:
    """One flaw: where it stands and what it is."""

    flaw: str
    client: Client
    origin: str
    key: str = ""
    value: str = ""
    line: int | None = None


def flaws(client: Client, places: Sequence[Place], mirrors: Mirrors) -> tuple[Found, ...]:
    """All flaws in what a client reads."""
    found: list[Found] = []
    for place in places:
        if place.broken is not None:
            found.append(
                Found(Flaw.BROKEN, client, place.origin, place.key or "", place.broken, place.line)
            )
        for key, url in addresses(place.data):
            found += [Found(name, client, place.origin, key, url) for name in _of_url(url, mirrors)]
    if client is Client.CONDA:
        found += _conda(places, mirrors)
    if client is Client.PIP:
        found += _pip(places, mirrors)
    return tuple(dict.fromkeys(found))


def addresses(data: Data) -> Iterator[tuple[str, str]]:
    """Every address in a file, with its key; proxies are none of ours."""
    for key, value in data.items():
        if "proxy" not in key.lower():
            yield from ((key, url) for url in _urls(value))


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (each for each in value.split() if re.match(r"https?://", each))
    elif isinstance(value, dict):
        yield from (
            url for name, each in value.items() if "proxy" not in name for url in _urls(each)
        )
    elif isinstance(value, list):
        yield from (url for each in value for url in _urls(each))


def _of_url(url: str, mirrors: Mirrors) -> Iterator[str]:
    known = mirrors.offer_at(url)
    if re.search(r"/pkgs/(?:free|pro|mro|mac)(?:/|$)", url):
        yield Flaw.DEAD_CHANNEL
    elif known and known[1].state is State.DEAD:
        yield Flaw.DEAD_MIRROR
    if url.startswith("http://") and mirrors.of_host(url):
        yield Flaw.PLAIN_HTTP


def _conda(places: Sequence[Place], mirrors: Mirrors) -> Iterator[Found]:
    condarc = condarc_of(places)
    alias, origin = condarc.alias
    mirror = mirrors.of_host(alias)
    if mirror and not mirror.is_official:
        yield Found(Flaw.CHANNEL_ALIAS, Client.CONDA, origin, "channel_alias", alias)
    names = [name for name, _ in condarc.channels]
    if "defaults" in names and "conda-forge" in names[names.index("defaults") :]:
        where = dict(condarc.channels)["defaults"]
        yield Found(Flaw.DEFAULTS_FIRST, Client.CONDA, where, "channels", "defaults")
    for name, where in condarc.channels:
        if name in ("default", "nodefaults"):
            yield Found(Flaw.MISSPELT_DEFAULTS, Client.CONDA, where, "channels", name)
    for place in places:
        if str(place.data.get("ssl_verify", "")).lower() in ("false", "no", "0"):
            yield Found(Flaw.SSL_VERIFY, Client.CONDA, place.origin, "ssl_verify", "false")


def _pip(places: Sequence[Place], mirrors: Mirrors) -> Iterator[Found]:
    extra = pip_value(places, "extra-index-url")
    for url in (extra[0] if extra else "").split():
        if mirrors.of_host(url):
            yield Found(
                Flaw.EXTRA_INDEX, Client.PIP, extra[1] if extra else "", "extra-index-url", url
            )
    for place in places:
        for section, values in place.data.items():
            for key, value in (values if isinstance(values, dict) else {}).items():
                if pip_key(key) == "trusted-host" and value:
                    name = f"{section}.trusted-host".replace(":env:.", "")
                    yield Found(Flaw.TRUSTED_HOST, Client.PIP, place.origin, name, str(value))
    for use in uses(Client.PIP, places):
        known = mirrors.offer_at(use.url)
        is_flat = known and (known[1].service, known[1].layout) == (Service.WHEELS, Layout.FLAT)
        if is_flat:
            yield Found(Flaw.FLAT_INDEX, Client.PIP, use.origin, "index-url", use.url)
