"""Runs the scripts of `inside/` in a target interpreter and survives what happens to it."""

from __future__ import annotations

import contextlib
import os
import queue
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Callable, Iterator, Mapping, Sequence, cast

from gpusetup.benchmark.measurement import Benchmark, read_benchmark
from gpusetup.evidence import judged
from gpusetup.verdict import Ending, Event, Verdict, parse_event, read_verdict

Listener = Callable[[Event], None]

# What would lead the target astray, or make it slow: without .pyc files `import torch` takes 7 s.
REMOVED = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE")
# Where CUDA, Triton and torch keep things: a verification leaves nothing in the home folder.
CACHES = (
    "CUDA_CACHE_PATH", "TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "TORCH_EXTENSIONS_DIR",
    "TORCH_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR",
)  # fmt: skip
SECONDS = {"quick": 18.0, "full": 90.0}  # of a benchmark
SLOW = frozenset({"import", "expected-device", "allocation", "architecture", "compile"})
CHANNEL = "GPUSETUP_CHANNEL"
SLOW_IMPORT_S = 1500.0  # from a disk that is known to be slow
_GRACE_S = 5.0
_TURN_S = 0.5


@dataclass(frozen=True)
class Limits:
    """Seconds. The import may read gigabytes from a slow network disk, the first work on a GPU may
    load or translate its kernels, and a compiler takes its time: these have that of `import_s`."""

    import_s: float = 300.0
    check_s: float = 120.0
    whole_s: float = 1800.0

    def of(self, check: object) -> float:
        """How long a check may be silent."""
        return self.import_s if check in SLOW else self.check_s


def prove(
    python: str,
    expected: str = "any",
    companions: Sequence[str] = (),
    level: str = "quick",
    on_event: Listener | None = None,
    limits: Limits | None = None,
    devices: int = 0,
) -> Verdict:
    """Verify torch in the environment of an interpreter.

    Args:
        expected: "cuda", "mps", "cpu", or "any": the best that torch finds.
        companions: modules that must be there; torchvision and torchaudio are used when found.
        devices: the number of GPUs that torch must see at least; 0 is not known.
    """
    seed = random.SystemRandom().randrange(2**31)
    words = (
        "--expected", expected, "--companions", ",".join(companions), "--level", level,
        "--devices", str(devices), "--seed", str(seed),
    )  # fmt: skip
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(judged(event, seed))
        if on_event:
            on_event(events[-1])

    ending = run_script("verify.py", python, words, listen, limits or Limits())
    return read_verdict(expected, events, ending)


def measure(
    python: str,
    level: str = "quick",
    on_event: Listener | None = None,
    limits: Limits | None = None,
    seconds: float | None = None,
) -> Benchmark:
    """Measure torch in the environment of an interpreter; `judged` adds what to expect.

    Quick takes at most 20 seconds, the import included where the disk is not slow. `seconds`
    overrules the level's own time.
    """
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if on_event:
            on_event(event)

    words = ("--level", level, "--seconds", str(seconds or SECONDS[level]))
    ending = run_script("benchmark.py", python, words, listen, limits or Limits())
    return read_benchmark(events, ending)


def run_script(
    name: str, python: str, words: Sequence[str], listen: Listener, limits: Limits
) -> Ending:
    """Run one script of `inside/`, hand on its events, and say how it ended.

    A KeyboardInterrupt ends the script's whole process group and is passed on.
    """
    script = Path(__file__).parent.parent / "inside" / name
    argv = [_absolute(python), "-I", str(script), *words]
    with _scratch() as folder, (folder / "stderr").open("a+b") as stderr:
        try:
            environ = target_environment(os.environ, folder)
            process, channel = _start(argv, environ, folder / "empty", stderr)
        except OSError as error:
            return Ending(None, last_words=str(error))
        try:
            timed_out = _follow(process, channel, listen, limits)
        finally:
            code = process.poll()
            _end_group(process)
        return Ending(code, timed_out and code is None, _signal_name(code), _last_words(stderr))


def target_environment(environ: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The environment of the script: nothing that misleads Python, caches that vanish."""
    found = {name: value for name, value in environ.items() if name not in REMOVED}
    found.update({name: str(scratch / name.lower()) for name in CACHES})
    return found


def _absolute(python: str) -> str:
    """The script runs in another folder. Links stay: they say which environment it is."""
    return os.path.abspath(python) if os.path.dirname(python) else python  # noqa: PTH100, PTH120


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder with an empty one in it (no torch.py lies there); gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="gpusetup-"))
    try:
        (folder / "empty").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(
    argv: Sequence[str], environ: Mapping[str, str], folder: Path, stderr: IO[bytes]
) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """The process, and the pipe that only it and we know. What it prints goes to its stderr."""
    if os.name == "nt":
        process = subprocess.Popen(
            list(argv),
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        return process, cast("IO[bytes]", process.stdout)
    ours, theirs = os.pipe()
    try:
        process = subprocess.Popen(
            list(argv),
            env={**environ, CHANNEL: str(theirs)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            pass_fds=(theirs,),
            start_new_session=True,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return process, os.fdopen(ours, "rb")


def _follow(
    process: subprocess.Popen[bytes], channel: IO[bytes], listen: Listener, limits: Limits
) -> bool:
    """Hand on events until the script ends. Returns whether it ran out of time."""
    lines: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_read, args=(channel, lines), daemon=True).start()
    last = time.monotonic() + limits.whole_s
    deadline = min(last, time.monotonic() + limits.import_s)
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=_TURN_S)
        except queue.Empty:
            if process.poll() is not None:  # a child of it may hold the pipe for ever
                return False
            continue
        if line is None:
            return not _waited(process)
        event = parse_event(line.decode("utf-8", "replace"))
        if event is None:
            continue  # not ours: a library that writes where it should not
        listen(event)
        if event["event"] == "end":
            _waited(process)
            return False
        deadline = min(last, time.monotonic() + limits.of(event.get("check")))
    return True


def _read(stream: IO[bytes], lines: queue.Queue[bytes | None]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


def _waited(process: subprocess.Popen[bytes]) -> bool:
    """It has said all, so it should go. A driver or a library may still hold it."""
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    # a process in an uninterruptible driver call cannot even be killed: leave it behind
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)


def _signal_name(code: int | None) -> str | None:
    """-11 -> "SIGSEGV"; Windows' access violation likewise."""
    if code is None or code == 0:
        return None
    if code in (0xC0000005, -1073741819):
        return "SIGSEGV"
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"
    return None


def _last_words(stderr: IO[bytes]) -> str | None:
    stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, stderr.tell() - 4096))
    lines = stderr.read().decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), None)
