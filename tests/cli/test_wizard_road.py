"""The wizard on this machine: a laptop with a driver, an unwritable place, cut off and gone on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpusetup.terminal import cells
from tests.cli.test_sessions import escaped_english, without_commands
from tests.fixtures.drivers import LAPTOP, FakeDriver
from tests.fixtures.torch_env import own_uv_cache
from tests.lab.terminal import CTRL_C, DOWN, ENTER, Terminal, gpusetup
from tests.lab.wheels import make_wheel
from tests.sessions import ACCEPT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with a torch for CUDA, so that no network decides."""
    folder = tmp_path / "w1"
    for minor in range(9, 15):
        tag = f"cp3{minor}-cp3{minor}-manylinux_2_28_x86_64"
        make_wheel(folder, "torch", "2.8.0+cu128", tag=tag)
    for name, version in (("numpy", "2.3.0"), ("pip", "26.0")):
        make_wheel(folder, name, version)
    return folder


@pytest.fixture
def laptop(fake_driver: FakeDriver, wheels: Path, home: Path) -> dict[str, str]:
    """A laptop whose driver answers, and whose pip knows nothing but that folder."""
    driver = fake_driver.nvml(LAPTOP).cuda(13000).module("580.95.05").python()
    driver.card("0000:01:00.0", "28e0")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "UV_OFFLINE": "1"}
    return {**driver.environment(), **offline, "PIP_CONFIG_FILE": os.devnull}


@pytest.mark.parametrize(("language", "columns"), [("en", 80), ("zh", 80), ("zh", 40)])
def test_a_fresh_laptop_is_recognised_and_gets_a_plan(
    laptop: dict[str, str], language: str, columns: int, tmp_path: Path
) -> None:
    words = gpusetup("init", "--lang", language)
    with Terminal(words, columns=columns, env=laptop, cwd=str(tmp_path)) as terminal:
        shown = terminal.wait("> Yes, set it up" if language == "en" else "> 好，开始安装", 60)
        assert "RTX 4060 Laptop" in shown
        assert "2.8.0" in shown
        terminal.type(ACCEPT)
        terminal.wait("> Yes, do it" if language == "en" else "> 好，开始执行", 60)
        terminal.type(DOWN * 3 + ENTER)
        terminal.wait("gpusetup-answers.yaml")
        terminal.type(ENTER)
        terminal.wait("On the next machine" if language == "en" else "在下一台机器上")
        terminal.type(DOWN * 2 + ENTER)
        terminal.wait("> Nothing more" if language == "en" else "> 不用改了")
        terminal.type("q")
        assert terminal.finish() == 130
        text = "\n".join(without_commands(terminal.text(), columns))
    assert "gpusetup.answers/1" in (tmp_path / "gpusetup-answers.yaml").read_text()
    assert ("Nothing was changed" if language == "en" else "什么都没有改动") in text
    assert language == "en" or escaped_english(text.splitlines()) == []


def test_no_to_the_plan_ends_with_130_and_changes_nothing(laptop: dict[str, str]) -> None:
    with Terminal(gpusetup("init"), env=laptop) as terminal:
        terminal.wait("> Yes, set it up", 60)
        terminal.type(ACCEPT)
        terminal.wait("> Yes, do it", 60)
        terminal.type(DOWN * 4 + ENTER)
        assert terminal.finish() == 130
        assert "Nothing was changed" in terminal.flat()
    assert not (Path(laptop["HOME"]) / "gpu-envs").exists()


def test_a_place_that_cannot_be_written_is_a_page_with_a_way_out(
    laptop: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "f").write_text("")
    with Terminal(gpusetup("init", "--prefix", str(tmp_path / "f" / "x")), env=laptop) as terminal:
        terminal.wait("> Yes, set it up", 60)
        terminal.type(ACCEPT)
        terminal.wait("> Change something", 60)
        assert "cannot be written" in terminal.flat()
        terminal.type(ENTER)
        terminal.wait("> Nothing more")
        terminal.type(DOWN * 6 + ENTER)
        terminal.wait("In which folder?")
        terminal.type(f"\x15{tmp_path}" + ENTER)
        terminal.wait("> Nothing more")
        terminal.type(ENTER)
        terminal.wait("> Yes, do it", 60)
        terminal.type("q")
        assert terminal.finish() == 130


def test_a_name_that_is_taken_has_a_free_one_beside_it(laptop: dict[str, str]) -> None:
    taken = Path(laptop["HOME"]) / "gpu-envs" / "torch"
    taken.mkdir(parents=True)
    (taken / "thesis.tex").write_text("years of work")
    with Terminal(gpusetup("init"), env=laptop) as terminal:
        terminal.wait("> Yes, set it up", 60)
        terminal.type(ACCEPT)
        terminal.wait("> Call it `torch-2`", 60)
        terminal.type(ENTER)
        terminal.wait("> Yes, do it", 60)
        assert "gpu-envs/torch-2" in terminal.text()
        terminal.type("q")
        assert terminal.finish() == 130
    assert [each.name for each in taken.iterdir()] == ["thesis.tex"]


@pytest.mark.torch_env
@pytest.mark.slow
@pytest.mark.parametrize(("language", "columns"), [("en", 80), ("zh", 80), ("zh", 40)])
def test_a_run_that_was_cut_off_is_gone_on_with(
    language: str, columns: int, torch_python: str, home: Path
) -> None:
    def ask(*found: str) -> str:
        return found[0] if language == "en" else found[1]

    env = {"UV_CACHE_DIR": str(own_uv_cache())}
    words = gpusetup("init", "--lang", language, "--no-bench", "--engine", "uv")
    with Terminal(words, columns=columns, env=env) as terminal:
        terminal.wait(ask("> Yes, set it up", "> 好，安装"), 60)
        terminal.type(ACCEPT)
        terminal.wait(ask("> Yes, do it", "> 好，开始执行"), 60)
        terminal.type(ENTER)
        terminal.wait("4/", 60)
        terminal.type(CTRL_C)
        assert terminal.finish(30) == 130
        assert "gpusetup undo" in terminal.flat()
        assert "gpusetup init --engine uv --no-bench" in terminal.flat()
    with Terminal(words, columns=columns, env=env) as terminal:
        terminal.wait(ask("> Yes, set it up", "> 好，安装"), 60)
        terminal.type(ACCEPT)
        terminal.wait(ask("> Yes, do it", "> 好，开始执行"), 60)
        shown = terminal.flat().replace(" ", "")
        opening = shown.index(ask("Goingonwhereitstopped", "从上次停下的地方继续"))
        assert opening < shown.index(ask("Thismachine", "这台机器i"))
        assert shown.count(ask("donealready", "已完成")) >= 6  # in the opening, and in the plan
        terminal.type(ENTER)
        assert terminal.finish(120) == 0
        shown = terminal.flat().replace(" ", "")
        lines = without_commands(terminal.text(), columns)
    # to the last page: the environment, its activation, a first program
    assert ask("runs,ontheCPU", "可以用了（CPU）") in shown
    assert f"{home}/gpu-envs/torch/bin/activate" in shown
    assert "print(x@x)" in shown
    assert [line for line in lines if cells.width(line) >= columns] == []
    assert language == "en" or escaped_english(lines) == []
