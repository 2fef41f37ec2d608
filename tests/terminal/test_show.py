"""What is printed: widths, wrapping, colours, streams."""

from __future__ import annotations

import io
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusetup.messages import use_language
from gpusetup.terminal import cells, show
from gpusetup.terminal.amounts import duration, mib
from gpusetup.terminal.session import forget, session
from gpusetup.terminal.show import Line, Mark
from tests.lab.terminal import Terminal, python

SUMMARY = (
    "from gpusetup.terminal.show import *\n"
    "from gpusetup.terminal import show\n"
    "show.heading('This machine')\n"
    "show.lines([Line(Mark.OK, 'Driver', 'version 550.144.03, which serves CUDA up to 12.4 and "
    "everything before it', 'read from `nvidia-smi`'), Line(Mark.BAD, '磁盘', "
    "'主目录所在的磁盘只剩 3 GiB，装不下 PyTorch，请换到空间更大的磁盘，或者先清理一些文件。')])\n"
    "show.table(['GPU', '名称', 'TFLOP/s'], [['0', 'NVIDIA H200', '781.2'], ['1', '显卡', '9.1']])\n"
)


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")
    forget()


def test_chinese_takes_two_cells_and_accents_none() -> None:
    assert cells.width("显卡 GPU") == 8
    assert cells.width("e\u0301") == 1


def test_padding_counts_cells() -> None:
    assert cells.pad("显卡", 6) == "显卡  "
    assert cells.pad("9.1", 5, right=True) == "  9.1"


def test_shortening_marks_the_cut() -> None:
    assert cells.shorten("显卡驱动", 7) == "显卡驱…"
    assert cells.shorten("short", 7) == "short"


def test_words_stay_whole_and_chinese_breaks_between_characters() -> None:
    assert cells.wrap("install the driver 550.144.03", 14) == [
        "install the",
        "driver",
        "550.144.03",
    ]
    assert cells.wrap("请先安装显卡驱动，再继续", 12) == ["请先安装显卡", "驱动，再继续"]


def test_a_line_does_not_start_with_a_comma_or_end_with_an_opening_bracket() -> None:
    for line in cells.wrap("显卡（驱动），内存（显存），磁盘（空间）。显卡，驱动", 10):
        assert line[0] not in "，。）"
        assert line[-1] not in "（"


def test_a_path_longer_than_the_line_is_broken_between_its_parts() -> None:
    assert cells.wrap("see /a/very/long/path", 8) == ["see", "/a/very/", "long/", "path"]
    assert cells.wrap("abcdefghijk", 8) == ["abcdefgh", "ijk"]


