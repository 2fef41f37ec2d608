"""A terminal for tests: a child on a pseudo-terminal, and the screen that a person would see."""

from __future__ import annotations

import os
import re
import sys
import time
from types import TracebackType
from typing import Mapping, Sequence

import pexpect
import pyte

UP, DOWN, ENTER, SPACE, CTRL_C = "\x1b[A", "\x1b[B", "\r", " ", "\x03"
_CURSOR_QUERY = b"\x1b[6n"


class Terminal:
    """`with Terminal(["gpusetup", "init"]) as terminal:` then `wait`, `type`, `finish`."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=5000, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._child = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            dimensions=(rows, columns),
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            cwd=cwd,
            timeout=10,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.close(force=True)

    def wait(self, text: str, seconds: float = 20.0) -> str:
        """Read until `text` stands on the screen (or above it). Returns everything seen."""
        return self._until(lambda: text in self.text(), f"{text!r} did not come", seconds)

    def wait_gone(self, text: str, seconds: float = 20.0) -> str:
        """Read until `text` is no longer there."""
        return self._until(lambda: text not in self.text(), f"{text!r} did not go", seconds)

    def settle(self, quiet_s: float = 1.5, limit_s: float = 6.0) -> str:
        """Read until nothing has come for a while. Returns everything seen."""
        end = time.monotonic() + quiet_s
        limit = time.monotonic() + limit_s
        while time.monotonic() < min(end, limit):
            if self._pump():
                end = min(time.monotonic() + quiet_s, limit)
        return self.text()

    def type(self, keys: str) -> None:
        """Press keys."""
        self._child.send(keys)

    def finish(self, seconds: float = 30.0) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + seconds
        while self._child.isalive() or self._pump():
            self._pump()
            if time.monotonic() > end:
                raise AssertionError(f"still running:\n{self.text()}")
        self._child.close()
        status = self._child.exitstatus
        return status if status is not None else -(self._child.signalstatus or 0)

    def lines(self) -> list[str]:
        """What scrolled away and what is on the screen, without trailing spaces."""
        history = [
            "".join(row[column].data for column in range(self.screen.columns))
            for row in self.screen.history.top
        ]
        return [line.rstrip() for line in [*history, *self.screen.display]]

    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.lines()).rstrip()

    def flat(self) -> str:
        """The text with line breaks taken as spaces: for sentences that were wrapped."""
        return re.sub(r"\s+", " ", self.text())

    def _until(self, arrived: object, complaint: str, seconds: float) -> str:
        assert callable(arrived)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            alive = self._child.isalive()
            more = self._pump()
            if arrived():
                return self.text()
            if not alive and not more:
                break
        raise AssertionError(f"{complaint}:\n{self.text()}")

    def _pump(self) -> bool:
        try:
            data = self._child.read_nonblocking(65536, timeout=0.03)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        if _CURSOR_QUERY in data:  # prompt_toolkit asks where the cursor is
            cursor = self.screen.cursor
            self._child.send(f"\x1b[{cursor.y + 1};{cursor.x + 1}R")
        self.raw += data
        self._stream.feed(data)
        return True


def python(*words: str) -> list[str]:
    """A command line for this interpreter."""
    return [sys.executable, *words]


def gpusetup(*words: str) -> list[str]:
    """A command line of gpusetup."""
    return python("-m", "gpusetup", *words)
