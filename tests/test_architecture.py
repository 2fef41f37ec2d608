"""The picture of the house shows every room, and no file outgrows it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "gpusetup"


def rooms_on_the_picture() -> set[str]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("| room | holds |") : text.index("Imports go downwards only")]
    first_cells = (line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    return {name.rstrip("/") for cell in first_cells for name in re.findall(r"`([\w/]+)`", cell)}


def test_every_room_is_on_the_picture_and_nothing_else_is() -> None:
    there = {path.stem for path in SOURCE.glob("*.py") if not path.stem.startswith("__")}
    there |= {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert rooms_on_the_picture() == (there | {"locale"})


def test_no_file_has_more_than_400_lines() -> None:
    long = {
        str(path.relative_to(SOURCE)): lines
        for path in SOURCE.rglob("*.py")
        if "_generated" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
