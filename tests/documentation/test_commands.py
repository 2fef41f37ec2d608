"""Every command line in the documentation is one that the program takes.

All are parsed by the program's own declarations. Those that only look are run; the wishes of `init`
are planned for a machine on which they can be met.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.documentation.pages import (
    GENERATED,
    Block,
    blocks,
    name_of,
    our_commands,
    pages,
    prose_commands,
    twin_of,
)

SHELLS = ("bash", "powershell")
TO_START = [page for page in pages() if name_of(page).startswith(("/", "start/"))]
PLACEHOLDERS = {"NAME", "RUN", "FILE", "COMMAND", "ID", "名称", "编号", "文件", "命令"}
PROSE = " (prose)"
"""There a command may be named without what it needs: `gpusetup export`."""

MACHINE = """\
schema: gpusetup.machine/1
os: linux
arch: x86_64
libc: {name: glibc, version: "2.35"}
driver: {version: "580.95.05", cuda_version: "13.0"}
gpus:
  - {index: 0, name: NVIDIA GeForce RTX 4090, compute_capability: "8.9", memory_mib: 24576}
"""
NEEDS_MORE = {
    "--into": 1,
    "--replace": 0,
    "--requirements": 1,
    "--wheelhouse": 1,
    "--for-kind": 1,
    "--answers": 1,
    "--write-answers": 1,
    "--dry-run": 0,
    "--yes": 0,
    "--no-bench": 0,
    "--mirror": 1,
    "--prefix": 1,
}
"""Options of `init` that a plan without a machine cannot show, and how many words they take."""

PROGRAMS = {
    "git", "python3", "python", "py", "sudo", "ssh", "tmux", "wsl", "source", "cd", "export",
    "srun", "sbatch", "eval", "pip", "virtualenv",
}  # fmt: skip
"""What the start pages ask a person to type beside us; a new one should be a decision."""


def test_the_pages_hold_commands() -> None:
    """So that none of the tests below passes because it found nothing."""
    found = [words for page in TO_START for block in blocks(page) for words in _ours(block)]
    assert len(found) > 50
    assert {"init", "plan", "detect", "verify", "bench", "who", "mirrors"} <= {
        words[0] for words in found if words
    }


def test_every_command_line_is_one_that_the_program_takes(answers: dict[str, Any]) -> None:
    wrong = [
        f"{place}: gpusetup {' '.join(words)}: {complaint}"
        for (place, words), complaint in zip(all_commands(), answers["parse"])
        if complaint and not (place.endswith(PROSE) and complaint.startswith("MissingParameter"))
    ]
    assert wrong == []


def test_what_only_looks_runs_and_every_wish_can_be_met(
    answers: dict[str, Any],
) -> None:
    wrong = [
        f"gpusetup {' '.join(words)}: {code}: {said}"
        for words, (code, said) in zip(to_run(), answers["run"])
        if code != 0
    ]
    assert wrong == []
    assert len(to_run()) >= 12


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program says to all of them, in a folder with the files that pages speak of."""
    folder = tmp_path_factory.mktemp("documented")
    for name in ("machine.yaml", "node.yaml", "server.yaml", "lab.yaml", "cluster.yaml"):
        (folder / name).write_text(MACHINE, encoding="utf-8")
    asked = {"parse": [words for _place, words in all_commands()], "run": to_run()}
    done = subprocess.run(
        [sys.executable, "-m", "tests.documentation.calling"],
        input=json.dumps(asked), capture_output=True, encoding="utf-8", timeout=300,
        cwd=folder,
        env={**os.environ, "HOME": str(folder / "home"), "PYTHONPATH": str(Path(__file__).parents[2]),
             "GPUSETUP_LANG": "en", "GPUSETUP_STATE": str(folder / "state")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


@cache
def all_commands() -> list[tuple[str, list[str]]]:
    """(page, the words behind `gpusetup`), of blocks and of prose, in every page."""
    found = []
    for page in pages():
        if name_of(page).startswith("architecture.") or name_of(page) in GENERATED:
            continue
        shown = [words for block in blocks(page) for words in _ours(block)]
        told = [words for text in prose_commands(page) for words in our_commands(text)]
        found += [(name_of(page), words) for words in shown]
        found += [(name_of(page) + PROSE, _without_places(words)) for words in told]
    return [each for each in found if each[1] and each[1][0] not in PLACEHOLDERS | {"…", "..."}]


def _ours(block: Block) -> list[list[str]]:
    if block.language == "console":  # what is typed stands behind a prompt
        return list(our_commands("\n".join(re.findall(r"^[\w@-]*\$ (.*)", block.text, re.M))))
    text = re.sub(r"^[!%]", "", block.text, flags=re.M)
    return list(our_commands(text)) if block.language in (*SHELLS, "text") else []


def _without_places(words: list[str]) -> list[str]:
    """Prose says `init [NAME]` and `engine rattler …`."""
    return [word.strip("[]") for word in words if word not in ("…", "...", "FORMAT")]


@cache
def to_run() -> list[list[str]]:
    """Each once: questions on the data, plans, and the wishes of `init` as plans."""
    found: dict[tuple[str, ...], None] = {}
    for page in pages():
        for block in blocks(page) if name_of(page) not in GENERATED else []:
            for words in _ours(block) if block.language == "bash" else []:
                run = _harmless(words)
                if run is not None:
                    found[tuple(run)] = None
    return [list(words) for words in found]


def _harmless(words: list[str]) -> list[str] | None:
    if words[:1] == ["matrix"] and words[1] in ("show", "list"):
        return words
    if words[:2] == ["matrix", "why"]:
        return [*words, "--machine", "machine.yaml"]
    if words in (["doctor", "--list"], ["undo", "--list"]):
        return words
    if words[:1] == ["plan"] and "--machine" in words:
        return words
    if words[:1] == ["init"] and len(words) > 1:
        return ["plan", *_wishes(words[1:]), "--machine", "machine.yaml"]
    return None


def _wishes(words: list[str]) -> list[str]:
    kept, skip = [], 0
    for word in words:
        if word in NEEDS_MORE:
            skip = NEEDS_MORE[word]
        elif skip:
            skip -= 1
        else:
            kept.append(word)
    return kept


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_the_shell_lines_of_a_page_are_written_well(page: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash here")
    shown = [block for block in blocks(page) if block.language == "bash"]
    scripts = [block for block in blocks(page) if block.text.startswith("#!/bin/bash")]
    for block in [*shown, *scripts]:
        checked = subprocess.run([bash, "-n"], input=block.text, capture_output=True, text=True)
        assert checked.stderr == "", block.text


@pytest.mark.parametrize("page", TO_START, ids=name_of)
def test_a_start_page_asks_for_known_programs_only(page: Path) -> None:
    text = "\n".join(block.text for block in blocks(page) if block.language == "bash")
    lines = re.sub(r"\$\([^()]*\)", "VALUE", text).strip().split("\n")
    parts = [part.split() for line in lines for part in re.split(r"&&|\|", line)]
    names = [next(word for word in words if "=" not in word) for words in parts if words]
    strange = {re.split(r"[/\\]", name)[-1] for name in names} - PROGRAMS - {"gpusetup"}
    assert strange == set()


def test_the_programs_in_python_of_the_start_pages_compile() -> None:
    found = []
    for page in TO_START:
        for block in blocks(page):
            found += re.findall(r"python3? -c '([^']+)'", block.text)
    assert found
    for source in found:
        compile(source, "a start page", "exec")


@pytest.mark.parametrize(
    "page",
    [page for page in pages() if not page.name.endswith(".zh-CN.md") and twin_of(page).exists()
     and name_of(page).startswith(("start/", "how-to/"))],
    ids=name_of,
)  # fmt: skip
def test_both_languages_show_the_same_commands(page: Path) -> None:
    ours, theirs = (
        [re.sub(r" *#.*", "", block.text) for block in blocks(each) if block.language in SHELLS]
        for each in (page, twin_of(page))
    )
    assert ours == theirs


def test_the_machine_that_is_described_by_hand_can_be_planned_for() -> None:
    """The profile on the page about having no GPU yet is the one that the tests plan for."""
    for ending in (".md", ".zh-CN.md"):
        page = next(each for each in pages() if name_of(each) == f"start/no-gpu{ending}")
        text = next(block.text for block in blocks(page) if block.text.startswith("schema:"))
        assert text.replace("- {name", "- {index: 0, name") == MACHINE
