"""A process that may hang or crash without taking the command with it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import Callable, Mapping, Sequence


class Child:
    """Read line by line in a thread of its own, so that what it said before a hang is kept."""

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Start it.

        Raises:
            OSError: the program cannot be started.
        """
        self.lines: list[str] = []
        self._ended = ended
        self._over = threading.Event()
        # A session of its own: Ctrl-C reaches us, and we end the child with all its children.
        self._process = subprocess.Popen(
            list(argv),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """All it has said so far."""
        return "".join(self.lines)

    @property
    def exit(self) -> int | None:
        """Its exit code, negative for a signal, None while it runs."""
        return self._process.returncode if self._over.is_set() else None

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within the time."""
        return self._over.wait(max(0.0, timeout_s))

    def stop(self) -> None:
        """End it, whatever it is doing. One that sits in the kernel (state D) is left behind."""
        if self._over.is_set():
            return
        try:
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        except (ProcessLookupError, PermissionError):
            pass
        self._over.wait(0.5)

    def _read(self) -> None:
        output = self._process.stdout
        if output is not None:
            with output:
                for line in output:
                    self.lines.append(line)
        self._process.wait()
        self._over.set()
        self._ended()


def crash_name(exit_code: int) -> str | None:
    """-11 -> "SIGSEGV", 0xC0000005 -> "0xC0000005"; None for an ordinary end."""
    if exit_code < 0:
        try:
            return signal.Signals(-exit_code).name
        except ValueError:
            return f"signal {-exit_code}"
    return f"0x{exit_code:X}" if exit_code > 0x80000000 else None
