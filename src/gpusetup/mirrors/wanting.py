"""What a configuration file holds once a client uses the chosen mirrors: data to data. Pure.

Old settings that break a client beside the new ones are mended in the same go: addresses of old
mirrors in `channels`, `channel_alias`, `pkgs/free`. What is the user's own stays.
"""

from __future__ import annotations

import re
from typing import Any, Callable

from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.settings import (
    CondaSettings,
    PipSettings,
    PixiSettings,
    Settings,
    UvSettings,
)
from gpusetup.mirrors.texts import Data, Unreadable

IsPublic = Callable[[str], bool]
"""Whether an address is a public mirror's or an official one: those we may replace."""

_DEAD = ("free", "pro", "mro", "mac", "archive")  # of Anaconda's channels; nothing serves them now
_CHANNEL = re.compile(r"/(?:anaconda/)?(pkgs|cloud)/([^/?#]+)/?$")
_OFFICIAL = re.compile(r"//conda\.anaconda\.org/([^/?#]+)/?$")
_CREDENTIALS = re.compile(r"://[^/?#]*@|/t/[^/]+/|[?&][\w-]*(?:token|key|password)=", re.IGNORECASE)


class Kept(Exception):
    """The client's own index is private: replacing it would take packages away."""


def wanted(client: Client, data: Data, settings: Settings, is_public: IsPublic) -> Data:
    """The content of a client's file with the settings in it.

    Raises:
        Unreadable: a key has a value that the client itself refuses.
        Kept: a private index stands there.
    """
    if isinstance(settings, CondaSettings):
        return _condarc(data, settings, is_public)
    if isinstance(settings, PipSettings):
        return _pip(data, settings)
    if isinstance(settings, UvSettings):
        return _uv(data, settings)
    return _pixi(data, settings)


def has_credentials(url: str) -> bool:
    """Whether an address holds a password or a token."""
    return bool(_CREDENTIALS.search(url))


# conda


def _condarc(data: Data, settings: CondaSettings, is_public: IsPublic) -> Data:
    result = dict(data)
    if settings.custom_channels:
        old = _map_in(data, "custom_channels")
        result["custom_channels"] = {**old, **dict(settings.custom_channels)}
    if settings.default_channels:
        old_urls = _list_in(data, "default_channels")
        own = [each for each in old_urls if not _is_replaced(str(each), is_public)]
        result["default_channels"] = [*settings.default_channels, *own]
    _mend_channels(result, settings, is_public)
    alias = data.get("channel_alias")
    if isinstance(alias, str) and is_public(alias) and not has_credentials(alias):
        del result["channel_alias"]
    return result


def _is_replaced(url: str, is_public: IsPublic) -> bool:
    found = _CHANNEL.search(url)
    return bool(found and found[1] == "pkgs" and is_public(url) and not has_credentials(url))


def _mend_channels(result: Data, settings: CondaSettings, is_public: IsPublic) -> None:
    key = "channel" if "channel" in result and "channels" not in result else "channels"
    old = _list_in(result, key)
    names = {name for name, _ in settings.custom_channels}
    if not old:
        if settings.channels:
            result[key] = list(settings.channels)
        return
    new = []
    for each in old:
        mended = each
        if isinstance(each, str) and is_public(each) and not has_credentials(each):
            mended = channel_of(each, names, bool(settings.default_channels))
        if mended is not None and mended not in new:
            new.append(mended)
    if new != old:
        result[key] = new or list(settings.channels) or ["conda-forge"]


def channel_of(url: str, mapped: set[str], defaults_mapped: bool = True) -> str | None:
    """An address in `channels` as the name that our settings serve; None for a dead channel.

    >>> channel_of("https://mirror.example/anaconda/cloud/conda-forge/", {"conda-forge"})
    'conda-forge'
    """
    found = _CHANNEL.search(url)
    kind, name = (found[1], found[2]) if found else ("cloud", "")
    official = _OFFICIAL.search(url)
    if kind == "pkgs":
        if name in _DEAD:
            return None
        return "defaults" if defaults_mapped else url
    name = official[1] if official else name
    return name if name in mapped else url


def _map_in(data: Data, key: str) -> Data:
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("key-no-mapping", key=key)
    return value


def _list_in(data: Data, key: str) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable("key-no-list", key=key)
    return value


# pip


def pip_key(name: str) -> str:
    """pip takes index_url for index-url."""
    return name.lower().replace("_", "-").lstrip("-")


def _pip(data: Data, settings: PipSettings) -> Data:
    result = {name: dict(section) for name, section in data.items()}
    _set_index(result.setdefault("global", {}), settings.index_url)
    # a section of a command is stronger than [global]
    for name in ("install", "download", "wheel"):
        if any(pip_key(key) == "index-url" for key in result.get(name, {})):
            _set_index(result[name], settings.index_url)
    return result


def _set_index(section: Data, url: str) -> None:
    for key in [key for key in section if pip_key(key) in ("index-url", "pypi-url")]:
        if has_credentials(section[key] or ""):
            raise Kept
        section[key] = url
        return
    section["index-url"] = url


# uv


def _uv(data: Data, settings: UvSettings) -> Data:
    result = dict(data)
    if settings.default_index:
        _set_uv_index(result, settings.default_index)
        inner = result.get("pip")
        if isinstance(inner, dict) and ("index-url" in inner or "index" in inner):
            result["pip"] = dict(inner)
            _set_uv_index(result["pip"], settings.default_index)
    if settings.python_mirror:
        result["python-install-mirror"] = settings.python_mirror
    return result


def _set_uv_index(table: Data, url: str) -> None:
    if "index-url" in table:
        if has_credentials(str(table["index-url"])):
            raise Kept
        table["index-url"] = url
        return
    indexes = [dict(each) for each in _list_in(table, "index") if isinstance(each, dict)]
    for each in indexes:
        if each.get("default") is True:
            if has_credentials(str(each.get("url"))):
                raise Kept
            each["url"] = url
            break
    else:
        indexes.append({"url": url, "default": True})
    table["index"] = indexes


# pixi


def _pixi(data: Data, settings: PixiSettings) -> Data:
    result = dict(data)
    if settings.mirrors:
        mirrors = {source: list(targets) for source, targets in settings.mirrors}
        result["mirrors"] = {**_map_in(data, "mirrors"), **mirrors}
    if settings.index_url:
        old = _map_in(data, "pypi-config")
        if has_credentials(str(old.get("index-url", ""))):
            raise Kept
        result["pypi-config"] = {**old, "index-url": settings.index_url}
    return result
