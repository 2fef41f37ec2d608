"""conda's rules for its settings, in short: which files, how they add up, what a channel's name means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

ALIAS = "https://conda.anaconda.org"


def sources() -> dict[str, dict[str, Any]]:
    """What stands where, the weakest first, as `conda config --show-sources` lists it."""
    home = Path.home()
    paths = [
        home / ".config" / "conda" / ".condarc",
        home / ".conda" / ".condarc",
        home / ".condarc",
    ]
    if os.environ.get("CONDA_PREFIX"):
        paths.append(Path(os.environ["CONDA_PREFIX"], ".condarc"))
    if os.environ.get("CONDARC"):
        paths.append(Path(os.environ["CONDARC"]))
    found = {
        str(each): yaml.safe_load(each.read_text("utf-8-sig")) or {}
        for each in paths
        if each.is_file()
    }
    channels = os.environ.get("CONDA_CHANNELS")
    if channels:
        found["envvars"] = {"channels": channels.split(",")}
    return found


def addresses(named: list[str], *, only_these: bool) -> list[str]:
    """Channels of a command line and of the settings, as addresses where the settings say so."""
    known = list(sources().values())
    listed = [each for data in reversed(known) for each in data.get("channels") or []]
    names = named + ([] if only_these else listed or ["defaults"])
    found = [url for name in dict.fromkeys(names) for url in _addresses(name, known)]
    return list(dict.fromkeys(found))


def effective() -> dict[str, Any]:
    """As `conda config --show` has it: channels are values with their parts."""
    known = list(sources().values())
    listed = [each for data in reversed(known) for each in data.get("channels") or []]
    return {
        "channels": list(dict.fromkeys(listed)),
        "default_channels": [_parts(each) for each in _defaults(known)],
        "custom_channels": {
            name: _parts(f"{base.rstrip('/')}/{name}", name)
            for name, base in _custom(known).items()
        },
        "channel_alias": _parts(_alias(known) or ALIAS, ""),
    }


def _parts(url: str, name: str | None = None) -> dict[str, Any]:
    scheme, _, rest = url.partition("://")
    name = rest.rpartition("/")[2] if name is None else name
    location = rest[: len(rest) - len(name)].rstrip("/") if name else rest
    return {"scheme": scheme, "auth": None, "location": location, "name": name, "token": None}


def _defaults(known: list[dict[str, Any]]) -> list[str]:
    return [each for data in reversed(known) for each in data.get("default_channels") or []]


def _custom(known: list[dict[str, Any]]) -> dict[str, str]:
    custom: dict[str, str] = {}
    for data in known:
        custom.update(data.get("custom_channels") or {})
    return custom


def _alias(known: list[dict[str, Any]]) -> str | None:
    return next(
        (data["channel_alias"] for data in reversed(known) if "channel_alias" in data), None
    )


def _addresses(name: str, known: list[dict[str, Any]]) -> list[str]:
    defaults, custom, alias = _defaults(known), _custom(known), _alias(known)
    if name == "defaults" and defaults:
        return defaults
    if "://" in name or Path(name).is_absolute():
        return [name]
    beginning = name
    while beginning:
        if beginning in custom:
            return [f"{custom[beginning].rstrip('/')}/{name}"]
        beginning = beginning.rpartition("/")[0]
    return [f"{alias.rstrip('/')}/{name}"] if alias else [name]
