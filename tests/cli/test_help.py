"""The first screen and the help pages."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gpusetup.terminal import cells
from tests.calling import PAGES, call


def test_gpusetup_alone_says_where_to_begin() -> None:
    done = call()
    assert (done.returncode, done.stderr) == (0, "")
    assert "  gpusetup init " in done.stdout
    assert done.stdout.splitlines()[-1] == "使用中文：`gpusetup --lang zh`"


def test_the_first_screen_does_without_the_framework() -> None:
    code = (
        "import sys; from gpusetup.cli.main import run; run([]);"
        "print(sorted({'typer', 'click', 'rich'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_screen_fits_its_terminal(columns: int, language: str) -> None:
    lines = call("--lang", language, env={"COLUMNS": str(columns)}).stdout.splitlines()
    assert [line for line in lines if cells.width(line) >= columns] == []


@pytest.mark.parametrize("words", [[], ["--help"], ["matrix"], ["init", "--help"]])
def test_help_with_json_is_one_document(words: list[str]) -> None:
    done = call(*words, "--json", "--lang", "zh")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr, document["schema"]) == (0, "", "gpusetup.help/1")
    assert set(document) == {
        *("schema", "command", "text", "commands", "arguments", "options", "examples")
    }
    shared = [each["names"][0] for each in document["options"] if each["group"] == "shared"]
    assert shared == ["--lang", "--json", "--plain", "--verbose", "--version", "--help"]


def test_options_stand_by_subject_where_there_are_many() -> None:
    page = _help("init", "en", 80)
    titles = [line for line in page.splitlines() if line and not line.startswith(" ")][2:]
    assert titles == [
        "Arguments",
        "What to install",
        "Where it goes",
        "Where it comes from, and who installs it",
        "Other options",
        "Options of every command",
        "Examples",
    ]
    assert "Other options" not in _help("verify", "en", 80)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_ends_with_examples_of_its_own_command(name: str) -> None:
    if not name:
        return
    page = _help(name, "en", 80)
    examples = page.split("\nExamples\n")[1].splitlines()
    assert any(f"gpusetup {name.split()[0]}" in line for line in examples)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize(("language", "beginning"), [("en", "Usage: "), ("zh", "用法：")])
def test_every_help_page_fits_its_terminal(
    name: str, columns: int, language: str, beginning: str
) -> None:
    page = _help(name, language, columns)
    assert [
        line for line in page.splitlines() if cells.width(line) > columns and not _is_example(line)
    ] == []
    assert page.startswith(f"{beginning}gpusetup")


@pytest.mark.parametrize("name", PAGES)
def test_chinese_help_holds_no_english_prose(name: str) -> None:
    prose = {"the", "and", "of", "is", "this", "to", "which", "options", "usage", "default"}
    for line in _help(name, "zh", 80).splitlines():
        if "`" not in line:
            assert not prose & set(line.lower().split()), line


def _is_example(line: str) -> bool:
    """Commands are never broken, so that they can be copied."""
    return line.startswith("  gpusetup ")


def _help(name: str, language: str, columns: int) -> str:
    words = [*name.split(), "--help", "--lang", language]
    return call(*words, env={"COLUMNS": str(columns)}).stdout
