"""The pages of docs/ as one site for each language: pure, from texts to texts.

`x.md` and `x.zh-CN.md` become `x.md` in two folders, `README` becomes `index`. Links are kept
inside the language; what exists only in the other one, and files of the repository, are linked
beside the site.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Iterator, Mapping

LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""The folder of a language in the site, and Sphinx's name for it."""

PARTS = ("start", "how-to", "understanding", "reference")

ORDER: Mapping[str, tuple[str, ...]] = {
    "": ("start", "how-to", "understanding", "reference", "architecture", "sentences"),
    "start": ("laptop", "wsl", "lab-server", "rented-container", "slurm", "notebooks", "no-gpu"),
    "how-to": (
        "versions", "existing", "packages", "conda", "mirrors", "offline", "another-machine",
        "share", "export", "ssh", "cluster", "shared-server",
        "environments", "undo", "doctor", "speed", "scripts", "terminal",
    ),
    "understanding": ("picture", "choice", "verify", "undo", "benchmark"),
    "reference": (
        "commands", "exit-codes", "json", "answers", "findings", "conditions", "matrix", "gpus",
        "mirrors", "speeds", "speed",
    ),
}  # fmt: skip
"""Pages in the order in which they are read; others follow by name, missing ones are left out."""

TITLES = {
    "en": {"start": "Start", "how-to": "How to", "understanding": "Understanding",
           "reference": "Reference", "": "Developing"},
    "zh": {"start": "入门", "how-to": "使用指南", "understanding": "弄懂原理",
           "reference": "参考", "": "开发"},
}  # fmt: skip

OVERVIEW = {"en": "Overview", "zh": "总览"}

_CODE = re.compile(r"(^```.*?^```|^(?: {4,}[^\n]*\n)+|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"(^```.*?^```|^\|[^\n]*\n|^#[^\n]*\n)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_CHINESE = "\u2014\u2026\u201c\u201d\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
_POINTS = "\u3001\u3002\uff0c\uff1b\uff1a\uff1f\uff09"
_BROKEN_LINE = re.compile(
    f"(?<=[{_CHINESE}])\n *(?=[{_CHINESE}])|(?<=[{_POINTS}])\n *(?=[A-Za-z`\\[])"
)
_SWITCH = re.compile(r"^\[(?:中文|English)\]\([^)]*\)\n+", re.MULTILINE)


@dataclass(frozen=True)
class Site:
    """The pages of one language by their name in the site, and what their links need besides."""

    pages: Mapping[str, str]
    files: frozenset[str]
    """Files of the repository that pages link to."""
    only_here: tuple[str, ...]
    """Pages that the other language does not have."""


def language_of(path: str) -> str:
    return "zh" if path.endswith(".zh-CN.md") else "en"


def page_name(path: str) -> str:
    """`start/README.zh-CN.md` -> `start/index`."""
    name = re.sub(r"(\.zh-CN)?\.md$", "", path)
    return re.sub(r"(^|/)README$", r"\1index", name)


def make_site(sources: Mapping[str, str], language: str) -> Site:
    """`sources`: the text of every page by its path below docs/."""
    mine = {page_name(path): path for path in sources if language_of(path) == language}
    others = {page_name(path) for path in sources if language_of(path) != language}
    files: set[str] = set()
    pages = {}
    for name, path in mine.items():
        text = _SWITCH.sub("", sources[path])
        text = joined(text) if language == "zh" else text
        text = _with_links(text, path, language, set(mine), others, files)
        pages[name] = text + "".join(_contents(name, set(mine), language))
    only_here = tuple(sorted(set(mine) - others))
    return Site(pages, frozenset(files), only_here)


def _with_links(
    text: str, path: str, language: str, mine: set[str], others: set[str], files: set[str]
) -> str:
    def new(match: re.Match[str]) -> str:
        target = _target(match[2], path, language, mine, others, files)
        return f"{match[1]}{target}{match[3]}"

    parts = _CODE.split(text)
    return "".join(part if at % 2 else _LINK.sub(new, part) for at, part in enumerate(parts))


def joined(text: str) -> str:
    """Chinese has no spaces between words, so a line break inside a sentence is none either."""
    parts = _BLOCK.split(text)
    return "".join(part if at % 2 else _BROKEN_LINE.sub("", part) for at, part in enumerate(parts))


def _target(
    link: str, path: str, language: str, mine: set[str], others: set[str], files: set[str]
) -> str:
    """Where a link of a page leads in the site."""
    place, mark, anchor = link.partition("#")
    if not place or re.match(r"[a-z]+:", place):
        return link
    here = posixpath.dirname(path)
    wanted = posixpath.normpath(posixpath.join("docs", here, place))
    up = "../" * (posixpath.join("x", here).count("/") + (1 if here else 0))
    if not wanted.startswith("docs/"):
        if wanted in ("README.md", "README.zh-CN.md"):
            return posixpath.relpath("index.md", here or ".")
        files.add(wanted)
        return f"beside:{up or '../'}files/{wanted}.txt"
    if not wanted.endswith(".md"):
        return link
    name = page_name(wanted[len("docs/") :])
    if name in mine:
        return posixpath.relpath(f"{name}.md", here or ".") + mark + anchor
    if name in others:
        other = "en" if language == "zh" else "zh"
        return f"beside:{up or '../'}{other}/{name}.html{mark}{anchor}"
    return link  # Sphinx complains about it


def _contents(name: str, names: set[str], language: str) -> Iterator[str]:
    """The hidden table of contents behind a start page: it makes the navigation."""
    titles = TITLES[language]
    if name == "index":
        for part in PARTS:
            first = [f"{OVERVIEW[language]} <{part}/index>"] if f"{part}/index" in names else []
            yield _toctree(titles[part], [*first, *_ordered(part, names)])
        rest = [each for each in ORDER[""] if each in names]
        if rest:
            yield _toctree(titles[""], rest)


def _ordered(part: str, names: set[str]) -> list[str]:
    """The pages of a part: those of ORDER first, then whatever else is there."""
    here = sorted(each for each in names if posixpath.dirname(each) == part)
    known = [f"{part}/{each}" for each in ORDER[part]]
    rest = [each for each in here if each not in known and each != f"{part}/index"]
    return [each for each in known if each in names] + rest


def _toctree(caption: str, pages: list[str]) -> str:
    lines = ["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```", ""]
    return "\n".join(lines)
