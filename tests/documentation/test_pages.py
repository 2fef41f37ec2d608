"""Every page stands in both languages, is in the navigation, and its pictures are the program's."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from gpusetup.compat_files import load_packaged
from gpusetup.request import Origin
from tests.documentation.pages import DOCS, ROOT, name_of, pages, twin_of

IN_ENGLISH = [page for page in pages() if not page.name.endswith(".zh-CN.md")]


@pytest.mark.parametrize("page", IN_ENGLISH, ids=name_of)
def test_every_page_has_its_twin_with_the_same_headings(page: Path) -> None:
    ours, theirs = levels(page), levels(twin_of(page))
    if page == ROOT / "README.md":
        theirs.remove(3)  # in China it is slow: the Chinese page says more about it
    assert ours == theirs


def levels(page: Path) -> list[int]:
    """The level of each heading."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    return [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.M)]


def test_no_page_stands_in_chinese_alone() -> None:
    alone = [
        name_of(page)
        for page in pages()
        if page.name.endswith(".zh-CN.md")
        and not page.with_name(page.name.replace(".zh-CN", "")).is_file()
    ]
    assert alone == []


@pytest.mark.parametrize("page", IN_ENGLISH, ids=name_of)
def test_a_page_leads_to_its_twin_and_back(page: Path) -> None:
    twin = twin_of(page)
    assert f"]({twin.name})" in page.read_text("utf-8")
    assert f"[English]({page.name})" in twin.read_text("utf-8")


@pytest.mark.parametrize("part", ["start", "how-to", "understanding"])
def test_the_first_page_of_a_part_names_all_its_pages(part: str) -> None:
    for ending in (".md", ".zh-CN.md"):
        text = (DOCS / part / f"README{ending}").read_text("utf-8")
        wanted = {
            page.name
            for page in (DOCS / part).glob("*.md")
            if page.name.endswith(".zh-CN.md") == (ending != ".md")
        } - {f"README{ending}"}
        missing = {name for name in wanted if f"]({name})" not in text}
        assert missing == set()


def test_the_drawing_is_the_one_that_the_tool_makes() -> None:
    """After a change of tools/picture.py: run it."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from picture import TEXTS, drawing
    finally:
        sys.path.pop(0)
    for language in TEXTS:
        path = DOCS / "understanding" / f"picture.{language}.svg"
        assert path.read_text("utf-8") == drawing(language)


def test_the_page_with_the_picture_says_what_the_data_say() -> None:
    matrix = load_packaged()
    (build,) = (
        each
        for each in matrix.builds
        if (str(each.torch), each.build, each.platform, each.origin)
        == ("2.14.1", "cu126", "linux-x86_64", Origin.WHEEL_INDEX)
    )
    family = next(each for each in matrix.cuda if str(each.cuda_runtime) == "12.6")
    volta, pascal = matrix.generation((7, 0)), matrix.generation((6, 1))
    assert volta is not None
    assert pascal is not None
    assert {volta.last_branch, pascal.last_branch} == {580}
    for ending, drawing in ((".md", "picture.en.svg"), (".zh-CN.md", "picture.zh.svg")):
        text = (DOCS / "understanding" / f"picture{ending}").read_text("utf-8")
        drawn = (DOCS / "understanding" / drawing).read_text("utf-8")
        assert str(family.minimum_linux) in text
        assert str(family.minimum_windows) in text
        lowest, highest = min(build.architectures), max(build.architectures)
        assert f"sm_{lowest[0]}{lowest[1]} … sm_{highest[0]}{highest[1]}" in drawn
        assert highest < (12, 0)  # the page says that an RTX 5090 fails with it


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_the_screens_in_the_pages_are_what_the_program_shows(tmp_path: Path) -> None:
    """After a change of a screen: python tools/screens.py --docs"""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from screens import for_docs
    finally:
        sys.path.pop(0)
    for_docs(tmp_path)
    stale = [
        path.name
        for path in sorted(tmp_path.iterdir())
        if (DOCS / "screens" / path.name).read_text("utf-8") != path.read_text("utf-8")
    ]
    assert stale == []
    used = "\n".join(page.read_text("utf-8") for page in pages())
    assert [path.name for path in (DOCS / "screens").iterdir() if path.name not in used] == []
