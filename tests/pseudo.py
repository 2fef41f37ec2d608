"""A language that nobody speaks: every sentence of the catalogue with other letters.

Run as a program it takes command lines as JSON on stdin, runs each as `gpusetup` would, and prints
what each wrote as JSON. What is still in ASCII letters did not come from the catalogue. Commands to
type and lines of other programs are shown as signs, so that what is left must be our own words.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from typing import Any

COMMAND, QUOTED = "  ⟦⟧\n", "    ⟦⟧\n"
_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀçđéƒğĥíĵķļɱñóƥɋřšťúṽŵẋýžÁƁÇĐÉƑĞĤÍĴĶĻṀÑÓƤɊŘŠŤÚṼŴẊÝŽ",
)


def pseudo(sentence: str) -> str:
    """The sentence with other letters; commands in backticks and {facts} stay."""
    parts = re.split(r"(`[^`]*`|\{[^{}]*\})", sentence)
    return "".join(
        part if number % 2 else part.translate(_LETTERS) for number, part in enumerate(parts)
    )


def _patch() -> None:
    from gpusetup import messages
    from gpusetup.terminal import show

    messages._chinese = lambda: pseudo
    show.command = lambda argv: show._write(show._results(), COMMAND)
    show.code = lambda text: show._write(show._results(), QUOTED)


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def main() -> None:
    """Answer what stands on stdin."""
    asked = json.load(sys.stdin)
    _patch()
    from gpusetup.cli.main import run

    told: list[dict[str, Any]] = []
    for argv in asked:
        out, err = _stream(), _stream()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*argv, "--lang", "zh"])
        told.append({"argv": argv, "code": code, "out": _text(out), "err": _text(err)})
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
