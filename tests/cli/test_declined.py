"""One rule for all commands: a no to what a command was called for ends with 130, as Ctrl-C does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.torch_env import bare_environment
from tests.lab.terminal import CTRL_C, ENTER, Terminal, gpusetup

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")
NO = "n" + ENTER


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    """A home with an environment and a run that can be taken back."""
    environ = {"HOME": str(home), "SHELL": "/bin/bash", "GPUSETUP_LANG": "en"}
    bare_environment(home / "gpu-envs" / "course")
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "completion", "zsh", "--install", "--yes", "--json"],
        env={**os.environ, **environ}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout)["run"]
    return environ


def contents(home: Path) -> dict[str, bytes]:
    files = (each for each in home.rglob("*") if each.is_file() and not each.is_symlink())
    return {str(each): each.read_bytes() for each in files if ".cache" not in each.parts}


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("undo",), "Take this back?"),
        (("envs", "remove", "course"), "Remove?"),
        (("envs", "clone", "course", "course-2"), "Copy?"),
        (("completion", "bash", "--install"), "?"),
    ],
    ids=["undo", "envs remove", "envs clone", "completion"],
)
def test_a_no_ends_with_130_and_changes_nothing(
    words: tuple[str, ...], question: str, environ: dict[str, str], home: Path
) -> None:
    before = contents(home)
    for keys in (NO, CTRL_C):
        with Terminal(gpusetup(*words), env=environ, cwd=str(home)) as terminal:
            terminal.wait(question)
            terminal.settle(0.2)
            terminal.type(keys)
            assert terminal.finish() == 130
            said = terminal.flat()
        assert keys != NO or "Nothing was changed." in said
    assert contents(home) == before


def test_a_script_stops_after_a_no(environ: dict[str, str], home: Path) -> None:
    undo = " ".join(gpusetup("undo"))
    words = ["sh", "-c", f"{undo} && echo GOES-ON"]
    with Terminal(words, env=environ, cwd=str(home)) as terminal:
        terminal.wait("Take this back?")
        terminal.type(NO)
        assert terminal.finish() == 130
        assert "GOES-ON" not in terminal.text()
