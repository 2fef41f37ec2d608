"""The picture of the house shows every room, no file outgrows it, and it opens quickly."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.compat_files import load_packaged

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "gpusetup"


def rooms_on_the_picture(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    table = text[text.index("|---|---|") :].partition("\n\n")[0]
    first_cells = (line.split("|")[1] for line in table.splitlines())
    return [name.rstrip("/") for cell in first_cells for name in re.findall(r"`([\w/]+)`", cell)]


@pytest.mark.parametrize("page", ["architecture.md", "architecture.zh-CN.md"])
def test_every_room_is_on_the_picture_once_and_nothing_else_is(page: str) -> None:
    there = {path.stem for path in SOURCE.glob("*.py") if not path.stem.startswith("__")}
    there |= {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert sorted(rooms_on_the_picture(page)) == sorted(there | {"locale"})


@pytest.mark.parametrize("folder", ["src", "tests", "tools", "benchmarks"])
def test_no_file_has_more_than_400_lines(folder: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / folder).rglob("*.py")
        if "_generated" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


@pytest.mark.parametrize(
    "words",
    [("detect", "--json"), ("plan", "--json", "--machine", "tests/machines/laptop-4060-wsl2.yaml")],
    ids=["detect", "plan"],
)  # fmt: skip
def test_what_scripts_call_in_a_loop_imports_nothing_slow(words: tuple[str, ...]) -> None:
    """`dataclasses` brings `inspect`; the others are for commands that need them (docs: speed)."""
    load_packaged()  # a checkout writes its quick form here, where it is not fresh
    slow = "{'dataclasses', 'inspect', 'click', 'typer', 'rich', 'packaging', 'shutil', 'gettext', 'ssl'}"
    script = (
        "import sys; from gpusetup.cli.main import run; code = run(sys.argv[1:]);"
        f"print(*sorted({slow} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == []
