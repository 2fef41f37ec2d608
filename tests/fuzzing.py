"""Inputs that nobody wrote: how many, and how an honest file is spoiled.

GPUSETUP_FUZZ sets the number of examples (`nox -s fuzz` takes 10,000 each).
"""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager
from typing import Iterator

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("GPUSETUP_FUZZ", "150"))
SLOWEST_S = 5.0  # an honest file takes some milliseconds

FUZZED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="GPUSETUP_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

PIECES = (
    "", " ", "\n", "\t", ":", "- ", "{", "}", "[", "]", "'", '"', "#", "&a ", "*a", "!!python/name:os.system ",
    "!!int ", "|", ">", "%YAML 1.1\n", "---\n", "...\n", "<<: *a\n", "? ", "~", "null", "true", "no", ".nan", ".inf",
    "0x1F", "1e400", "3.10", "-1", "99999999999999999999", "999.999.999", "2001-01-01", "²", "٣", "驱动", "\ufeff",
    "\x00", "\x85", "\u2028", "\ud7ff", "../../etc/passwd", "$(touch x)", "a" * 5000, "- " * 300, "[" * 300, "{a: " * 100,
)  # fmt: skip


def spoiled(text: str, chance: random.Random) -> str:
    """A text with some of its lines and words lost, doubled, moved or replaced."""
    for _ in range(chance.randint(1, 6)):
        text = chance.choice((_in_a_line, _in_a_line, _lines, _cut))(text, chance)
    return text


def _in_a_line(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    end = min(len(text), place + chance.choice((0, 0, 1, 3, 12, 60)))
    return text[:place] + chance.choice(PIECES) + text[end:]


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    one, other = (chance.randrange(len(lines)) for _ in range(2))
    change = chance.choice(("lose", "double", "swap", "indent"))
    if change == "lose":
        del lines[one]
    elif change == "double":
        lines.insert(other, lines[one])
    elif change == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines[one] = " " * chance.randint(1, 5) + lines[one]
    return "\n".join(lines)


def _cut(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    return text[:place] if chance.random() < 0.5 else text[place // 4 :]


@contextmanager
def no_hang() -> Iterator[None]:
    """What is inside ends soon, however it ends."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < SLOWEST_S
