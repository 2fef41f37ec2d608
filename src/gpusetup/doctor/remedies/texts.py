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


def commented(text: str, numbers: Iterable[int], why: str, instead: Sequence[str] = ()) -> str:
    """The text with some lines (from 1) as comments, and others in place of the last of them."""
    lines, wrong = text.splitlines(), sorted(set(numbers))
    made: list[str] = []
    for number, line in enumerate(lines, 1):
        if number not in wrong:
            made.append(line)
            continue
        if number - 1 not in wrong:
            made.append(BEGIN.format(why=why))
        made.append(f"# {line}")
        if number + 1 not in wrong:
            made += instead if number == wrong[-1] else ()
            made.append(END)
    return _ended(text, made)


def _ended(text: str, lines: Sequence[str]) -> str:
    """With the line ends of the old text."""
    end = "\r\n" if "\r\n" in text else "\n"
    return end.join(lines) + (end if text.endswith(("\n", "\r")) or not text else "")


def appended_path(line: str, variable: str) -> str:
    """`export LD_LIBRARY_PATH=/x` -> the same folders behind what is in the variable already."""
    value = line.split("=", 1)[1].strip()
    value = re.sub(r"\s+#.*$", "", value).rstrip(";").strip("\"'")
    kept = "${" + variable + ":+$" + variable + ":}"
    return f'export {variable}="{kept}{value}"'


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
    count = len(text.splitlines())
    for number in range(1, count + 1):
        added = 2 * sum(1 for each in wrong if each < number and each + 1 not in wrong)
        added += 1 if number in wrong and number - 1 not in wrong else 0
        if number + added >= line and number not in wrong:
            return number
    # the parser is at the end of the text: what is not closed began in the last line that is left
    return max((each for each in range(1, count + 1) if each not in wrong), default=None)


def _whole(text: str, number: int, error: str, wrong: set[int]) -> Iterable[int]:
    """A key that stands twice: its first block, because the later paste is the later wish."""
    lines = text.splitlines()
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


def without_values(text: str, values: Sequence[str], parse: Parse, why: str) -> str | None:
    """A configuration without the lines that name some values; keys that are left empty go too."""
    lines = text.splitlines()
    wrong = {
        number
        for number, line in enumerate(lines, 1)
        if any(value and value in line for value in values) and not line.lstrip().startswith("#")
    }
    if not wrong:
        return None
    wrong |= {number for number in _keys(lines) if _is_empty_without(lines, number, wrong)}
    made = commented(text, wrong, why)
    return made if parse(made)[1] is None else None


def _keys(lines: Sequence[str]) -> list[int]:
    return [number for number, line in enumerate(lines, 1) if re.match(r"[\w-]+\s*:\s*$", line)]


def _is_empty_without(lines: Sequence[str], key: int, wrong: set[int]) -> bool:
    inside = [each for each in block(lines, key) if each != key and lines[each - 1].strip()]
    real = [each for each in inside if not lines[each - 1].lstrip().startswith("#")]
    return bool(real) and all(each in wrong for each in real)
