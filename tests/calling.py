"""The command as a process with its words, and all of its pages."""

from __future__ import annotations

import importlib
import os
import subprocess
from typing import Mapping

from gpusetup.cli import app
from tests.lab.terminal import gpusetup

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


def pages() -> list[str]:
    """The whole, each command, and each part of a command."""
    found = [""]
    for name, place in app.COMMANDS.items():
        parts = getattr(importlib.import_module(place), "COMMANDS", {})
        found += [name, *(f"{name} {part}" for part in parts)]
    return found


PAGES = pages()


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
