"""`gpusetup` alone: the few commands that a newcomer needs, without the framework."""

from __future__ import annotations

import sys

from gpusetup.messages import language, say, say_in
from gpusetup.terminal import cells, show

_PARTS = {
    "start": ("init", "plan"),
    "trouble": ("doctor", "verify"),
    "slow": ("mirrors --fastest",),
    "shared": ("who", "pick"),
    "back": ("undo",),
}


def first_screen() -> int:
    """Say where to begin, and where everything else stands."""
    show.paragraph(say("help"))
    beside = max(len(name) for names in _PARTS.values() for name in names) + len("gpusetup ")
    for part, names in _PARTS.items():
        show.heading(say(f"first.{part}"))
        for name in names:
            _entry(f"gpusetup {name}", say(f"first.{name.split()[0]}"), beside)
    show.blank()
    show.paragraph(say("first.more"))
    _other_language()
    return 0


def _entry(command: str, text: str, beside: int) -> None:
    columns = show.help_cells()
    name = show.style(command, "36", sys.stdout)
    if columns < show.NARROW:
        lines = ["  " + name, *("    " + line for line in cells.wrap(text, columns - 4))]
    else:
        margin = " " * (beside + 4)
        first, *rest = cells.wrap(text, columns - len(margin))
        gap = " " * (beside - len(command))
        lines = [f"  {name}{gap}  {first}", *(margin + line for line in rest)]
    show.raw("\n".join(lines) + "\n")


def _other_language() -> None:
    """How to get the other language, in that language, if this terminal can show it."""
    other = "zh" if language() == "en" else "en"
    text = say_in(other, "first.this-language")
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return
    show.paragraph(text)
