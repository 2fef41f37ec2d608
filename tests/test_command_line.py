"""The command line as a whole: languages, shared options, help, wrong usage, endings."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Mapping

import jsonschema
import pytest

from gpusetup import __version__
from gpusetup.cli import app
from gpusetup.cli.main import run
from gpusetup.messages import preferred_language
from gpusetup.terminal import cells
from tests.terminal import gpusetup

ERROR_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "exit", "code", "text", "facts", "log", "next"],
    "properties": {
        "schema": {"const": "gpusetup.error/1"},
        "exit": {"type": "integer"},
        "code": {"type": "string", "minLength": 1},
        "text": {"type": "string", "minLength": 1},
        "facts": {"type": "object"},
        "log": {"type": ["string", "null"]},
        "next": {"type": ["string", "null"]},
    },
}

WRONG = [
    ["nonsense"],
    ["detcet"],
    ["--nonsense"],
    ["detect", "--jsno"],
    ["detect", "one", "two", "three"],
    ["--lang", "fr"],
    ["detect", "--lang"],
    ["plan", "--engine", "abacus"],
    ["plan", "--yes=no"],
    ["init", "../outside"],
]


def _pages() -> list[str]:
    """The whole, each command, and each part of a command."""
    pages = [""]
    for name, place in app.COMMANDS.items():
        parts = getattr(importlib.import_module(place), "COMMANDS", {})
        pages += [name, *(f"{name} {part}" for part in parts)]
    return pages


PAGES = _pages()


def call(
    *words: str, env: Mapping[str, str] | None = None, encoding: str = "utf-8"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        gpusetup(*words),
        capture_output=True,
        encoding=encoding,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.mark.parametrize(
    "words",
    [["--version"], ["detect", "--version"], ["--version", "plan"], ["--plain", "--version"]],
)
def test_the_version_can_be_asked_everywhere(words: list[str]) -> None:
    done = call(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gpusetup {__version__}\n", "")


def test_gpusetup_alone_shows_its_help() -> None:
    assert call().stdout == call("--help").stdout
    assert call().returncode == 0


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


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_one_error_and_one_hint(words: list[str]) -> None:
    done = call(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "hint"]


@pytest.mark.parametrize("words", WRONG)
@pytest.mark.parametrize("first", [True, False])
def test_with_json_wrong_usage_is_one_document(words: list[str], first: bool) -> None:
    if words[-1] == "--lang" and not first:
        pytest.skip("`--lang --json` takes --json for the language")
    done = call(*(["--json", *words] if first else [*words, "--json"]))
    document = json.loads(done.stdout)
    jsonschema.validate(document, ERROR_SCHEMA)
    assert (done.returncode, document["exit"], done.stderr) == (2, 2, "")


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_said_in_chinese(words: list[str]) -> None:
    if "--lang" in words:
        words = ["detect", "--bogus"]
    done = call(*words, "--lang", "zh")
    first, second = done.stderr.splitlines()
    assert first.startswith("错误：")
    assert second.startswith("提示：")


def test_a_typing_mistake_gets_the_nearest_word() -> None:
    assert "Did you mean `gpusetup detect`?" in call("detcet").stderr
    assert "Did you mean `--json`?" in call("detect", "--jsno").stderr


def test_shared_options_stand_before_or_behind_the_command() -> None:
    before, behind = call("--lang", "zh", "detect", "-x"), call("detect", "-x", "--lang=zh")
    assert before.stderr == behind.stderr
    assert before.stderr.startswith("错误：")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en_US:en"}, "en"),
        ({"LANG": "C", "LANGUAGE": "zh_CN"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "GPUSETUP_LANG": "en"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_follows_the_locale(environ: dict[str, str], language: str) -> None:
    assert preferred_language(None, environ) == language


def test_a_wish_beats_the_locale() -> None:
    assert preferred_language("en", {"LANG": "zh_CN.UTF-8", "GPUSETUP_LANG": "zh"}) == "en"


def test_a_terminal_that_cannot_show_chinese_gets_english() -> None:
    done = call("--help", "--lang", "zh", env={"PYTHONIOENCODING": "ascii"}, encoding="ascii")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: gpusetup")


def test_a_chinese_code_page_is_served() -> None:
    done = call("--help", "--lang", "zh", env={"PYTHONIOENCODING": "gbk"}, encoding="gbk")
    assert done.stdout.startswith("用法：gpusetup")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    child = subprocess.Popen(gpusetup("--help"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.close()
    _, complaints = child.communicate(timeout=20)
    assert (child.returncode, complaints) == (0, b"")


def test_a_full_disk_behind_the_output_is_said() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            gpusetup("detect"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 4
    assert done.stderr.startswith("error: The output cannot be written: No space left")


@pytest.mark.parametrize("closing", ["0<&-", "1>&-", "2>&-"])
def test_a_closed_stream_is_no_mistake_of_ours(closing: str) -> None:
    line = f'exec "$0" -m gpusetup detect {closing}'
    done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_init_without_a_terminal_ends_with_2() -> None:
    done = call("init")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: There is no terminal to ask on.")


def test_our_own_mistake_is_one_line_a_log_and_70(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: object
) -> None:
    from gpusetup.cli import detect

    def broken() -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(detect, "command", broken)
    assert run(["detect"]) == 70
    complaint = capsys.readouterr().err
    assert "ZeroDivisionError" in complaint
    assert complaint.count("\n") == 1


def test_ctrl_c_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gpusetup.cli import detect

    def stopped() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(detect, "command", stopped)
    assert run(["detect"]) == 130
    assert "Stopped." in capsys.readouterr().err


def test_only_the_command_that_is_called_is_imported() -> None:
    code = (
        "import sys; from gpusetup.cli.main import run; run(['detect', '--help']);"
        "print(sorted({'rich', 'questionary', 'yaml', 'pynvml', 'packaging', 'gpusetup.cli.plan',"
        "'gpusetup.cli.init', 'gpusetup.terminal.ask'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "[]\n"


SMI = """\
+-----------------------------------------------------------------------------+
| NVIDIA-SMI 535.161.08   Driver Version: 535.161.08   CUDA Version: 12.2     |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
|===============================+======================+======================|
|   0  Tesla T4            On   | 00000000:00:1E.0 Off |                    0 |
| N/A   30C    P8     9W /  70W |      2MiB / 15360MiB |      0%      Default |
+-------------------------------+----------------------+----------------------+
"""
PROFILE = """\
os: linux
arch: x86_64
libc: {name: glibc, version: "2.31"}
python: "3.8.10"
driver: {version: "470.223.02", cuda_version: "11.4"}
gpus: [{index: 0, name: NVIDIA GeForce GTX 1080 Ti, compute_capability: "6.1", memory_mib: 11178}]
"""


@pytest.mark.parametrize(
    "words",
    [
        ["detect", "--from", "smi.txt", "--verbose"],
        ["detect", "--from", "nothing.txt"],
        ["plan", "--machine", "old.yaml", "--explain"],
        ["plan", "--machine", "old.yaml", "--torch", "2.15.0", "--explain"],
        ["plan", "--machine", "bad.yaml"],
        ["verify", "--env", "/nowhere"],
        ["undo"],
        ["init"],
    ],
)
def test_no_english_sentence_escapes_into_the_chinese(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    texts = {"smi.txt": SMI, "nothing.txt": "hello", "old.yaml": PROFILE, "bad.yaml": "os: beos\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = call(*words, "--lang", "zh")
    assert done.returncode in (0, 2, 3)
    seen = re.sub(r"`[^`]*`|NVIDIA GeForce GTX \S+ Ti", "", done.stdout + done.stderr)
    prose = [
        line for line in seen.splitlines() if re.search(r"(?<!-)\b[a-z]+ [a-z]+ [a-z]+\b", line)
    ]
    assert [line for line in prose if not re.match(r"  \S", line)] == []  # but for commands
    assert re.search("[\u4e00-\u9fff]", seen)


@pytest.mark.parametrize(
    "words",
    [["detect", "--json"], ["--json", "detect"], ["detect", "--json", "--lang", "zh"]],
)
def test_the_short_way_and_the_long_way_say_the_same(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`detect --json` is answered before the framework is imported; --lang sends it there."""
    documents = []
    for each in (words, [*words, "--timeout", "40"]):
        assert run(each) == 0
        documents.append(json.loads(capsys.readouterr().out))
    for document in documents:
        for reading in document["readings"]:
            reading.pop("detail")  # how much is free, and how long something took
        for disk in document["disks"]:
            disk.pop("free_mib")
    assert documents[0] == documents[1]