@given(st.text(alphabet="ab ，。（）显卡`/-", max_size=60), st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = cells.wrap(text, width)
    assert all(cells.width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_control_characters_cannot_steer_the_terminal() -> None:
    assert cells.clean("GPU\x1b[31m\u202e0") == "GPU?[31m?0"
    assert cells.clean("two\nlines") == "two\nlines"


def test_sizes_and_times_read_well() -> None:
    assert [mib(812), mib(3174)] == ["812 MiB", "3.1 GiB"]
    assert [duration(8.4), duration(240), duration(4200)] == ["8 s", "4 min", "1 h 10 min"]


def test_results_go_to_stdout_and_the_rest_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show.line(Mark.OK, "GPU", "none")
    show.hint("run `gpusetup plan`")
    show.warning("old")
    seen = capsys.readouterr()
    assert seen.out == "✓ GPU          none\n"
    assert seen.err == "hint: run `gpusetup plan`\nwarning: old\n"


def test_with_json_stdout_stays_free_for_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    session().json = True
    show.heading("The plan")
    show.table(["a"], [["1"]])
    forget()
    assert capsys.readouterr().out == ""


def test_plain_uses_words_instead_of_signs(capsys: pytest.CaptureFixture[str]) -> None:
    session().plain = True
    show.lines([Line(Mark.OK, "GPU", "a"), Line(Mark.BAD, "Disk", "b")])
    forget()
    assert capsys.readouterr().out == "ok GPU          a\nx  Disk         b\n"


def test_a_stream_without_the_signs_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    monkeypatch.setattr(sys, "stdout", stream)
    show.line(Mark.BAD, "Disk", "3 GiB – 显卡")
    stream.flush()
    assert stream.buffer.getvalue() == b"x  Disk         3 GiB ? ??\n"  # type: ignore[attr-defined]


def test_a_command_is_quoted_and_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show.command(["uv", "pip", "install", "torch==2.14.1", "--python", "/home/a b/环境/bin/python"])
    expected = "  uv pip install torch==2.14.1 --python '/home/a b/环境/bin/python'\n"
    assert capsys.readouterr().out == expected


def test_a_table_in_a_pipe_is_aligned_and_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(["GPU", "名称", "TFLOP/s"], [["0", "显卡 " * 40, "781.2"], ["10", "b", "9.1"]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert len({cells.width(line) for line in lines}) == 1
    assert lines[2].startswith(" 10  b ")


@pytest.mark.parametrize("columns", [80, 40])
def test_a_summary_fits_the_terminal(columns: int) -> None:
    with Terminal(python("-c", SUMMARY), columns=columns) as terminal:
        assert terminal.finish() == 0
        text = terminal.text()
    assert "装不下" in text.replace("\n", "").replace(" ", "")
    if columns == 40:
        assert "✓ Driver: version 550.144.03" in text
    else:
        assert "✓ Driver       version 550.144.03" in text
        assert "GPU  名称 " in text


def test_a_table_too_wide_for_its_terminal_becomes_blocks() -> None:
    from gpusetup.terminal.tables import render

    headers = ["GPU", "name", "memory", "speed", "state"]
    row = ["0", "NVIDIA H200 NVL", "139 GiB of memory", "781.2 TFLOP/s of speed", "it is healthy"]
    texts = [text for _is_header, text in render(headers, [row], 40)]
    assert texts[:2] == ["0", "  name: NVIDIA H200 NVL"]
    assert all(cells.width(text) < 40 for text in texts)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_refused(env: dict[str, str]) -> None:
    with Terminal(python("-c", SUMMARY), env=env) as terminal:
        terminal.finish()
        assert b"\x1b[" not in terminal.raw


def test_a_terminal_gets_colours() -> None:
    with Terminal(python("-c", SUMMARY)) as terminal:
        terminal.finish()
        assert b"\x1b[1;32m" in terminal.raw


WAIT = (
    "import time\n"
    "from gpusetup.terminal import show\n"
    "with show.awaiting('Waiting for nvidia-smi'):\n"
    "    time.sleep({seconds})\n"
)


def test_a_wait_says_after_a_second_what_is_awaited() -> None:
    with Terminal(python("-c", WAIT.format(seconds=1.6))) as terminal:
        terminal.wait("Waiting for nvidia-smi 1 s")
        terminal.finish()
        assert terminal.text() == ""  # and wipes it away


def test_in_a_pipe_a_wait_is_one_line_on_stderr() -> None:
    done = subprocess.run(
        python("-c", WAIT.format(seconds=1.3)), capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "Waiting for nvidia-smi\n")


def test_a_short_wait_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with show.awaiting("nothing"):
        time.sleep(0.05)
    assert capsys.readouterr().err == ""


DOWNLOADS = (
    "import time\n"
    "from gpusetup.terminal import show\n"
    "with show.progress(1220) as downloads:\n"
    "    for part in range(8):\n"
    "        downloads.set('torch', part * 100, 820)\n"
    "        downloads.set('nvidia-cublas', part * 50, 400)\n"
    "        time.sleep(0.15)\n"
    "    downloads.finish('torch')\n"
    "    time.sleep(0.3)\n"
)


@pytest.mark.parametrize("columns", [80, 40])
def test_downloads_show_their_size_and_finish_as_a_line(columns: int) -> None:
    with Terminal(python("-c", DOWNLOADS), columns=columns) as terminal:
        terminal.wait("MiB / 820 MiB")
        terminal.finish()
        assert "Downloaded torch (820 MiB)" in terminal.text()


def test_in_a_pipe_downloads_are_lines() -> None:
    done = subprocess.run(python("-c", DOWNLOADS), capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "Downloaded torch (820 MiB)\n")


def test_a_path_to_be_typed_keeps_its_tilde_out_of_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/li")
    assert show.typed_path("/home/li/gpu-envs/torch") == "~/gpu-envs/torch"
    assert show.typed_path("/home/li/我的 环境") == "'/home/li/我的 环境'"
    assert show.typed_path("/data/env") == "/data/env"
