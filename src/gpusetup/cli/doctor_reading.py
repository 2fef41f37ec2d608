"""The text of a report, in bounded memory: of a very long one the beginning and the end."""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path
from typing import IO

from gpusetup.basics.errors import UsageError
from gpusetup.messages import say
from gpusetup.reports import decode

HEAD, TAIL = 300_000, 200_000  # bytes; what matters in a long log is its beginning and its end
_BLOCK = 100_000


def text_of(name: str) -> str:
    """The text of a file, or of standard input for "-".

    Raises:
        UsageError: it cannot be read.
    """
    try:
        if name == "-":
            return _read(sys.stdin.buffer)
        with Path(name).open("rb") as stream:
            return _read(stream)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("doctor.not-readable", path=name, reason=reason) from error


def _read(stream: IO[bytes]) -> str:
    """All of it, or both ends with a line between them."""
    head = stream.read(HEAD)
    blocks: deque[bytes] = deque(maxlen=TAIL // _BLOCK + 1)
    left = 0
    while block := stream.read(_BLOCK):
        left += len(block)
        blocks.append(block)
    tail = b"".join(blocks)
    if left <= len(tail):
        return decode(head + tail)
    from gpusetup.terminal import show

    show.note(say("doctor.cut", head=f"{HEAD / 1e6:g}", tail=f"{TAIL / 1e6:g}"))
    # decoded apart: the encoding of one end tells that of the other only where no character is cut
    return f"{decode(head)}\n\n{decode(tail[-TAIL:])}"
