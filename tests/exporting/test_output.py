"""`export --output`: nothing is overwritten unasked, and everything can be had back."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.exporting.test_formats import LAB, gpusetup
from tests.lab.terminal import Terminal
from tests.lab.terminal import gpusetup as command_line

__all__ = ["gpusetup"]
WORDS = ("export", "requirements.txt", "--machine", LAB)


def test_a_new_file_holds_what_is_printed_and_undo_removes_it(gpusetup: Any, home: Path) -> None:
    _, printed, _ = gpusetup(*WORDS)
    file = home / "new" / "requirements.txt"
    code, out, _ = gpusetup(*WORDS, "--output", str(file))
    assert code == 0
    assert "undo" in out
    assert file.read_text(encoding="utf-8") == printed
    assert gpusetup("undo", "--yes")[0] == 0
    assert not file.parent.exists()


def test_on_a_terminal_it_says_how_to_keep_what_it_shows(gpusetup: Any, home: Path) -> None:
    with Terminal(command_line(*WORDS), env={"HOME": str(home)}, cwd=str(home)) as terminal:
        assert terminal.finish() == 0
        assert "add `-o requirements.txt`" in terminal.flat()
    assert "-o requirements.txt" not in gpusetup(*WORDS)[2]  # into a pipe: it is kept already


def test_a_file_that_is_there_stays_without_the_flag(gpusetup: Any, home: Path) -> None:
    file = home / "requirements.txt"
    file.write_text("mine\n")
    file.chmod(0o640)
    code, out, err = gpusetup(*WORDS, "--output", str(file))
    assert (code, out) == (3, "")
    assert "--overwrite" in err
    assert file.read_text() == "mine\n"

    assert gpusetup(*WORDS, "--output", str(file), "--overwrite")[0] == 0
    assert "torch==" in file.read_text()
    assert gpusetup("undo", "--yes")[0] == 0
    assert file.read_text() == "mine\n"
    assert file.stat().st_mode & 0o777 == 0o640


def test_undo_leaves_a_file_that_was_changed_since(gpusetup: Any, home: Path) -> None:
    file = home / "requirements.txt"
    gpusetup(*WORDS, "-o", str(file))
    file.write_text(file.read_text() + "rich\n")
    gpusetup("undo", "--yes")
    assert file.read_text().endswith("rich\n")


def test_the_same_again_changes_nothing(gpusetup: Any, home: Path) -> None:
    file = home / "requirements.txt"
    gpusetup(*WORDS, "--output", str(file))
    code, out, _ = gpusetup(*WORDS, "--output", str(file), "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["changed"], document["run"]) == (False, None)
    assert document["path"] == str(file)


@pytest.mark.parametrize("place", [".", "file/inside"], ids=["a folder", "below a file"])
def test_a_place_where_no_file_can_be_is_refused(gpusetup: Any, home: Path, place: str) -> None:
    (home / "file").touch()
    code, out, err = gpusetup(*WORDS, "--output", str(home / place))
    assert (code, out) == (3, "")
    assert "--output" in err
    assert not list((home / ".local").rglob("journal.jsonl"))


def test_wishes_beside_an_environment_are_wrong_usage(gpusetup: Any) -> None:
    words = ("export", "pixi.toml", "--env", "torch")
    assert gpusetup(*words, "--torch", "2.7")[0] == 2
    assert gpusetup(*words, "--machine", LAB)[0] == 2


def test_an_unknown_format_names_those_that_there_are(gpusetup: Any) -> None:
    code, _, err = gpusetup("export", "setup.py")
    assert code == 2
    assert "pixi.toml" in err


@pytest.mark.skipif(sys.platform == "win32", reason="devices are files of POSIX systems")
def test_standard_output_and_devices_are_written_into(gpusetup: Any) -> None:
    _, printed, _ = gpusetup(*WORDS)
    argv = [sys.executable, "-m", "gpusetup", *WORDS, "--output", "/dev/stdout"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    assert done.stdout == printed
    code, out, _ = gpusetup(*WORDS, "--output", os.devnull)
    assert (code, out) == (0, "")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("words", [("detect", "--record"), ("doctor", "--bundle")], ids=" ".join)
def test_what_a_record_or_a_report_replaces_can_be_had_back(
    gpusetup: Any, home: Path, words: tuple[str, ...]
) -> None:
    file = home / "notes.json"
    file.write_text("mine\n")
    code, _, err = gpusetup(*words, str(file))
    assert code in (0, 1), err
    assert "is kept" in err
    assert "mine" not in file.read_text(encoding="utf-8")
    assert gpusetup("undo", "--yes")[0] == 0
    assert file.read_text() == "mine\n"
