"""The site: built with every warning as an error, no dead link, read from the disk, searched."""

from __future__ import annotations

import functools
import posixpath
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Iterator
from urllib.parse import quote, unquote, urlsplit

import pytest

from tests.documentation.pages import ROOT, name_of, pages

pytest.importorskip("furo", reason="the docs extra is not installed: pip install '.[docs]'")
pytest.importorskip("myst_parser", reason="the docs extra is not installed: pip install '.[docs]'")

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build("build_site.py", folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder


def build(*words: object) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(ROOT / "tools" / str(words[0])), *map(str, words[1:])]
    return subprocess.run(argv, capture_output=True, encoding="utf-8", timeout=300)


def test_every_page_is_in_the_site_in_its_language(site: Path) -> None:
    for page in pages():
        name = name_of(page)
        if name.startswith("/"):
            continue
        language = "zh" if name.endswith(".zh-CN.md") else "en"
        place = re.sub(r"(\.zh-CN)?\.md$", "", name)
        place = re.sub(r"(^|/)README$", r"\1index", place)
        assert (site / language / f"{place}.html").is_file(), name


def test_a_dead_link_and_a_dead_anchor_stop_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    text = "# A page\n\n[gone](gone.md) and [nowhere](README.md#nowhere)\n"
    (docs / "README.md").write_text(text, encoding="utf-8")
    (docs / "README.zh-CN.md").write_text("# 一页\n", encoding="utf-8")
    code = (
        "import sys; sys.path.insert(0, 'tools'); from pathlib import Path; import build_site;"
        f"sys.exit(build_site.build(Path({str(tmp_path / 'out')!r}), Path({str(docs)!r})))"
    )
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 1
    assert "gone.md" in done.stderr
    assert "nowhere" in done.stderr


class Parsed(HTMLParser):
    """The ids and the links of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if name in ("href", "src") and value is not None and tag != "use":
                self.links.append(value)


@functools.cache
def parsed(page: Path) -> Parsed:
    return Parsed(page.read_text("utf-8"))


def test_no_link_of_the_site_is_dead_and_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 80
    dead = [f"{page.relative_to(site)}: {link}" for page in found for link in _dead(page)]
    assert dead == []
    fetched = [
        link
        for page in found
        for link in re.findall(
            r"<(?:script|link|img)[^>]+(?:src|href)=\"(https?:[^\"]+)", page.read_text("utf-8")
        )
    ]
    assert fetched == []


def _dead(page: Path) -> Iterator[str]:
    for link in parsed(page).links:
        parts = urlsplit(link)
        if parts.scheme or link.startswith("//"):
            continue
        target = page if not parts.path else page.parent / unquote(parts.path)
        target = Path(posixpath.normpath(target.as_posix()))
        if not target.is_file() or not _has(target, unquote(parts.fragment)):
            yield link


def _has(target: Path, anchor: str) -> bool:
    return target.suffix != ".html" or not anchor or anchor in parsed(target).ids


def test_every_page_leads_to_itself_in_the_other_language(site: Path) -> None:
    for page in sorted((site / "en").rglob("*.html")):
        place = page.relative_to(site / "en").as_posix()
        text = page.read_text("utf-8")
        (twin,) = re.findall(r'class="site-languages"><a href="([^"]+)"', text)
        assert (page.parent / twin).resolve() == site / "zh" / place


def test_the_theme_speaks_chinese_too(site: Path) -> None:
    """Prose of ours is judged by people; these are the theme's own words."""
    english = re.compile(
        r">\s*(Next|Previous|Home|On this page|Back to top|Skip to content|Search|Contents|Menu"
        r"|Made with|Expand|Light mode|Dark mode)\s*<|=\"(Toggle|Search|Link to)"
    )
    found = {
        match[0]
        for page in (site / "zh").rglob("*.html")
        for match in english.finditer(page.read_text("utf-8"))
    }
    assert found == set()


def seen(address: str) -> str:
    """The page as the browser has it after its scripts have run."""
    argv = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
        "--virtual-time-budget=4000", "--dump-dom", address,
    ]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, encoding="utf-8", timeout=60)
    complaints = [line for line in done.stderr.split("\n") if "CONSOLE" in line]
    assert complaints == []
    return done.stdout


@needs_browser
@pytest.mark.parametrize(
    ("language", "words", "page"),
    [
        ("en", "mirrors", "how-to/mirrors.html"),
        ("zh", "镜像源", "how-to/mirrors.html"),
        ("zh", "镜像源犀牛", None),
    ],
)
def test_a_search_in_the_browser_finds_the_page_from_the_disk(
    site: Path, language: str, words: str, page: str | None
) -> None:
    text = seen(f"file://{site}/{language}/search.html?q={quote(words)}")
    results = text[text.index('class="search-summary"') :].split("</ul>")[0]
    found = re.findall(r'href="([^"?#]+)', results)
    assert page in found if page else found == []
