"""Which language is spoken, and that all of a screen is in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gpusetup.terminal.language import preferred_language, why_not_chinese
from tests.calling import call


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
