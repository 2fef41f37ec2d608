"""New texts for files of the user: a shell's start file, `.condarc`, `pip.conf`, `uv.toml`. Pure.

Nothing is deleted: what is wrong becomes a comment between two marks, so that it can be found, and
taken back by hand too.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, Sequence

BEGIN = "# >>> gpusetup: {why} >>>"
END = "# <<< gpusetup <<<"
_ATTEMPTS = 12

Parse = Callable[[str], "tuple[object, str | None, int | None]"]


def lines_of(text: str) -> list[str]:
    """The lines as editors and parsers count them: only a line feed ends one, "\\r" stays."""
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def commented(text: str, numbers: Iterable[int], why: str, instead: Sequence[str] = ()) -> str:
    """The text with some lines (from 1) as comments, and others in place of the last of them."""
    lines, wrong = lines_of(text), sorted(set(numbers))
    made: list[str] = []
    for number, line in enumerate(lines, 1):
        if number not in wrong:
            made.append(line)
            continue
        end = "\r" if line.endswith("\r") else ""
        if number - 1 not in wrong:
            made.append(BEGIN.format(why=why) + end)
        made.append(f"# {line}")
        if number + 1 not in wrong:
            made += [each + end for each in instead] if number == wrong[-1] else ()
            made.append(END + end)
    return "\n".join(made) + ("\n" if text.endswith("\n") or not text else "")


def readable(text: str, parse: Parse, why: str) -> str | None:
    """A broken configuration with the lines that break it as comments.

    Each attempt takes the line that the parser names. None: that does not help.
    """
    wrong: set[int] = set()
    for _attempt in range(_ATTEMPTS):
        candidate = commented(text, wrong, why) if wrong else text
        _values, error, line = parse(candidate)
        if error is None:
            return candidate
        place = _line_before(text, wrong, why, line)
        if place is None:
            return None
        wrong |= set(_whole(text, place, error, wrong))
    return None


def _line_before(text: str, wrong: set[int], why: str, line: int | None) -> int | None:
    """A line of the candidate as a line of the old text, which has no marks."""
    if line is None:
        return None
    count = len(lines_of(text))
    for number in range(1, count + 1):
        added = 2 * sum(1 for each in wrong if each < number and each + 1 not in wrong)
        added += 1 if number in wrong and number - 1 not in wrong else 0
        if number + added >= line and number not in wrong:
            return number
    # the parser is at the end of the text: what is not closed began in the last line that is left
    return max((each for each in range(1, count + 1) if each not in wrong), default=None)


def _whole(text: str, number: int, error: str, wrong: set[int]) -> Iterable[int]:
    """A key that stands twice: its first block, because the later paste is the later wish."""
    lines = lines_of(text)
    twice = re.fullmatch(r"(\S+) twice", error)
    if twice is None:
        return (number,)
    starts = (i for i, each in enumerate(lines, 1) if each.startswith(f"{twice[1]}:"))
    return block(lines, next(each for each in starts if each not in wrong))


def block(lines: Sequence[str], first: int) -> Iterable[int]:
    """A top-level key and everything that belongs to it: what is indented, or a list item."""
    last = first
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if not line.strip() or line.startswith((" ", "\t", "-")):
            last = number
            continue
        break
    while last > first and not lines[last - 1].strip():
        last -= 1
    return range(first, last + 1)
