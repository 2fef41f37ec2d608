"""The block that a node tells (`inside/node.py`, `inside/node.sh`): text to records. Pure.

What stands around the block is noise: messages of the day, start files that print, colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterator

MARK = "gpusetup-node"
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x02-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LAST_WORDS = 3


@dataclass(frozen=True)
class NodeTrouble:
    """Why there is no answer: a code of `messages/node.py` and its facts."""

    code: str
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """ "=text /proc/meminfo" and what follows."""

    kind: str
    key: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as they stood in the node's file, zero bytes too."""
        return "\n".join(self.lines).replace("\1", "\0")


def read_block(text: str, nonce: str) -> tuple[Record, ...] | NodeTrouble:
    """The records between the marks of this nonce; of two blocks the last one.

    <<gpusetup-node 1 NONCE
    :=fact machine
    :|x86_64
    >>gpusetup-node NONCE 24 1234567890
    """
    begin, end = f"<<{MARK} 1 {nonce}", re.compile(rf">>{MARK} {re.escape(nonce)} (\d+) (\d+|-)$")
    told: list[str] | None = None
    complete: tuple[Record, ...] | NodeTrouble | None = None
    for line in text.split("\n"):
        clean = _COLOURS.sub("", line).rstrip("\r")
        if clean.endswith(begin):
            told = []
        elif told is not None and clean.startswith(":"):
            told.append(clean[1:])
        elif told is not None and clean.startswith(">>"):
            closing = end.match(clean)
            if closing:
                complete, told = _checked(told, closing[1], closing[2]), None
    if complete is not None:
        return complete
    if told is not None:
        return NodeTrouble("node.cut-off", {"lines": len(told)})
    return NodeTrouble("node.no-answer", {"words": last_words(text)})


def last_words(text: str) -> str:
    """The end of what was said instead, safe to show."""
    lines = [safe(_COLOURS.sub("", line)).strip() for line in text.splitlines()]
    words = [line for line in lines if line and not re.match(r"[:<>]", line)]
    return "\n".join(line[:200] for line in words[-_LAST_WORDS:])


def safe(text: str) -> str:
    """Without what a terminal would obey, or what turns the direction of writing."""
    return _CONTROL.sub("", text.replace("\t", " ").replace("\n", " "))


def _checked(told: list[str], length: str, checksum: str) -> tuple[Record, ...] | NodeTrouble:
    data = "".join(line + "\n" for line in told).encode("utf-8", "replace")
    if len(data) != int(length) or checksum not in ("-", str(cksum(data))):
        return NodeTrouble("node.damaged", {"found": len(data), "told": int(length)})
    return tuple(_records(told))


def _records(lines: list[str]) -> Iterator[Record]:
    head: tuple[str, str] | None = None
    body: list[str] = []
    for line in [*lines, "=end "]:
        if line.startswith("="):
            if head is not None:
                yield Record(*head, tuple(body))
            kind, _space, key = line[1:].partition(" ")
            head, body = (kind, safe(key)), []
        elif line.startswith("|"):
            body.append(_CONTROL.sub("", line[1:]))


def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        value = byte << 24
        for _bit in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        found.append(value)
    return tuple(found)


def cksum(data: bytes) -> int:
    """What POSIX `cksum` prints for these bytes."""
    table, found, length = _table(), 0, len(data)
    tail = []
    while length:
        tail.append(length & 255)
        length >>= 8
    for byte in data + bytes(tail):
        found = (found << 8 & 0xFFFFFFFF) ^ table[found >> 24 ^ byte]
    return ~found & 0xFFFFFFFF
