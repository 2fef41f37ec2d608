"""Known lines of tools, and where they stand in a text. The rows are in compat/symptoms.yaml.

A text is first searched for plain words; only around those are patterns tried, in windows of
bounded size, so that a long text costs little and no pattern can run away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Iterator, Mapping

_BEFORE = 3000  # characters before a word that may tell whose line it is
_AROUND = 500  # characters around a word that a pattern sees
_MOST_WORDS = 60  # occurrences of one word that are looked at
_LONGEST_LINE = 400


@dataclass(frozen=True)
class Symptom:
    """A row: a line, and the finding that it stands for."""

    id: str
    finding: str
    words: tuple[str, ...]  # in small letters; one of them is in every such line
    pattern: str
    severity: str = "error"
    hint: bool = False  # counts only together with other facts
    before: str | None = None  # must stand before it
    unless: str | None = None  # must not stand around it


@dataclass(frozen=True)
class Sighting:
    """A known line, met in a pasted text or in a tool's live output."""

    symptom: str
    finding: str
    line: str  # the user's own words
    facts: Mapping[str, str] = field(default_factory=dict)  # what the pattern's groups caught
    position: int = 0  # of its first character
    severity: str = "error"
    hint: bool = False


def find_symptoms(text: str, rows: tuple[Symptom, ...]) -> tuple[Sighting, ...]:
    """Every symptom that the text shows, each at its first place with the most facts."""
    lowered = text.replace("\u0130", "I").lower()
    if len(lowered) != len(text):  # places would not match
        text = lowered
    found = [_find(row, text, lowered) for row in rows]
    left = [row for row, each in zip(rows, found) if each is None]
    found += _across_lines(text, left)
    return tuple(sorted((each for each in found if each), key=lambda each: each.position))


def _across_lines(text: str, rows: list[Symptom]) -> list[Sighting | None]:
    """What a narrow window has broken in the middle: the same search in one long line."""
    flat = " ".join(text.split())
    lowered = flat.lower()
    if len(lowered) != len(flat):
        flat = lowered
    return [_find(row, flat, lowered) for row in rows if "^" not in row.pattern]


def _find(row: Symptom, text: str, lowered: str) -> Sighting | None:
    best: tuple[int, re.Match[str]] | None = None
    for place in _places(row.words, lowered):
        hit = _hit_at(row, text, place)
        if hit and (best is None or _told(hit[1]) > _told(best[1])):
            best = hit
    if best is None:
        return None
    start, match = best
    place = start + match.start()
    facts = {**_facts_before(row, text, place), **_named(match)}
    line = _line_at(text, place, start + match.end())
    return Sighting(row.id, row.finding, line, facts, place, row.severity, row.hint)


def _facts_before(row: Symptom, text: str, place: int) -> Mapping[str, str]:
    """What the groups of `before` catch, where it stands nearest."""
    if row.before is None or "(?P<" not in row.before:
        return {}
    found = list(_compiled(row.before).finditer(text, max(0, place - _BEFORE), place))
    return _named(found[-1]) if found else {}


def _named(match: re.Match[str]) -> Mapping[str, str]:
    return {name: value for name, value in match.groupdict().items() if value}


def _told(match: re.Match[str]) -> int:
    return len(_named(match))


def _places(words: tuple[str, ...], lowered: str) -> Iterator[int]:
    """Where the words stand: the first ones, and the last ones of a text that repeats them."""
    for word in words:
        place, count = lowered.find(word), 0
        while place >= 0 and count < _MOST_WORDS:
            yield place
            count += 1
            place = lowered.find(word, place + len(word))
        if place >= 0:
            yield lowered.rfind(word)


def _hit_at(row: Symptom, text: str, place: int) -> tuple[int, re.Match[str]] | None:
    """The pattern's match that covers this word, and where the window begins."""
    start = max(0, place - _AROUND)
    window = text[start : place + _AROUND]
    for match in _compiled(row.pattern).finditer(window):
        if not match.start() - 20 <= place - start <= match.end() + 20:
            continue
        near = text[max(0, start + match.start() - 160) : start + match.end() + 160]
        if row.unless and _compiled(row.unless).search(near):
            continue
        earlier = text[max(0, start + match.start() - _BEFORE) : start + match.end()]
        if row.before and not _compiled(row.before).search(earlier):
            continue
        return start, match
    return None


def _line_at(text: str, start: int, end: int) -> str:
    """The line of a match, without the blanks of a table; of a long one the part around it."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    line = text[first : last if last >= 0 else len(text)]
    if len(line) > _LONGEST_LINE:
        begin = max(0, start - first - 80)
        line = line[begin : begin + _LONGEST_LINE]
    words = " ".join(line.replace("|", " ").split())
    return words if len(words) <= 300 else f"{words[:297]}..."


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(with_any_blanks(pattern), re.IGNORECASE | re.MULTILINE)


def with_any_blanks(pattern: str) -> str:
    """A blank outside of brackets stands for any white space: lines get wrapped."""
    made, inside = [], False
    characters = iter(range(len(pattern)))
    for at in characters:
        sign = pattern[at]
        if sign == "\\":
            made.append(pattern[at : at + 2])
            next(characters, None)
            continue
        if sign in "[]":
            inside = sign == "["
        if sign == " " and not inside:
            optional = pattern[at + 1 : at + 2] == "?"
            made.append(r"\s{0,60}" if optional else r"\s{1,60}")
            if optional:
                next(characters, None)
            continue
        made.append(sign)
    return "".join(made)