LAPTOP = str(Path(__file__).parent / "machines" / "laptop-4060-wsl2.yaml")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["course", "--torch", "2.7", "--with=torchvision,jupyter"],
        ["--cuda", "cu126", "--python", "3.12", "--explain"],
        ["--origin", "conda-forge", "--engine", "rattler", "--gpu-policy", "newest"],
        ["--prefix", "/data/my envs/x", "--cpu", "--replace", "--mirror", "none"],
        ["--torch", "0.1"],
        ["--into", "x", "--replace"],
        ["../outside"],
        ["--engine", "abacus"],
        ["--torch"],
        ["--cpu", "--cpu"],
    ],
)
def test_a_plan_is_the_same_by_both_ways(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """--lang sends it to the framework."""
    line = ["plan", "--json", "--machine", LAPTOP, *words]
    short = run(line), capsys.readouterr().out
    long = run([line[0], "--lang", "en", *line[1:]]), capsys.readouterr().out
    assert short == long


@pytest.mark.parametrize("line", [["detect", "--json"], ["plan", "--json", "--machine", LAPTOP]])
def test_the_short_way_does_without_the_framework(line: list[str]) -> None:
    code = (
        f"import sys; from gpusetup.cli.main import run; run({line!r}); "
        "print(sorted({'typer', 'click', 'rich', 'questionary'} & set(sys.modules)), "
        "file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines()[-1] == "[]"
