"""What a conda solver answers: the packages that would be installed. Pure.

>>> [each] = read_rattler('{"packages": [{"name": "pip", "version": "25.3", "build": "pyh0_0"}]}')
>>> each.name, each.size
('pip', None)
"""

from __future__ import annotations

import json
from typing import Any, Sequence

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass

_SUBDIR = pattern(r"noarch|(?:linux|osx|win|emscripten)-\w+")


@dataclass(frozen=True)
class Solved:
    """One package of the answer. `size` in bytes; None: not told, or in the cache already."""

    name: str
    version: str
    build: str
    channel: str = ""
    url: str | None = None
    size: int | None = None


def read_rattler(text: str) -> tuple[Solved, ...]:
    """The document of `gpusetup engine rattler solve`.

    Raises:
        ValueError: it is not one.
    """
    raw = json.loads(_last_document(text))
    if not isinstance(raw, dict) or not isinstance(raw.get("packages"), list):
        raise ValueError("no packages")
    return tuple(_solved(each) for each in raw["packages"])


def read_conda(text: str) -> tuple[Solved, ...]:
    """`conda create --dry-run --json`, also as mamba and micromamba write it.

    LINK names every package, FETCH adds url and size of those that must be downloaded.

    Raises:
        ValueError: it is not one.
    """
    actions = _actions(json.loads(_last_document(text)))
    if not actions.get("LINK"):
        raise ValueError("no actions")
    return _linked(actions)


def read_conda_changes(text: str, before: Sequence[Solved]) -> tuple[Solved, ...]:
    """`conda install --dry-run --json`: all that would be there, of which it names what changes.

    Raises:
        ValueError: it is not one.
    """
    raw = json.loads(_last_document(text))
    if isinstance(raw, dict) and "already installed" in str(raw.get("message")):
        return tuple(before)  # conda says success beside it, mamba does not
    actions = _actions(raw)
    linked = _linked(actions)
    gone = {str(each["name"]) for each in actions.get("UNLINK", ())}
    gone |= {each.name for each in linked}
    return (*(each for each in before if each.name not in gone), *linked)


def _actions(raw: Any) -> dict[str, Any]:
    actions = raw.get("actions") if isinstance(raw, dict) else None
    if isinstance(actions, list):  # conda wraps it where it makes several transactions
        actions = actions[0] if actions else None
    if not isinstance(actions, dict):
        raise ValueError("no actions")
    return actions


def _linked(actions: dict[str, Any]) -> tuple[Solved, ...]:
    fetched = {_key(each): each for each in actions.get("FETCH", ())}
    linked = actions.get("LINK", ())
    return tuple(_solved({**fetched.get(_key(each), {}), **each}) for each in linked)


def channel_name(channel: str) -> str:
    """A channel's short name, however an engine says it.

    >>> channel_name("https://mirror.example/cloud/conda-forge/linux-64"), channel_name("pytorch")
    ('conda-forge', 'pytorch')
    """
    parts = [part for part in channel.split("/") if part and not _SUBDIR.fullmatch(part)]
    return parts[-1] if parts else ""


def _last_document(text: str) -> str:
    """From the first line that begins a document: warnings may stand before it."""
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("{")), 0)
    end = next((n for n in range(len(lines) - 1, start, -1) if lines[n].startswith("}")), start)
    return "\n".join(lines[start : end + 1])


def _key(raw: dict[str, Any]) -> tuple[object, ...]:
    return raw.get("name"), raw.get("version"), raw.get("build_string") or raw.get("build")


def _solved(raw: dict[str, Any]) -> Solved:
    size = raw.get("size")
    return Solved(
        str(raw["name"]), str(raw["version"]), str(raw.get("build_string") or raw.get("build")),
        str(raw.get("channel") or ""), raw.get("url"), size if isinstance(size, int) else None,
    )  # fmt: skip
