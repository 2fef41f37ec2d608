"""A configuration of conda, pip or uv without some of its values. Pure.

What the file says afterwards is worked out first, as data. Where turning whole lines into comments
leads there, they become comments; else the text is edited to hold that data. A text that says
anything else than it should is never returned.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Collection, Iterator, Mapping

from gpusetup.doctor.remedies.texts import block, commented, lines_of
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.merging import decoded
from gpusetup.mirrors.texts import Data, Format, Unreadable, format_of

_CLIENTS: Mapping[str, Client] = {"conda": Client.CONDA, "pip": Client.PIP, "uv": Client.UV}
_GONE = object()
_NO_URL = r"\w/.:@%?&=#~+-"


def without_values(text: str, values: Collection[str], tool: str, why: str) -> str | None:
    """Without every place that one of the values names. None: that cannot be done safely."""
    wanted = {each for each in values if each}
    return _changed(text, tool, why, lambda data: _without(data, wanted), wanted)


def without_key(text: str, key: str, tool: str, why: str) -> str | None:
    """Without a key of the top level."""

    def change(data: Data) -> Data:
        return {name: value for name, value in data.items() if name != key}

    return _changed(text, tool, why, change, {f"{key}:"})


def _changed(
    text: str, tool: str, why: str, change: Callable[[Data], Data], words: Collection[str]
) -> str | None:
    form = format_of(_CLIENTS[tool])
    try:
        before = form.data_of(decoded(text.encode()).text)
        target = change(before)
        if target == before:
            return None
        return _by_comments(text, form, target, words, why) or _by_data(text, form, target)
    except Unreadable:
        return None


def _by_comments(
    text: str, form: Format, target: Data, words: Collection[str], why: str
) -> str | None:
    """The lines that name a value, and the keys that are empty without them, as comments."""
    lines = lines_of(text)
    wrong = {number for number, line in enumerate(lines, 1) if _names(line, words)}
    wrong |= {number for number in _keys(lines) if _is_empty_without(lines, number, wrong)}
    made = commented(text, wrong, why)
    try:
        return made if form.data_of(decoded(made.encode()).text) == target else None
    except Unreadable:
        return None


def _by_data(text: str, form: Format, target: Data) -> str:
    content = decoded(text.encode())
    return content.encoded(form.changed(content.text, target)).decode()


def _names(line: str, words: Collection[str]) -> bool:
    """Whether one of the words stands in a line as a whole: no longer address is meant."""
    if line.lstrip().startswith(("#", ";")):
        return False
    ends = (rf"(?<![{_NO_URL}]){re.escape(each)}(?![{_NO_URL}])" for each in words)
    starts = (line.lstrip().startswith(each) for each in words if each.endswith(":"))
    return any(starts) or any(re.search(each, line) for each in ends)


def _without(value: Any, gone: Collection[str]) -> Any:
    """The data that is left."""
    made = _left(value, gone)
    return {} if made is _GONE else made


def _left(value: Any, gone: Collection[str]) -> Any:
    if isinstance(value, dict):
        return _left_of_map(value, gone)
    if isinstance(value, list):
        items = [each for each in (_left(each, gone) for each in value) if each is not _GONE]
        return _GONE if value and not items else items
    if isinstance(value, str):
        return _left_of_words(value, gone)
    return value


def _left_of_map(value: Data, gone: Collection[str]) -> Any:
    """An index without its address is none: its table goes as a whole."""
    if isinstance(value.get("url"), str) and value["url"] in gone:
        return _GONE
    pairs = {key: _left(each, gone) for key, each in value.items()}
    return {key: each for key, each in pairs.items() if each is not _GONE}


def _left_of_words(value: str, gone: Collection[str]) -> Any:
    """pip holds several addresses in one value, one after the other."""
    words = value.split()
    kept = [each for each in words if each not in gone]
    if len(kept) == len(words):
        return value
    separator = "\n" if "\n" in value.strip() else " "
    return separator.join(kept) if kept else _GONE


def _keys(lines: list[str]) -> Iterator[int]:
    return (number for number, line in enumerate(lines, 1) if re.match(r"[\w-]+\s*:\s*$", line))


def _is_empty_without(lines: list[str], key: int, wrong: set[int]) -> bool:
    inside = [each for each in block(lines, key) if each != key and lines[each - 1].strip()]
    real = [each for each in inside if not lines[each - 1].lstrip().startswith("#")]
    return bool(real) and all(each in wrong for each in real)
