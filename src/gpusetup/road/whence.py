"""Whether a wheel that would be installed comes from where the choice says. Pure.

uv binds torch to its index by itself; this is the second look, at what it really found.
"""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit
from urllib.request import url2pathname

from gpusetup.basics.origins import WHEEL_INDEX
from gpusetup.basics.redact import without_credentials
from gpusetup.choosing.choice import Choice
from gpusetup.machine import Installers
from gpusetup.request import Origin

# The index lists files on hosts of its own; seen 2026-11: download.pytorch.org and
# download-r2.pytorch.org.
_HOSTS_OF_THE_INDEX = ".pytorch.org"


def comes_from_choice(url: str, choice: Choice, wheel_index: str, installers: Installers) -> bool:
    """Whether a wheel's URL (or path) belongs to the origin that was chosen."""
    build = choice.build
    if build.origin is Origin.WHEELHOUSE:
        return _from_wheelhouse(url, build.location or "")
    if build.origin is Origin.WHEEL_INDEX:
        return _from_wheel_index(url, wheel_index, installers)
    return not _from_beside(url, installers)


def _from_wheelhouse(url: str, location: str) -> bool:
    if _is_web(location) or location.lower().endswith((".html", ".htm")):
        return True  # a page may list files anywhere; torch is bound to it
    if _is_web(url):
        return False
    return os.path.realpath(os.path.dirname(_path(url))) == os.path.realpath(_path(location))  # noqa: PTH120


def _from_wheel_index(url: str, wheel_index: str, installers: Installers) -> bool:
    if _is_web(url) != _is_web(wheel_index):
        return False
    here, there = _host(url), _host(wheel_index)
    if here == there or f".{here}".endswith(_HOSTS_OF_THE_INDEX):
        return True
    # a copy of the index may keep its files elsewhere, but never in what pip has beside it
    return there != _host(WHEEL_INDEX) and not _from_beside(url, installers)


def _from_beside(url: str, installers: Installers) -> bool:
    """Whether it lies in an extra index or a find-links place rather than in the index."""
    index = _common(url, installers.index_url) if installers.index_url else 0
    beside = (*installers.extra_index_urls, *installers.find_links)
    return max((_common(url, each) for each in beside), default=0) > index


def _common(url: str, place: str) -> int:
    """How much of a place's address a URL begins with; 0 if not with all of it."""
    start = re.sub(r"/(?:\+?simple|index\.html?)?/*$", "", _plain(place))
    whole = _plain(url)
    return len(start) if whole.startswith(f"{start}/") else 0


def _plain(place: str) -> str:
    if _is_web(place):
        return without_credentials(place)
    return os.path.realpath(_path(place)).replace(os.sep, "/")


def _path(place: str) -> str:
    parts = urlsplit(place)
    return url2pathname(parts.path) if parts.scheme == "file" else place


def _is_web(place: str) -> bool:
    return urlsplit(place).scheme in ("http", "https")


def _host(place: str) -> str:
    return urlsplit(place).hostname or ""
