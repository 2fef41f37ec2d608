"""Running programs: one at a time, in their own process group, with a limit and a log."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from typing import Callable, Iterator, Mapping, Sequence

from gpusetup.basics.values import dataclass

Listener = Callable[[str], None]

_GRACE_S = 5.0  # how long a program may take to end after an interrupt


@dataclass(frozen=True)
class Ended:
    """How a program ended. `returncode` is negative for a signal, None when out of time."""

    returncode: int | None
    output: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.returncode == 0

    def last_lines(self, count: int = 8) -> str:
        """The end of the output, which usually holds the cause."""
        lines = [line.rstrip() for line in self.output.splitlines() if line.strip()]
        return "\n".join(lines[-count:])


def child_environment(
    changes: Mapping[str, str | None], environ: Mapping[str, str]
) -> dict[str, str]:
    """The environment of a child: `changes` set names, or remove them with None."""
    merged = dict(environ)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str | None] | None = None,
    timeout_s: float,
    listen: Listener | None = None,
    terminal: bool = False,
    cwd: str | None = None,
    stdin: str | None = None,
) -> Ended:
    """Run a program to its end and collect stdout and stderr together.

    `listen` gets the output piece by piece. With `terminal` the program writes to a
    pseudo-terminal where the system has one, so that it shows its progress.

    A KeyboardInterrupt is passed on after the whole process group has ended. A program that
    cannot be started is an ordinary failure (127) with the system's word as its output.
    """
    from gpusetup.engines.uv import DECIDED_BY_THE_PLAN

    ignored: dict[str, str | None] = {f"UV_{name}": None for name in DECIDED_BY_THE_PLAN}
    environ = child_environment({**ignored, **(env or {})}, os.environ)
    begun = time.monotonic()
    try:
        with _output(terminal) as (stream, read):
            process = subprocess.Popen(
                list(argv), env=environ, cwd=cwd, stdout=stream, stderr=stream,
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                **_own_group(),  # type: ignore[call-overload]
            )  # fmt: skip
            returncode, output = _follow(process, read, timeout_s, listen, stdin)
    except OSError as error:
        return Ended(127, str(error), time.monotonic() - begun)
    return Ended(returncode, output, time.monotonic() - begun)


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM, and the SIGHUP of a closed terminal, become a KeyboardInterrupt.

    So the program that runs is ended and the journal says so. `nohup` stays in force.
    """
    names = ("SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    changed = [each for each in numbers if signal.getsignal(each) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _own_group() -> dict[str, object]:
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


@contextlib.contextmanager
def _output(terminal: bool) -> Iterator[tuple[int, Callable[[], bytes]]]:
    """A writable end for the child, and a function that reads what it wrote (b"": the end)."""
    reader, writer = (_open_terminal() if terminal else None) or os.pipe()
    reading, over = threading.Event(), threading.Event()

    def read() -> bytes:
        if not reading.is_set():
            reading.set()
            os.close(writer)  # the child holds its own copy by now
        piece = b"" if over.is_set() else _next_piece(reader, over)
        if not piece:
            os.close(reader)  # here, or another file could get its number under our hands
        return piece

    try:
        yield writer, read
    finally:
        over.set()
        if not reading.is_set():
            os.close(reader)
            os.close(writer)


def _next_piece(reader: int, over: threading.Event) -> bytes:
    """What comes next; b"" at the end, or when nobody wants it any more.

    A grandchild that goes on alone may hold the other end open for ever.
    """
    try:
        while os.name == "posix" and not select.select([reader], [], [], 0.2)[0]:
            if over.is_set():
                return b""
        return os.read(reader, 65536)
    except OSError:  # a pseudo-terminal whose last writer has gone
        return b""


def _open_terminal() -> tuple[int, int] | None:
    if os.name != "posix":
        return None
    import fcntl
    import pty
    import struct
    import termios

    try:
        reader, writer = pty.openpty()
    except OSError:  # containers and chroots without /dev/pts: no progress, but it runs
        return None
    # wide and high, so that nothing is cut or left out
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 160, 0, 0))
    return reader, writer


def _follow(
    process: subprocess.Popen[bytes],
    read: Callable[[], bytes],
    timeout_s: float,
    listen: Listener | None,
    stdin: str | None,
) -> tuple[int | None, str]:
    pieces: list[bytes] = []

    def collect() -> None:
        while True:
            piece = read()
            if not piece:
                return
            pieces.append(piece)
            if listen:
                listen(piece.decode("utf-8", "replace"))

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    if stdin is not None and process.stdin:
        # a program that ends without reading is no failure of ours; closing writes what is left
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(stdin.encode())
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    returncode: int | None
    try:
        returncode = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        _end_group(process)
        returncode = None
    except BaseException:
        _end_group(process)
        raise
    thread.join(_GRACE_S)
    return returncode, b"".join(pieces).decode("utf-8", "replace")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Interrupt politely, then end the whole group."""
    _signal_group(process, signal.SIGINT)
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        _kill_group(process)
    except BaseException:  # a second Ctrl-C: nothing may go on behind the user's back
        _kill_group(process)
        raise


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            process.terminate()
        else:
            os.killpg(process.pid, number)
