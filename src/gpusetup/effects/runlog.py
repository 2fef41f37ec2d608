"""The log of a run and of our own bugs: Markdown that can be pasted, without secrets."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Sequence

from gpusetup import __version__
from gpusetup.basics.redact import secrets_of, without_secrets
from gpusetup.effects.home_folder import home_to_read
from gpusetup.effects.places import state_folder


class RunLog:
    """Appends to a Markdown file. Nothing reaches it unredacted."""

    def __init__(
        self, path: Path, command_line: Sequence[str], *, must_be_written: bool = False
    ) -> None:
        self.path = path
        self._must_be_written = must_be_written
        self._secrets = secrets_of(os.environ)
        self.write(f"# gpusetup {__version__}\n\n")
        self.write(f"- {time.strftime('%Y-%m-%d %H:%M:%S %z')}\n")
        self.write(f"- Python {platform.python_version()}, {platform.platform()}\n")
        self.code(" ".join(command_line))

    def write(self, text: str) -> None:
        """Append text. A full disk takes the log, not the run."""
        try:
            with self.path.open("a", encoding="utf-8", errors="replace") as stream:
                stream.write(without_secrets(text, self._secrets))
        except OSError:
            if self._must_be_written:
                raise

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.write(f"\n## {text}\n\n")

    def code(self, text: str) -> None:
        """Append a block of program output."""
        self.write(f"\n```text\n{text.rstrip()}\n```\n")


def write_bug_report(error: BaseException) -> Path:
    """Save a traceback where the user can find it. Falls back to the temporary folder."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    for folder in (state_folder(os.environ, home_to_read) / "logs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"bug-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.md"
            RunLog(path, sys.argv, must_be_written=True).code(text)
        except OSError:
            continue
        return path
    return Path(os.devnull)
