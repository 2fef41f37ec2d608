"""What a client would use, out of everything that it reads, each value with its origin. Pure.

Places stand in the order in which the client reads them, the weakest first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Iterator, Sequence

from gpusetup.engines.condarc import CHANNEL_ALIAS
from gpusetup.mirrors.catalogue import Client, Service
from gpusetup.mirrors.texts import Data
from gpusetup.mirrors.wanting import pip_key

BUILT_IN = ""  # the origin of what no file says


@dataclass(frozen=True)
class Place:
    """A file, or the variables: what a client reads there."""

    origin: str  # path of the file; for a variable its name
    data: Data = field(default_factory=dict)
    broken: str | None = None  # why the client cannot read it: see `Unreadable`
    line: int | None = None
    key: str | None = None  # of the line
    exists: bool = True


@dataclass(frozen=True)
class Use:
    """One address that a client would ask. `more`: asked beside another one, without order."""

    service: Service
    url: str
    origin: str  # the file or the variable that says so; empty: built in
    name: str = ""  # of a channel
    more: bool = False


def uses(client: Client, places: Sequence[Place], official_index: str = "") -> tuple[Use, ...]:
    """The addresses in the order in which they count."""
    if client is Client.CONDA:
        return tuple(_conda(places))
    if client is Client.PIP:
        return tuple(_pip(places, official_index))
    if client is Client.UV:
        return tuple(_uv(places, official_index))
    return tuple(_pixi(places, official_index))


# conda


@dataclass(frozen=True)
class Condarc:
    """The keys of all files together, merged as conda does it; each value with its origin."""

    channels: tuple[tuple[str, str], ...]  # (name or URL, origin), the strongest first
    default_channels: tuple[tuple[str, str], ...]
    custom_channels: dict[str, tuple[str, str]]  # name -> (base, origin)
    alias: tuple[str, str]
    groups: dict[str, tuple[tuple[str, ...], str]]  # custom_multichannels, stronger than all


def condarc_of(places: Sequence[Place]) -> Condarc:
    """Lists of all files one after the other, maps by key, single values from the strongest."""
    custom: dict[str, tuple[str, str]] = {}
    groups: dict[str, tuple[tuple[str, ...], str]] = {}
    alias = (CHANNEL_ALIAS, BUILT_IN)
    for place in places:
        found = place.data.get("custom_channels")
        for name, base in (found if isinstance(found, dict) else {}).items():
            custom[str(name)] = (str(base), place.origin)
        found = place.data.get("custom_multichannels")
        for name, members in (found if isinstance(found, dict) else {}).items():
            groups[str(name)] = (tuple(_texts(members)), place.origin)
        if isinstance(place.data.get("channel_alias"), str):
            alias = (place.data["channel_alias"], place.origin)
    channels = _together(places, "channels", "channel")
    return Condarc(channels, _together(places, "default_channels"), custom, alias, groups)


def _together(places: Sequence[Place], *keys: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for place in reversed(places):
        for key in keys:
            value = place.data.get(key)
            for each in value if isinstance(value, list) else []:
                found.setdefault(str(each), place.origin)
    return tuple(found.items())


def addresses_of(name: str, condarc: Condarc) -> tuple[tuple[str, str], ...]:
    """Where conda looks for a channel: (URL, origin of the mapping), several for `defaults`."""
    if "://" in name:
        return ((name.rstrip("/"), BUILT_IN),)
    if name in condarc.groups:
        members, origin = condarc.groups[name]
        return tuple(
            (addresses_of(each, condarc)[0][0], origin) for each in members if each != name
        )
    if name == "defaults" and condarc.default_channels:
        found = [addresses_of(each, condarc)[0] for each, _ in condarc.default_channels]
        origins = [origin for _, origin in condarc.default_channels]
        return tuple((url, origin) for (url, _), origin in zip(found, origins))
    if name == "defaults":
        return ()
    base, origin = _base(name, condarc)
    return ((f"{base.rstrip('/')}/{name}", origin),)


def _base(name: str, condarc: Condarc) -> tuple[str, str]:
    """The mapping of the name, else of ever shorter beginnings, else the alias."""
    parts = name.split("/")
    for end in range(len(parts), 0, -1):
        found = condarc.custom_channels.get("/".join(parts[:end]))
        if found:
            return found
    return condarc.alias


def _conda(places: Sequence[Place]) -> Iterator[Use]:
    condarc = condarc_of(places)
    listed = dict(condarc.channels)
    for name, origin in condarc.channels:
        for url, by in addresses_of(name, condarc):
            yield Use(Service.CHANNEL, url, by or origin, _short(name, url))
    # mapped, and used as soon as somebody names them with -c
    for name in condarc.custom_channels:
        if name not in listed:
            url, by = addresses_of(name, condarc)[0]
            yield Use(Service.CHANNEL, url, by, name)


def _short(name: str, url: str) -> str:
    """The name of a channel that is written as an address, or stands for several."""
    if url.endswith("/" + name) and "://" not in name:
        return name
    found = re.search(r"/(?:(pkgs/[^/]+)|(?:cloud/)?([^/]+))$", url)
    return (found[1] or found[2]) if found else url


# pip


def _pip(places: Sequence[Place], official: str) -> Iterator[Use]:
    index = pip_value(places, "index-url") or pip_value(places, "pypi-url") or (official, BUILT_IN)
    if index[0]:
        yield Use(Service.INDEX, index[0], index[1])
    extra = pip_value(places, "extra-index-url")
    for url in (extra[0] if extra else "").split():
        yield Use(Service.INDEX, url, extra[1] if extra else "", more=True)


def pip_value(places: Sequence[Place], wanted: str) -> tuple[str, str] | None:
    """A setting of `pip install` and where it is from: [global] of all files, [install], PIP_*."""
    found = None
    for section in ("global", "install", ":env:"):
        for place in places:
            for key, value in (place.data.get(section) or {}).items():
                if pip_key(key) == wanted and value:
                    found = (str(value), place.origin)
    return found


# uv


def _uv(places: Sequence[Place], official: str) -> Iterator[Use]:
    default = (official, BUILT_IN)
    others: list[tuple[str, str]] = []
    for place in places:
        own = list(_uv_indexes(place.data))
        named = [url for url, is_default in own if is_default]
        default = (named[0], place.origin) if named else default
        others += [(url, place.origin) for url, is_default in own if not is_default]
    for url, origin in reversed(others):
        yield Use(Service.INDEX, url, origin, more=True)
    if default[0]:
        yield Use(Service.INDEX, *default)
    for place in reversed(places):
        if place.data.get("python-install-mirror"):
            yield Use(Service.PYTHONS, str(place.data["python-install-mirror"]), place.origin)
            return


def _uv_indexes(data: Data) -> Iterator[tuple[str, bool]]:
    inner = data.get("pip")
    for table in (inner if isinstance(inner, dict) else {}, data):
        for each in _dicts(table.get("index")):
            if each.get("url") and not each.get("explicit"):
                yield str(each["url"]), each.get("default") is True
        if table.get("index-url"):
            yield str(table["index-url"]), True
        for url in _texts(table.get("extra-index-url")):
            yield url, False


def _dicts(value: Any) -> list[Data]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


# pixi


def _pixi(places: Sequence[Place], official: str) -> Iterator[Use]:
    mirrors: dict[str, tuple[str, str]] = {}
    index = (official, BUILT_IN)
    for place in places:
        for source, targets in (place.data.get("mirrors") or {}).items():
            first = _texts(targets)[:1]
            if first:
                mirrors[str(source)] = (first[0], place.origin)
        config = place.data.get("pypi-config")
        if isinstance(config, dict) and config.get("index-url"):
            index = (str(config["index-url"]), place.origin)
    for source, (url, origin) in mirrors.items():
        service = Service.WHEELS if source.rstrip("/").endswith("/whl") else Service.CHANNEL
        yield Use(service, url, origin, source.rstrip("/").rsplit("/", 1)[-1])
    if index[0]:
        yield Use(Service.INDEX, *index)
