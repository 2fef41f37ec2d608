"""A process without a home folder: a container's user that is a number, an environment wiped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows always knows a home folder")

_NAMELESS = """
import pwd, sys
def unknown(number):
    raise KeyError(number)
pwd.getpwuid = unknown
from gpusetup.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def nameless(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """gpusetup as a user that the system knows no name and no home of."""
    return subprocess.run(
        [sys.executable, "-c", _NAMELESS, *words], capture_output=True, text=True, check=False,
        cwd=folder, env={"PATH": os.defpath, "LANG": "C.UTF-8", **environ}, timeout=120,
    )  # fmt: skip


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert "Traceback" not in done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}], ids=["unset", "empty"])
@pytest.mark.parametrize(
    "words", [("plan",), ("init", "--yes"), ("mirrors", "--restore"), ("undo", "--yes"), ("engine", "conda", "--dry-run")], ids=" ".join,
)  # fmt: skip
def test_what_would_write_there_is_refused_and_the_way_out_is_said(words: tuple[str, ...], environ: dict[str, str], tmp_path: Path) -> None:  # fmt: skip
    done = nameless(tmp_path, *words, "--json", **environ)
    assert done.returncode == 3, done.stderr
    error = document(done)
    assert (error["code"], error["exit"]) == ("run.no-home", 3)
    assert "HOME" in error["next"]
    assert not list(tmp_path.iterdir()), "no folder named `~` either"


@pytest.mark.parametrize(
    "words", [("detect",), ("envs",), ("matrix", "list"), ("mirrors", "--show")], ids=" ".join
)
def test_what_only_looks_finds_nothing_there(words: tuple[str, ...], tmp_path: Path) -> None:
    done = nameless(tmp_path, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert "schema" in document(done)
    assert not list(tmp_path.iterdir())


def test_a_path_below_a_home_folder_that_is_not_there_is_refused_too(tmp_path: Path) -> None:
    done = nameless(tmp_path, "mirrors", "--restore", "--json", GPUSETUP_STATE="~/state")
    assert done.returncode == 3, done.stderr
    assert document(done)["code"] == "run.no-home"


def test_our_own_mistake_is_written_down_even_there(tmp_path: Path) -> None:
    code = (
        "import pwd\n"
        "def unknown(number): raise KeyError(number)\n"
        "pwd.getpwuid = unknown\n"
        "from gpusetup.effects.runlog import write_bug_report\n"
        "print(write_bug_report(ValueError('x')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"PATH": os.defpath, "TMPDIR": str(tmp_path)}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == tmp_path
    assert "ValueError: x" in Path(done.stdout.strip()).read_text()


def test_an_empty_home_is_as_good_as_none_where_the_system_knows_the_user() -> None:
    code = (
        "import os, pwd\n"
        "from gpusetup.effects.home_folder import home_folder\n"
        "assert str(home_folder()) == pwd.getpwuid(os.getuid()).pw_dir"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"HOME": ""}, timeout=60)
