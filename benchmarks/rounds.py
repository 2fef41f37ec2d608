"""Side-by-side times: every candidate once per round, in shuffled order, compared within the round.

Absolute times say little on a shared machine; the ratio of two things that ran next to each other
says the same on every machine.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable, Mapping, Sequence

Work = Callable[[], float]
"""Does something once and returns the seconds that count."""

BARE = (sys.executable, "-I", "-S", "-c", "pass")


@dataclass(frozen=True)
class Ratio:
    """How a candidate stands to the anchor: the median over all rounds, and its quartiles."""

    name: str
    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.name}: {self.median:.2f} x ({self.low:.2f} to {self.high:.2f})"


def process(argv: Sequence[str], expected: int = 0, env: Mapping[str, str] | None = None) -> Work:
    """The wall time of a process, its output thrown away."""

    def work() -> float:
        begun = time.perf_counter()
        done = subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=None if env is None else {**os.environ, **env},
            check=False,
        )
        passed = time.perf_counter() - begun
        assert done.returncode == expected, (argv, done.returncode)
        return passed

    return work


def first_line(argv: Sequence[str]) -> Work:
    """The time until a process on a terminal has shown its first line; then it is ended."""
    return until(argv, b"\n")


def until(argv: Sequence[str], mark: bytes) -> Work:
    """The time until a process on a terminal has shown some text; then it is ended."""
    import pty

    def work() -> float:
        terminal, other = pty.openpty()
        begun = time.perf_counter()
        process = subprocess.Popen(list(argv), stdin=other, stdout=other, stderr=other)
        said = b""
        while mark not in said:
            said += os.read(terminal, 4096)
        passed = time.perf_counter() - begun
        process.kill()
        process.wait()
        os.close(terminal)
        os.close(other)
        return passed

    return work


def inside(code: str) -> Work:
    """What a fresh interpreter itself measured: it prints seconds."""

    def work() -> float:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    return work


def here(function: Callable[[], object]) -> Work:
    """The time of a call in this process."""

    def work() -> float:
        gc.collect()
        begun = time.perf_counter()
        function()
        return time.perf_counter() - begun

    return work


def compare(works: Mapping[str, Work], anchor: str, rounds: int) -> list[Ratio]:
    """Run all, round by round; each candidate's ratio to the anchor of the same round."""
    for work in works.values():  # caches of files and byte code
        work()
    names = list(works)
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        random.shuffle(names)
        for name in names:
            times[name].append(works[name]())
    return [_ratio(name, times[name], times[anchor]) for name in works if name != anchor]


def _ratio(name: str, own: Sequence[float], anchor: Sequence[float]) -> Ratio:
    found = [a / b for a, b in zip(own, anchor)]
    low, median, high = statistics.quantiles(found, n=4)
    return Ratio(name, median, low, high)
