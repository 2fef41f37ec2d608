"""The pages under docs/ say what the program does."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.basics.errors import Exit
from gpusetup.compat_files.mirrors import packaged_or_configured
from gpusetup.mirrors.catalogue import State

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "compat" / "README.md"]


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from make_docs import all_pages
    finally:
        sys.path.pop(0)
    return dict(all_pages())


def test_generated_pages_are_up_to_date(generated: dict[str, str]) -> None:
    """After a change of the data: python tools/make_docs.py"""
    assert len(generated) == 12
    stale = [
        name
        for name, text in generated.items()
        if not (REFERENCE / name).is_file() or (REFERENCE / name).read_text("utf-8") != text
    ]
    assert stale == []


def test_both_languages_have_the_same_figures(generated: dict[str, str]) -> None:
    for name in ("matrix", "gpus"):
        english, chinese = (
            [line for line in generated[f"{name}{ending}"].split("\n") if line.startswith("|")]
            for ending in (".md", ".zh-CN.md")
        )
        heads = {0, *(i for i, line in enumerate(english) if english[i - 1].startswith("| Card"))}
        figures = [
            (a, b)
            for i, (a, b) in enumerate(zip(english, chinese))
            if i not in heads and re.search(r"\d", a) and not a.startswith(("| Card", "| torch"))
        ]
        assert len(english) == len(chinese)
        assert [pair for pair in figures if pair[0] != pair[1]] == []


def test_the_page_of_mirrors_names_every_address_in_both_languages(
    generated: dict[str, str],
) -> None:
    offers = [offer for each in packaged_or_configured({}).mirrors for offer in each.offers]
    named = [each for each in offers if each.url and each.state is not State.ABSENT]
    for ending in (".md", ".zh-CN.md"):
        text = generated[f"mirrors{ending}"]
        assert [each.url for each in named if f"`{each.url}`" not in text] == []


def test_the_picture_in_the_docs_has_the_cells_that_people_look_for() -> None:
    """Read from the page itself: a V100 ends with R580 and 2.14.1; Blackwell on R570 gets cu128."""
    text = (REFERENCE / "matrix.md").read_text("utf-8")
    table = text[text.index("## linux-x86_64") : text.index("## linux-aarch64")]
    rows = {
        line.split("|")[1].split("<br>")[0].strip(): [c.strip() for c in line.split("|")[2:-1]]
        for line in table.split("\n")
        if line.startswith("|")
    }
    branch = rows["GPU"].index
    assert rows["Volta 7.0"][branch("580")] == "2.14.1<br>cu126"
    assert rows["Volta 7.0"][branch("595")] == "–"
    assert rows["Blackwell 10.0, 12.0"][branch("570")] == "2.11.0<br>cu128"
    assert rows["Turing 7.5"][branch("580")] == "2.15.0<br>cu132"
    assert rows["Kepler 3.7"][branch("470")] == "2.3.1<br>cu118"


def links(text: str) -> Iterator[str]:
    """The targets of Markdown links, code left out."""
    plain = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", plain)


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings make."""
    found = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    broken = []
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors(target.read_text("utf-8"))
        ):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_exit_code_is_explained(ending: str) -> None:
    text = (REFERENCE / f"exit-codes{ending}").read_text("utf-8")
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", text, flags=re.MULTILINE)}
    assert explained == {int(code) for code in Exit}


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_schema_is_named(ending: str) -> None:
    """Of printed documents; the head of the data files is explained in compat/README.md."""
    pages = (REFERENCE / f"json{ending}", ROOT / "compat" / "README.md")
    text = "\n".join(page.read_text("utf-8") for page in pages)
    used = {
        schema
        for path in (ROOT / "src").rglob("*.py")
        for schema in re.findall(r"[\"'](gpusetup\.[a-z]+/\d+)[\"']", path.read_text("utf-8"))
    }
    assert sorted(schema for schema in used if schema not in text) == []


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_environment_variable_of_ours_is_named(ending: str) -> None:
    text = (REFERENCE / f"README{ending}").read_text("utf-8")
    asked = re.compile(r"(?:get\(|environ\[)[\"'](GPUSETUP_[A-Z_]+)[\"']")
    used = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in asked.findall(path.read_text("utf-8"))
    }
    assert {"GPUSETUP_STATE", "GPUSETUP_LANG"} <= used
    own_tests = {"GPUSETUP_ROOT"}  # another file tree, for tests
    assert sorted(name for name in used - own_tests if f"`{name}`" not in text) == []
