"""`gpusetup __complete SHELL WORD...`: what the shells' scripts ask. It never complains."""

from __future__ import annotations

import os
import sys
from typing import Sequence

COMMAND = "__complete"


def answer(argv: Sequence[str]) -> int:
    """Print the candidates for the last word. Whatever goes wrong, there are none."""
    try:
        sys.stdout.write(_lines(argv))
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - a prompt is no place for a complaint
        return 0
    return 0


def _lines(argv: Sequence[str]) -> str:
    from gpusetup.cli.completing.kinds import values
    from gpusetup.cli.completing.table import table
    from gpusetup.cli.completing.words import complete
    from gpusetup.messages import use_language
    from gpusetup.terminal.language import preferred_language, why_not_chinese, wished

    shell, *words = argv
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    spoken = preferred_language(wished(words), os.environ)
    if spoken == "zh" and why_not_chinese(
        sys.stdout.encoding, os.environ.get("TERM"), is_terminal=True, is_wished=False
    ):
        spoken = "en"
    use_language(spoken)
    words = _joined(words) if shell == "bash" else words
    words = ["" if word == '""' else word for word in words]
    found = complete(table(spoken, os.environ), words, values)
    lines = [found.places or "words"]
    for each in found.candidates:
        word = _tail(each.word) if shell == "bash" else each.word
        lines.append(f"{word}\t{_one_line(each.text)}" if each.text else word)
    return "\n".join(lines) + "\n"


def _joined(words: Sequence[str]) -> list[str]:
    """bash breaks words at "=" (`--env`, `=`, `wo`); put them together again."""
    whole: list[str] = []
    for word in words:
        if whole and (word == "=" or whole[-1].endswith("=")) and whole[-1].startswith("--"):
            whole[-1] += word
        else:
            whole.append(word)
    return whole


def _tail(word: str) -> str:
    """What bash puts in: behind the "=" where it broke the word."""
    return word.split("=", 1)[1] if word.startswith("--") and "=" in word else word


def _one_line(text: str) -> str:
    return " ".join(text.replace("`", "").split())
