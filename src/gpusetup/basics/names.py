"""Which names an environment may have: safe in every shell and file system, any script. Pure."""

from __future__ import annotations

import re
import unicodedata

from gpusetup.basics.patterns import pattern

LONGEST = 64
_WINDOWS_DEVICES = pattern(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_BESIDE_LETTERS = frozenset("-_.")


def objection(name: str) -> str | None:
    """The message code of what is wrong with `name`, or None.

    >>> objection("torch-2.7"), objection("Übung"), objection("my env"), objection("../env")
    (None, None, 'name.space', 'name.path')
    """
    if not name:
        return "name.empty"
    if any(unicodedata.category(character).startswith("C") for character in name):
        return "name.control"
    if "/" in name or "\\" in name or ":" in name or name in (".", ".."):
        return "name.path"
    if any(character.isspace() for character in name):
        return "name.space"
    if name[0] in "-.":
        return "name.start"
    if name[-1] == ".":
        return "name.dot"
    if any(
        not (letter.isalnum() or letter in _BESIDE_LETTERS or _is_mark(letter)) for letter in name
    ):
        return "name.sign"
    if _WINDOWS_DEVICES.fullmatch(name):
        return "name.device"
    # most file systems count bytes, and 255 of them; the environment's own files need room too
    return "name.long" if len(name) > LONGEST or len(name.encode()) > 3 * LONGEST else None


def facts(name: str) -> dict[str, object]:
    """What the sentence about a name that is objected to speaks of."""
    return {"name": name, "first": name[:1], "length": len(name), "longest": LONGEST}


def _is_mark(letter: str) -> bool:
    """Accents and vowel signs that belong to the letter before them."""
    return unicodedata.category(letter) in ("Mn", "Mc")
