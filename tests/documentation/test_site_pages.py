"""From the pages of docs/ to those of one language: pure, from texts to texts."""

from __future__ import annotations

import sys

import pytest

from tests.documentation.pages import ROOT

sys.path.insert(0, str(ROOT / "tools"))
try:
    from site_pages import joined, make_site
finally:
    sys.path.pop(0)

SOURCES = {
    "README.md": "# Home\n\n[中文](README.zh-CN.md)\n\n[Start](start/README.md)\n",
    "README.zh-CN.md": "# 首页\n\n[English](README.md)\n\n[入门](start/README.zh-CN.md)\n",
    "start/README.md": "# Start\n\n[home](../README.md#top), [data](../../compat/README.md)\n",
    "start/README.zh-CN.md": "# 入门\n\n[架构](../architecture.md)，`[code](gone.md)`\n",
    "start/wsl.md": "# WSL\n",
    "start/wsl.zh-CN.md": "# WSL\n",
    "start/later.md": "# A page that the order does not know\n",
    "start/later.zh-CN.md": "# 后来的一页\n",
    "architecture.md": "# The house\n",
}


def test_each_language_gets_its_own_pages_without_the_ending() -> None:
    for language in ("en", "zh"):
        names = set(make_site(SOURCES, language).pages)
        assert {"index", "start/index", "start/wsl", "start/later"} <= names


def test_links_stay_in_the_language() -> None:
    english, chinese = make_site(SOURCES, "en"), make_site(SOURCES, "zh")
    assert "[Start](start/index.md)" in english.pages["index"]
    assert "[入门](start/index.md)" in chinese.pages["index"]
    assert "[home](../index.md#top)" in english.pages["start/index"]


def test_the_link_to_the_other_language_is_the_templates_business() -> None:
    assert "zh-CN" not in make_site(SOURCES, "en").pages["index"]


def test_what_is_in_one_language_only_is_linked_beside_the_site() -> None:
    chinese = make_site(SOURCES, "zh")
    assert "[架构](beside:../../en/architecture.html)" in chinese.pages["start/index"]
    assert make_site(SOURCES, "en").only_here == ("architecture",)


def test_files_of_the_repository_go_along_as_texts() -> None:
    english = make_site(SOURCES, "en")
    assert english.files == {"compat/README.md"}
    assert "(beside:../../files/compat/README.md.txt)" in english.pages["start/index"]


def test_code_is_left_as_it_is() -> None:
    assert "`[code](gone.md)`" in make_site(SOURCES, "zh").pages["start/index"]


def test_the_navigation_has_known_pages_in_their_order_and_then_the_others() -> None:
    text = make_site(SOURCES, "en").pages["index"]
    places = [text.index(name) for name in ("<start/index>", "start/wsl", "start/later")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("上一行，\n下一行。", "上一行，下一行。"),
        ("字\n字", "字字"),
        ("见：\n[这里](a.md)", "见：[这里](a.md)"),
        ("说明：\n`gpusetup`", "说明：`gpusetup`"),
        ("用 pip\n安装", "用 pip\n安装"),  # a Latin word before it: a space is right
        ("一段。\n\n又一段。", "一段。\n\n又一段。"),
        ("列表：\n- 一\n- 二", "列表：\n- 一\n- 二"),
        ("步骤：\n1. 一\n2. 二", "步骤：\n1. 一\n2. 二"),
        ("| 甲 |\n|---|\n| 乙 |\n", "| 甲 |\n|---|\n| 乙 |\n"),
        ("```\n甲\n乙\n```\n", "```\n甲\n乙\n```\n"),
        ("# 标题\n文字，\n文字", "# 标题\n文字，文字"),
    ],
)
def test_a_line_break_in_a_chinese_sentence_is_no_space(written: str, read: str) -> None:
    assert joined(written) == read
