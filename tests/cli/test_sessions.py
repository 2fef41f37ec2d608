"""Recorded sessions of the wizard: every line fits, nothing is cut, and Chinese is Chinese."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from gpusetup.terminal import cells
from tests.lab.terminal import Terminal, gpusetup
from tests.sessions import SESSIONS, Session

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")

NARROW = ("wsl", "mixed-cards", "python-3.9", "login-node", "no-driver", "no-gpu", "refusal")
PLAYED = [
    *((name, language, 80) for name in SESSIONS for language in ("en", "zh")),
    *((name, "zh", 40) for name in NARROW),
    ("no-gpu", "en", 40),
]
# what stays as it is: addresses, files, numbers, what begins with a capital (products, cards), and
# the names of programs and packages
_NAMES = re.compile(
    r"https?://\S*|[\w.~/-]*[/._=-][\w./-]*|\b[A-Z]\w*\b|\b\w*\d\w*\b|\b(gpusetup|lustre|uv|conda|pip"
    r"|torch|torchvision|torchaudio|jupyter|matplotlib|opencv|pytorch|activate|bench|verify|venv"
    r"|exp|log|softmax|install|create|docker|slurm|autodl|glibc|macOS|nouveau|wheel|cpu|i|q)\b",
    re.ASCII,
)
_ENGLISH = re.compile(r"[A-Za-z]{2,}")
_COMMAND = re.compile(r"^  (gpusetup|uv|conda|source|import|print|x =|~|/)")  # or a program


def escaped_english(lines: list[str]) -> list[str]:
    """English words in Chinese lines, commands and names apart. A command may span lines."""
    text = re.sub(r"`[^`]*`", "", "\n".join(lines))
    return [line for line in text.splitlines() if _ENGLISH.search(_NAMES.sub("", line))]


def without_commands(shown: str, columns: int) -> list[str]:
    """The lines that are no command; a command is broken by the terminal, so that it can be copied."""
    lines: list[str] = []
    in_command = is_full = False
    for line in shown.splitlines():
        in_command = bool(_COMMAND.match(line)) or (in_command and is_full)
        is_full = cells.width(line) >= columns
        if not in_command:
            lines.append(line)
    return lines


def play(session: Session, language: str, columns: int, folder: Path) -> list[str]:
    """What was on the screen each time that it stood still: half a page tells nothing."""
    profile = folder / "machine.yaml"
    profile.write_text(session.profile, encoding="utf-8")
    words = ("init", "--machine", str(profile), *session.words, "--lang", language)
    with Terminal(gpusetup(*words), columns=columns) as terminal:
        pages = []
        for keys, english, chinese in session.steps:
            terminal.type(keys)
            terminal.wait(english if language == "en" else chinese)
            pages.append(terminal.settle(0.25))
        assert terminal.finish() == session.code
        return [*pages, terminal.text()]


@pytest.mark.parametrize(("name", "language", "columns"), PLAYED)
def test_a_session_fits_its_terminal_and_speaks_its_language(
    name: str, language: str, columns: int, tmp_path: Path, home: Path
) -> None:
    for shown in play(SESSIONS[name], language, columns, tmp_path):
        assert "…" not in shown
        prose = without_commands(shown, columns)
        # prose is wrapped before the last column; a line that reaches it was broken by the terminal
        assert [line for line in prose if cells.width(line) >= columns] == []
        if language == "zh":
            assert escaped_english(prose) == []


def test_a_profile_is_not_called_this_machine(tmp_path: Path, home: Path) -> None:
    shown = "\n".join(play(SESSIONS["laptop"], "en", 80, tmp_path))
    assert "gpusetup plans for the machine of the profile. Nothing is run here." in shown
    assert "The machine of the profile" in shown
    assert "This machine" not in shown


def test_nothing_offers_to_install_on_this_machine_what_a_profile_is_for(
    tmp_path: Path, home: Path
) -> None:
    shown = "\n".join(play(SESSIONS["laptop"], "en", 80, tmp_path))
    assert "Shall gpusetup plan this for the machine of the profile?" in shown
    assert "set it up" not in shown
    assert "Save my answers for that machine" in shown
    assert "gpusetup plan --machine FILE --script bash" in re.sub(r"\s+", " ", shown)
