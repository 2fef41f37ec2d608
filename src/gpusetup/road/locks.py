"""What uv's dry resolve answers: exact packages, with their files where an index tells hashes.

uv writes a lock file only with the hash of every file. Where an index tells none, it would
download the files, gigabytes of them, before anybody has agreed to anything; there only versions
are asked for.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gpusetup.basics.origins import wheel_index_folder
from gpusetup.basics.values import dataclass
from gpusetup.choosing.choice import Choice
from gpusetup.engines import uv
from gpusetup.machine import Installers
from gpusetup.request import Origin

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Package:
    """A file that the dry resolve chose."""

    name: str
    version: str
    url: str | None
    size: int | None  # bytes
    others: tuple[str, ...] = ()  # other files of the same version, which are not the same bytes
    build: str = ""  # of a channel: its build string, and which channel
    channel: str = ""

    @property
    def is_local(self) -> bool:
        return urlsplit(self.url or "").scheme not in ("http", "https")


def tells_hashes(choice: Choice, place: uv.Place, installers: Installers) -> bool:
    """Whether the page of torch tells hashes. A page that cannot be read is left to uv."""
    page = _page_of_torch(choice, place)
    if page is None:
        return True
    from gpusetup.index_pages import NoIndexPage, parse_page
    from gpusetup.probe.http import fetch_text

    try:
        files = parse_page(fetch_text(page, installers, _PATIENCE_S), "", page)
    except (OSError, NoIndexPage):
        return True
    chosen = [each for each in files if each.filename.startswith(f"torch-{choice.build.torch}")]
    return all(each.sha256 for each in chosen)


def _page_of_torch(choice: Choice, place: uv.Place) -> str | None:
    """Its address; None where the files lie on this machine, or PyPI's protocol brings hashes."""
    build = choice.build
    page = None
    if build.origin is Origin.WHEEL_INDEX:
        folder = wheel_index_folder(place.wheel_index, build.build)
        page = f"{folder}/" if place.flat_wheels else f"{folder}/torch/"
    elif build.origin is Origin.WHEELHOUSE:
        page = build.location
    return page if page and urlsplit(page).scheme in ("http", "https") else None


def read_answer(folder: Path, whole: bool) -> tuple[Package, ...]:
    """What uv has written into the folder."""
    if whole:
        return read_lock((folder / uv.LOCK).read_text(encoding="utf-8"))
    return read_pinned((folder / uv.PINNED).read_text(encoding="utf-8"))


def read_pinned(text: str) -> tuple[Package, ...]:
    """The exact versions of a requirements file; where their files lie it does not tell.

    >>> [each] = read_pinned("torch==2.14.1+cu126\\n")
    >>> each.name, each.version
    ('torch', '2.14.1+cu126')
    """
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)
    return tuple(Package(name, version, None, None) for name, version in found)


def read_lock(text: str) -> tuple[Package, ...]:
    """The packages of a PEP 751 lock file, each with the one file that would be installed."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tuple(_package(each) for each in tomllib.loads(text).get("packages", ()))


def _package(raw: dict[str, Any]) -> Package:
    files = raw.get("wheels") or [raw.get("archive") or raw.get("sdist") or {}]
    # uv writes one wheel for a plain resolve; where there are more, they differ little in size
    file = files[0]
    others = [each for each in files[1:] if each.get("hashes") != file.get("hashes")]
    return Package(
        raw["name"], raw.get("version", ""), _address(file), file.get("size"),
        tuple(filter(None, map(_address, others))),
    )  # fmt: skip


def _address(file: dict[str, Any]) -> str | None:
    return file.get("url") or file.get("path")
