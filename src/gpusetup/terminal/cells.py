"""How wide text is on a terminal, and where it may be broken. Pure; right for Chinese."""

from __future__ import annotations

import unicodedata
from typing import Iterable

# Punctuation that never starts a line, and punctuation that never ends one.
_CLOSING = frozenset("，。；：！？、）】》」』”’…,.;:!?)]}%")
_OPENING = frozenset("（【《「『“‘([{")
PLACEHOLDER = "\x00"  # stands for a cell that is written already; the text may break behind it
_WIDE = frozenset("WF")
_JOINTS = "/\\-_.=&?,:"  # a path or an address that has to be broken is broken behind one of these


def width(text: str) -> int:
    """The number of terminal cells: 2 for Chinese, 0 for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """Filled with spaces up to `cells`; longer text stays as it is."""
    gap = " " * max(0, cells - width(text))
    return gap + text if right else text + gap


def shorten(text: str, cells: int, mark: str = "…") -> str:
    """Cut to at most `cells`, the cut marked."""
    if width(text) <= cells:
        return text
    return _head(text, max(0, cells - width(mark))) + mark


def wrap(text: str, cells: int | None) -> list[str]:
    """Lines of at most `cells` (None: one line per paragraph). Newlines in the text are kept."""
    return [line for part in text.split("\n") for line in _wrap_one(part, cells)]


def clean(text: str) -> str:
    """Without control characters: names read from a machine must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(
        character if character == "\n" or not _steers(character) else "?"
        for character in text.expandtabs(4)
    )


def _steers(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cs") or character in "\u202a\u202b\u202d\u202e"
    )


def _cell(character: str) -> int:
    if unicodedata.east_asian_width(character) in _WIDE:
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1


def _head(text: str, cells: int) -> str:
    used = 0
    for position, character in enumerate(text):
        used += _cell(character)
        if used > cells:
            return text[:position]
    return text


def _head_of_word(word: str, cells: int) -> str:
    """The part of a long word that still fits: up to a sign inside a path or an address, if any."""
    head = _head(word, cells) or word[0]
    joint = max(head.rfind(sign) for sign in _JOINTS) + 1
    return head[:joint] if joint > len(head) // 3 else head


def _units(text: str) -> Iterable[str]:
    """Pieces that are not broken: words, single wide characters with their punctuation, spaces."""
    unit = ""
    for character in text:
        if unit and _may_break(unit[-1], character):
            yield unit
            unit = ""
        unit += character
    if unit:
        yield unit


def _may_break(before: str, after: str) -> bool:
    if before == " " or after == " " or before == PLACEHOLDER:
        return before != after
    if after in _CLOSING or before in _OPENING:
        return False
    return _cell(before) == 2 or _cell(after) == 2


def _wrap_one(text: str, cells: int | None) -> list[str]:
    if cells is None or width(text) <= cells:
        return [text]
    lines: list[str] = []
    line = ""
    for unit in _units(text):
        if width(line) + width(unit.rstrip()) <= cells:
            line += unit
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = unit.lstrip()
        while width(line) > cells:  # a path or an address longer than the line
            head = _head_of_word(line, max(1, cells))
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line.rstrip()] if line.strip() else lines
