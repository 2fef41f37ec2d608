"""All packages of an environment with their exact versions, read from disk. Nothing is started."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

from gpusetup.basics.redact import without_credentials


@dataclass(frozen=True)
class Wheel:
    """A package that pip or uv installed. `url`: from there and not from an index."""

    name: str
    version: str
    url: str | None = None


@dataclass(frozen=True)
class CondaPackage:
    """A package that a conda engine installed. `channel` is a name or an address."""

    name: str
    version: str
    build: str
    channel: str


@dataclass(frozen=True)
class TorchIndex:
    """The index that torch was bound to."""

    url: str
    flat: bool = False


_OFFICIAL = "https://conda.anaconda.org/"


def wheels_of(prefix: Path) -> tuple[Wheel, ...]:
    """By name."""
    found = (_wheel(each) for each in prefix.glob("lib/python3*/site-packages/*.dist-info"))
    windows = (_wheel(each) for each in prefix.glob("Lib/site-packages/*.dist-info"))
    return tuple(sorted(filter(None, (*found, *windows)), key=lambda each: each.name.lower()))


def conda_packages_of(prefix: Path) -> tuple[CondaPackage, ...]:
    """By name; nothing in an environment that uv made."""
    records = (_json(each) for each in sorted((prefix / "conda-meta").glob("*.json")))
    return tuple(each for record in records if (each := _conda_package(record)) is not None)


def torch_index_of(prefix: Path) -> TorchIndex | None:
    """What our own file in the environment says of torch's source; None: the package index."""
    try:
        data = _toml((prefix / "gpusetup" / "pyproject.toml").read_text(encoding="utf-8"))
        first = data["tool"]["uv"]["index"][0]
        return TorchIndex(without_credentials(str(first["url"])), first.get("format") == "flat")
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def _toml(text: str) -> dict[str, Any]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    found: dict[str, Any] = tomllib.loads(text)
    return found


def _wheel(info: Path) -> Wheel | None:
    if _text(info / "INSTALLER").strip() == "conda":
        return None
    head = _text(info / "METADATA").split("\n\n", 1)[0]
    name = re.search(r"^Name:\s*(\S+)", head, re.MULTILINE)
    version = re.search(r"^Version:\s*(\S+)", head, re.MULTILINE)
    if not name or not version:
        return None
    return Wheel(name[1], version[1], _direct_url(info))


def _direct_url(info: Path) -> str | None:
    """Where it came from, if from no index: "git+https://...@commit", "file:///..."."""
    direct = _json(info / "direct_url.json")
    url = direct.get("url") if direct else None
    if not isinstance(url, str):
        return None
    vcs = direct.get("vcs_info")
    if isinstance(vcs, dict):
        url = f"{vcs.get('vcs', 'git')}+{url}@{vcs.get('commit_id', '')}".rstrip("@")
    return without_credentials(url)


def _conda_package(record: dict[str, Any]) -> CondaPackage | None:
    if not record.get("name"):
        return None
    channel = without_credentials(str(record.get("channel") or record.get("url") or ""))
    return CondaPackage(
        str(record["name"]), str(record.get("version")), str(record.get("build")),
        "/".join(_channel_parts(channel)),
    )  # fmt: skip


def _channel_parts(channel: str) -> Iterator[str]:
    """Without the folder of the system, and by its name where that is enough.

    >>> "/".join(_channel_parts("https://conda.anaconda.org/conda-forge/linux-64"))
    'conda-forge'
    """
    parts = channel.removeprefix(_OFFICIAL).rstrip("/").split("/")
    if re.fullmatch(r"noarch|(linux|osx|win)-\w+", parts[-1]):
        parts.pop()
    yield from parts


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
