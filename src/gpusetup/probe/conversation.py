"""Many programs at once that each get a script and give an answer: ssh to many hosts.

A bounded number runs at a time, each has a limit, all together a deadline; none outlives the call.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import IO, Iterator, Mapping, Sequence

LONGEST_ANSWER = 4 << 20  # bytes; an answer has some 20,000
_LONGEST_ERRORS = 64 << 10
_GRACE_S = 1.0


@dataclass(frozen=True)
class Task:
    """One program to run."""

    key: str
    argv: tuple[str, ...]
    script: str
    limit_s: float


@dataclass(frozen=True)
class Spoken:
    """What it said. `exit` None: it was ended by us, or never started (`seconds` is None)."""

    key: str
    output: str = ""
    errors: str = ""
    exit: int | None = None
    seconds: float | None = None
    too_long: bool = False


def converse(
    tasks: Sequence[Task],
    environ: Mapping[str, str],
    *,
    deadline: float,
    parallel: int,
    terminal: bool = False,
) -> Iterator[Spoken]:
    """The answers in the order in which they come; leaving early ends what still runs.

    Args:
        deadline: by time.monotonic(); what has not begun by then is told as not started.
        terminal: the program may ask on our terminal.
    """
    waiting, running = deque(tasks), dict[str, _Conversation]()
    ended: queue.Queue[Spoken] = queue.Queue()
    try:
        while waiting or running:
            while waiting and len(running) < parallel and time.monotonic() < deadline:
                task = waiting.popleft()
                left = min(task.limit_s, deadline - time.monotonic())
                running[task.key] = _Conversation(task, environ, left, ended, terminal)
            if not running:
                break
            spoken = _next(ended)
            del running[spoken.key]
            yield spoken
    finally:
        for each in running.values():  # all at once, then one after the other
            each.signal(signal.SIGTERM)
        for each in running.values():
            each.stop()
    yield from (Spoken(task.key) for task in waiting)


def _next(ended: queue.Queue[Spoken]) -> Spoken:
    """Wait in pieces: Windows passes Ctrl-C on only between two waits."""
    while True:
        with contextlib.suppress(queue.Empty):
            return ended.get(timeout=0.5)


@dataclass
class _Received:
    """A stream's bytes so far."""

    most: int
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0

    @property
    def text(self) -> str:
        return b"".join(self.pieces).decode("utf-8", "replace")


class _Conversation:
    """A program with its threads; the last thing it does is to put what was said on the queue."""

    def __init__(
        self,
        task: Task,
        environ: Mapping[str, str],
        limit_s: float,
        ended: queue.Queue[Spoken],
        terminal: bool,
    ) -> None:
        self._task, self._environ, self._ended = task, environ, ended
        self._limit_s, self._terminal = limit_s, terminal
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._output, self._errors = _Received(LONGEST_ANSWER), _Received(_LONGEST_ERRORS)
        threading.Thread(target=self._run, daemon=True).start()

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        self._stopped.set()
        if self._process is not None and self._process.poll() is None:
            _signal(self._process, number, not self._terminal)

    def stop(self) -> None:
        """End it and its children."""
        self._stopped.set()
        process = self._process
        if process is not None and process.poll() is None:
            _end(process, is_group=not self._terminal)

    def _run(self) -> None:
        begun = time.monotonic()
        exit_code: int | None = None
        try:
            exit_code = self._talk()
        except OSError as error:
            self._errors.pieces.append(str(error).encode())
            exit_code = 127
        finally:
            self._ended.put(
                Spoken(
                    self._task.key,
                    self._output.text,
                    self._errors.text,
                    exit_code,
                    time.monotonic() - begun,
                    self._output.size > self._output.most,
                )
            )

    def _talk(self) -> int | None:
        """Its exit code, or None if its time was over."""
        process = subprocess.Popen(
            self._task.argv,
            env=dict(self._environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix" and not self._terminal,
        )
        self._process = process
        if self._stopped.is_set():  # while it was being started
            self.stop()
        readers = [
            self._begin(self._read, process.stdout, self._output),
            self._begin(self._read, process.stderr, self._errors),
        ]
        self._begin(self._write, process.stdin)
        try:
            return process.wait(self._limit_s)
        except subprocess.TimeoutExpired:
            _end(process, is_group=not self._terminal)
            return None
        finally:
            for reader in readers:  # somebody else may hold the other end open: not for ever
                reader.join(_GRACE_S)

    @staticmethod
    def _begin(work: object, *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        thread.start()
        return thread

    def _write(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError), stream:  # it may end without reading
            stream.write(self._task.script.encode())

    def _read(self, stream: IO[bytes], received: _Received) -> None:
        with stream:
            while True:
                piece = stream.read1(65536)  # type: ignore[attr-defined]
                if not piece:
                    return
                received.size += len(piece)
                if received.size <= received.most:
                    received.pieces.append(piece)
                elif received is self._output:
                    self.stop()
                    return  # errors are read on, or the program would wait for ever


def _end(process: subprocess.Popen[bytes], *, is_group: bool) -> None:
    """Politely first: an ssh that asks for a password has to give the terminal back."""
    _signal(process, signal.SIGTERM, is_group)
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM), is_group)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)


def _signal(process: subprocess.Popen[bytes], number: int, is_group: bool) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix" and is_group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
