"""Lines of two changes of one text brought together, and bytes that keep their line ends. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Iterable, Iterator, Sequence

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Hunk:
    """Lines `start` to `end` of the base become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def merged(base: str, mine: str, theirs: str, *, theirs_win: bool = False) -> str | None:
    """`mine` with the changes that lead from `base` to `theirs`.

    Where both touch the same lines: None, or with `theirs_win` their lines there.
    """
    lines = _lines(base)
    ours, others = _hunks(lines, _lines(mine)), _hunks(lines, _lines(theirs))
    for group in reversed(_groups({*ours, *others})):
        if any(each not in ours for each in group) and any(each not in others for each in group):
            if not theirs_win:
                return None
            group = [each for each in group if each in others]
        for hunk in reversed(group):
            lines[hunk.start : hunk.end] = hunk.lines
    return "".join(lines)


_COMMENT_LINE = re.compile(r"[ \t]*#")
_BEHIND_AN_ENTRY = re.compile(r",[ \t]+(#[^\n]*)")  # in brackets over several lines


def with_comments_of(old: str, new: str) -> str:
    """A changed text with the comments that got lost on the way, where they stood.

    Those behind a value go with it; lines of their own stay.
    """
    before, after = _lines(old), _lines(new)
    result: list[str] = []
    for tag, i1, i2, j1, j2 in _opcodes(before, after):
        result += after[j1:j2]
        if tag in ("delete", "replace"):
            have = "".join(after[j1:j2])
            result += [each for each in _comments(before[i1:i2]) if each.strip() not in have]
    return "".join(result)


def _comments(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        behind = _BEHIND_AN_ENTRY.search(line)
        if _COMMENT_LINE.match(line):
            yield line if line.endswith("\n") else line + "\n"
        elif behind:
            yield behind[1] + "\n"


def _groups(hunks: Iterable[Hunk]) -> list[list[Hunk]]:
    """Hunks that touch each other stand together; the groups follow one another."""
    found: list[list[Hunk]] = []
    end = -1
    for hunk in sorted(hunks, key=lambda each: (each.start, each.end)):
        last = found[-1][-1] if found else None
        # two insertions at one place touch too: nothing says which one comes first
        if last and (hunk.start < end or hunk.start == hunk.end == last.start == last.end):
            found[-1].append(hunk)
        else:
            found.append([hunk])
        end = max(end, hunk.end)
    return found


def _hunks(base: Sequence[str], other: Sequence[str]) -> list[Hunk]:
    codes = _opcodes(base, other)
    return [Hunk(i1, i2, tuple(other[j1:j2])) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _lines(text: str) -> list[str]:
    """Lines with their end; only "\\n" ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


@dataclass(frozen=True)
class Decoded:
    """A file's text with plain line ends, and what it takes to make bytes of it again."""

    text: str
    lines: tuple[str, ...]  # as they stand, each with its own end
    bom: bool

    def encoded(self, text: str) -> bytes:
        """A changed text: lines that stayed keep their ends, new ones get the usual end."""
        usual = "\r\n" if sum(map(_is_windows, self.lines)) * 2 > len(self.lines) else "\n"
        old = [line.replace("\r\n", "\n") for line in self.lines]
        new = _lines(text)
        kept: list[str] = []
        for tag, i1, i2, j1, j2 in _opcodes(old, new):
            if tag == "equal":
                kept += self.lines[i1:i2]
            else:
                kept += [line.replace("\n", usual) for line in new[j1:j2]]
        body = "".join(kept).encode("utf-8", "surrogateescape")
        return BOM + body if self.bom else body


def decoded(content: bytes) -> Decoded:
    """Bytes that are not UTF-8 come as surrogates, and go back as they were."""
    bom = content.startswith(BOM)
    raw = content[len(BOM) :] if bom else content
    text = raw.decode("utf-8", "surrogateescape")
    lines = tuple(_lines(text))
    return Decoded(text.replace("\r\n", "\n"), lines, bom)


def _is_windows(line: str) -> bool:
    return line.endswith("\r\n")


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Like SequenceMatcher's, quick for a huge file of which little changed."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = SequenceMatcher(
        None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False
    )
    codes = [("equal", 0, head, 0, head)]
    for tag, i1, i2, j1, j2 in middle.get_opcodes():
        codes.append((tag, i1 + head, i2 + head, j1 + head, j2 + head))
    codes.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return codes
