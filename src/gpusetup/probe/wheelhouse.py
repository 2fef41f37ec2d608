"""The torch wheels in folders and find-links pages, known by their file names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from gpusetup.basics.redact import without_credentials
from gpusetup.choosing.sources import WheelFile
from gpusetup.machine import Installers, Reading, Status
from gpusetup.probe.http import fetch_text

_OURS = re.compile(r"^(?:torch|torchvision|torchaudio)-\d[^/]*\.whl$", re.IGNORECASE)
_LINK = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


def list_wheelhouses(
    places: Iterable[str], installers: Installers | None, timeout_s: float
) -> tuple[tuple[WheelFile, ...], tuple[Reading, ...]]:
    """The wheels of torch and its companions in all places, and one reading per place."""
    wheels: list[WheelFile] = []
    readings = []
    for place in dict.fromkeys(places):
        shown = without_credentials(place)
        try:
            found = _list(place, installers, timeout_s)
        except OSError as error:
            readings.append(Reading(f"find-links {shown}", Status.ERROR, str(error)))
            continue
        wheels += found
        status = Status.OK if found else Status.ABSENT
        readings.append(Reading(f"find-links {shown}", status, f"{len(found)} wheels"))
    return tuple(wheels), tuple(readings)


def _list(place: str, installers: Installers | None, timeout_s: float) -> list[WheelFile]:
    parts = urlsplit(place)
    if parts.scheme in ("http", "https"):
        return _page(place, fetch_text(place, installers, timeout_s))
    path = Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(place).expanduser()
    if path.is_file():
        return _page(path.absolute().as_uri(), path.read_text(encoding="utf-8", errors="replace"))
    return [
        WheelFile(each.name, str(path.absolute()), max(1, each.stat().st_size >> 20))
        for each in sorted(path.iterdir())
        if _OURS.match(each.name)
    ]


def _page(url: str, text: str) -> list[WheelFile]:
    names = (
        unquote(urlsplit(urljoin(url, link)).path.rsplit("/", 1)[-1])
        for link in _LINK.findall(text)
    )
    return [WheelFile(name, url) for name in dict.fromkeys(names) if _OURS.match(name)]
