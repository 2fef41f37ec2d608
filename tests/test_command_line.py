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
from gpusetup.cli import app, guesses
from gpusetup.cli.main import run
from gpusetup.language import preferred_language, why_not_chinese
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


def test_the_version_with_json_is_one_document() -> None:
    for words in (["--version", "--json"], ["--json", "detect", "--version"]):
        document = json.loads(call(*words).stdout)
        assert document == {"schema": "gpusetup.version/1", "gpusetup": __version__}


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
    assert "Did you mean `--requirements`?" in call("init", "--require", "x").stderr


@pytest.mark.parametrize(
    ("word", "meant"),
    [("install", "init"), ("help", "--help"), ("uninstall", "envs remove"), ("list", "envs")],
)
def test_a_word_of_another_program_leads_to_ours(word: str, meant: str) -> None:
    assert f"Did you mean `gpusetup {meant}`?" in call(word).stderr


def test_the_names_of_other_programs_lead_to_commands_that_are_there() -> None:
    for meant in set(guesses._OTHER_NAMES.values()):
        name, *rest = meant.split()
        assert name in (*app.COMMANDS, *app.HIDDEN, "--help", "--version")
        if rest and not rest[0].startswith("-"):
            parts = importlib.import_module({**app.COMMANDS, **app.HIDDEN}[name]).COMMANDS
            assert rest[0] in parts


def test_an_option_of_another_command_is_named_with_it() -> None:
    hint = call("plan", "--yes").stderr.splitlines()[1]
    assert hint == "hint: `gpusetup init` has it."


def test_what_is_missing_is_named_in_the_language() -> None:
    assert "后面缺少 `名称|路径`" in call("envs", "clone", "--lang", "zh").stderr


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
        ({"LANG": "zh_HK.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.GBK"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:zh_CN:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "de:fr"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"GPUSETUP_LANG": "zh-Hans"}, "zh"),
        ({"GPUSETUP_LANG": "fr", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "zha_CN.UTF-8"}, "en"),
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
    assert done.stderr == (
        "note: this terminal cannot show Chinese (ascii), so this is in English.\n"
    )


@pytest.mark.parametrize(
    ("encoding", "kind", "is_terminal", "is_wished", "obstacle"),
    [
        ("utf-8", "xterm", True, False, None),
        ("gbk", "xterm", True, False, None),
        ("latin-1", "xterm", True, True, "latin-1"),
        (None, None, False, False, "ascii"),
        ("utf-8", "linux", True, False, "TERM=linux"),
        ("utf-8", "linux", True, True, None),
        ("utf-8", "linux", False, False, None),
    ],
)
def test_what_keeps_chinese_from_a_screen(
    encoding: str, kind: str, is_terminal: bool, is_wished: bool, obstacle: str
) -> None:
    found = why_not_chinese(encoding, kind, is_terminal=is_terminal, is_wished=is_wished)
    assert found == obstacle


def test_a_language_that_is_not_spoken_is_refused_in_the_one_of_the_locale() -> None:
    done = call("--lang", "fr", env={"LC_ALL": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"})
    assert done.stderr.startswith("错误：")


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
    assert done.stderr.splitlines()[-2:] == [
        "error: There is no terminal to ask on.",
        "hint: Add `--yes` to accept the plan, or `--dry-run` to see it.",
    ]


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


def test_facts_stay_what_they_are_in_every_language(tmp_path: Path) -> None:
    """`text` and `next` are in the language; what programs read is not."""
    for words in (
        ["detect", "--from", str(tmp_path / "nothing")],
        ["mirrors", "--use", "nope"],
        ["matrix", "show", "RTX 30"],
        ["plan", "--torch", "x"],
    ):
        english, chinese = (
            json.loads(call(*words, "--json", "--lang", language).stdout)
            for language in ("en", "zh")
        )
        assert chinese["facts"] == english["facts"]
        assert chinese["text"] != english["text"]


def test_what_the_system_says_is_said_in_chinese(tmp_path: Path) -> None:
    done = call("detect", "--from", str(tmp_path / "nothing"), "--lang", "zh")
    assert "：没有这个文件或文件夹" in done.stderr
