"""What shall stand in the clients' configuration files, and which routes it is made from. Pure.

Values only: the texts of the files are made by `mirrors.files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence, Union

from gpusetup.mirrors.catalogue import Client, Layout, Service


@dataclass(frozen=True)
class Route:
    """Where one thing shall come from: proven to answer the clients that are named.

    `url` is as in `Offer`: the index, the channel with its name, the folder above the builds.
    """

    service: Service
    url: str
    mirror: str  # its id; "official" for the source itself
    clients: tuple[Client, ...]
    name: str = ""  # the channel: "conda-forge", "pkgs/main"
    layout: Layout = Layout.PEP503  # of wheels
    fallback: str | None = None  # asked next, by a client that can do that
    official: str | None = None  # the address that it stands for


@dataclass(frozen=True)
class CondaSettings:
    """For `.condarc`. A name in `custom_channels` is appended to its base by conda."""

    custom_channels: tuple[tuple[str, str], ...] = ()  # ("conda-forge", ".../anaconda/cloud")
    default_channels: tuple[str, ...] = ()  # what `defaults` stands for
    channels: tuple[str, ...] = ()  # written only where nothing says which channels are meant


@dataclass(frozen=True)
class PipSettings:
    """For `pip.conf`: one index, since several are a lottery that the highest version wins."""

    index_url: str


@dataclass(frozen=True)
class UvSettings:
    """For `uv.toml`."""

    default_index: str | None = None
    python_mirror: str | None = None


@dataclass(frozen=True)
class PixiSettings:
    """For `config.toml`: an address and those that are asked instead of it, in order."""

    mirrors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    index_url: str | None = None  # for new projects only


Settings = Union[CondaSettings, PipSettings, UvSettings, PixiSettings]

_DEFAULTS = ("pkgs/main", "pkgs/r", "pkgs/msys2")


def settings_for(client: Client, routes: Sequence[Route]) -> Settings | None:
    """What one client shall use; None where no route is for it."""
    mine = [each for each in routes if client in each.clients]
    if client is Client.CONDA:
        return _conda(mine)
    index = next((each.url for each in mine if each.service is Service.INDEX), None)
    if client is Client.PIP:
        return PipSettings(index) if index else None
    if client is Client.UV:
        pythons = next((each.url for each in mine if each.service is Service.PYTHONS), None)
        return UvSettings(index, pythons) if index or pythons else None
    return _pixi(mine, index)


def _conda(routes: Iterable[Route]) -> CondaSettings | None:
    channels = [each for each in routes if each.service is Service.CHANNEL]
    custom = [
        (each.name, base_of(each.url, each.name)) for each in channels if each.name not in _DEFAULTS
    ]
    defaults = [each.url for name in _DEFAULTS for each in channels if each.name == name]
    if not custom and not defaults:
        return None
    return CondaSettings(tuple(custom), tuple(dict.fromkeys(defaults)))


def base_of(url: str, name: str) -> str:
    """What conda appends a channel's name to.

    >>> base_of("https://mirror.example/anaconda/cloud/conda-forge/", "conda-forge")
    'https://mirror.example/anaconda/cloud'

    Raises:
        ValueError: the address does not end with the name, so conda could not be told it.
    """
    url = url.rstrip("/")
    if not url.endswith("/" + name):
        raise ValueError(f"{url}: does not end with {name}")
    return url[: -len(name) - 1]


def _pixi(routes: Iterable[Route], index: str | None) -> PixiSettings | None:
    """A copy of the wheels only where it has pages like its source's; a flat folder has not."""
    found = []
    for each in routes:
        serves = each.service is Service.CHANNEL or (
            each.service is Service.WHEELS and each.layout is Layout.PEP503
        )
        if serves and each.official and each.official != each.url:
            # the source stands last: a mirror that fails must not stop an installation
            targets = (each.url, each.fallback, each.official)
            kept = tuple(dict.fromkeys(url for url in targets if url))
            found.append((each.official, kept))
    return PixiSettings(tuple(found), index) if found or index else None
