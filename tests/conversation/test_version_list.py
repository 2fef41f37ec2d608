"""The list of versions on a machine without a GPU says what was not reached, and why older is advised."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.lab.terminal import DOWN, ENTER, Terminal, gpusetup
from tests.lab.wheels import make_wheel
from tests.sessions import CHANGE, MACHINES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def without_wheel_index(tmp_path: Path, home: Path) -> dict[str, str]:
    """PyPI cannot be asked either, and is assumed; a folder holds one torch for the processor."""
    wheels = tmp_path / "wheels"
    for minor in range(9, 15):
        tag = f"cp3{minor}-cp3{minor}-manylinux_2_28_x86_64"
        make_wheel(wheels, "torch", "2.8.0+cpu", tag=tag)
    return {
        "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": str(wheels), "HOME": str(home),
        "GPUSETUP_WHEEL_INDEX": NOWHERE,
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_not_reached_stands_above_the_versions(
    language: str, without_wheel_index: dict[str, str]
) -> None:
    words = gpusetup("init", "--lang", language)
    with Terminal(words, rows=60, env=without_wheel_index) as terminal:
        terminal.wait("> Yes, set it up" if language == "en" else "> 好，安装只用", 60)
        assert ("Not reachable" if language == "en" else "连不上 PyTorch 官方源") in terminal.flat()
        terminal.type(CHANGE)
        terminal.wait("> Nothing more" if language == "en" else "> 不用改了", 60)
        terminal.type(DOWN + ENTER)
        terminal.wait("> The newest that fits" if language == "en" else "> 能用的最新版", 60)
        shown = terminal.flat()
    question = shown[shown.rindex("Which PyTorch?" if language == "en" else "要哪个版本的") :]
    assert ("connection refused" if language == "en" else "拒绝") in question
    reached_pypi = "CUDA 1" in question  # where PyPI answers, newer ones are listed with CUDA
    told = "comes without CUDA" if language == "en" else "不带 CUDA"
    assert (told in question) == reached_pypi


def test_for_another_machine_nothing_was_asked(home: Path) -> None:
    machine = str(MACHINES / "windows-3060.yaml")
    with Terminal(gpusetup("init", "--machine", machine), rows=60) as terminal:
        terminal.wait("> Yes, show the plan", 60)
        terminal.type(CHANGE)
        terminal.wait("> Nothing more")
        terminal.type(DOWN + ENTER)
        terminal.wait("> The newest that fits")
        assert "was not asked: this is for another machine" in terminal.flat()
