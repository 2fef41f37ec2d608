"""The pages of the documentation, their code blocks, and the commands of ours in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = {
    f"reference/{name}{ending}"
    for name in ("commands", "findings", "gpus", "matrix", "mirrors", "speeds")
    for ending in (".md", ".zh-CN.md")
}


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def pages() -> list[Path]:
    """All pages of docs/, and both READMEs."""
    return sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"])


def name_of(page: Path) -> str:
    """`start/laptop.md`; the READMEs of the repository are `/README.md`."""
    inside = DOCS in page.parents
    return page.relative_to(DOCS).as_posix() if inside else f"/{page.name}"


def twin_of(page: Path) -> Path:
    """The page in Chinese."""
    return page.with_name(page.name.replace(".md", ".zh-CN.md"))


def blocks(page: Path) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    return [Block(name_of(page), language, text) for language, text in found]


def prose_commands(page: Path) -> list[str]:
    """What stands between backticks and begins with our name."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    found = re.findall(r"`((?:\.venv/bin/)?gpusetup [^`\n]+)`", text)
    return [each.replace("\\|", "|") for each in found]


def our_commands(text: str) -> Iterator[list[str]]:
    """The words behind `gpusetup` of every call in shell lines, those inside `$(...)` too."""
    for line in text.replace("\\\n", " ").split("\n"):
        for inner in re.findall(r"\$\(([^()]*)\)", line):
            yield from _calls(inner)
        yield from _calls(re.sub(r"\$\([^()]*\)", "VALUE", line))


def _calls(line: str) -> Iterator[list[str]]:
    if "gpusetup" not in line:
        return
    lexer = shlex.shlex(line.lstrip("!"), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    call: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("|&;<>"):
            yield from _behind_our_name(call)
            call = []
        else:
            call.append(word)


def _behind_our_name(words: list[str]) -> Iterator[list[str]]:
    for at, word in enumerate(words):
        is_name = re.split(r"[/\\]", word)[-1] == "gpusetup"
        if is_name and (at == 0 or words[at - 1] not in ("clone", "ADDRESS", "cd")):
            yield words[at + 1 :]
            return
