"""Killed or interrupted at any moment of any engine's run: `init` goes on, `undo` leaves no trace.

GPUSETUP_MOMENTS sets the number of moments per engine (`nox -s hardening` takes 20).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pytest

from tests.fixtures.counts import Counts
from tests.fixtures.torch_env import CACHE, own_uv_cache
from tests.hardening.homes import STATE, belongings, end_stragglers, furnish, run, start
from tests.lab.conda_shim import write_shim
from tests.lab.stub_environment import write_working_channels

pytestmark = [
    pytest.mark.torch_env,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's"),
]
MOMENTS = int(os.environ.get("GPUSETUP_MOMENTS", "1"))
chance = random.Random()  # noqa: S311 - another moment each time is the point
TORCH = "2.8.0"


@dataclass(frozen=True)
class Road:
    """One way to set torch up, and how long it takes when nothing happens."""

    home: Path
    words: tuple[str, ...]
    seconds: float
    steps: tuple[str, ...]

    def init(self) -> tuple[int, str]:
        return run("init", "--yes", "--no-bench", *self.words)


# uv's run is cut at each of its steps in tests/integration/test_road.py
ENGINES = ("uv", "rattler", "conda") if MOMENTS > 1 else ("rattler", "conda")


@pytest.fixture(params=ENGINES)
def road(
    request: pytest.FixtureRequest, home: Path, tmp_path: Path, torch_python: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Road:  # fmt: skip
    monkeypatch.setenv("UV_CACHE_DIR", str(own_uv_cache()))
    monkeypatch.setenv("SHELL", "/bin/bash")
    furnish(home)
    words: tuple[str, ...] = ("--engine", request.param)
    if request.param != "uv":
        minor = "3." + next(CACHE.glob("torch-*")).name.split("-cp3")[1].split("-")[0]
        channels = write_working_channels(tmp_path / "channels", torch_python, TORCH, minor)
        monkeypatch.setenv("GPUSETUP_CHANNELS", channels)
        words += ("--origin", "conda-forge", "--torch", TORCH, "--python", minor)
    if request.param == "conda":
        shim = write_shim(tmp_path / "bin", "conda")
        monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    return Road(home, words, *_whole_run(home, words))


def _whole_run(home: Path, words: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
    """Once without any trouble: warms the caches, and tells the time that it takes and the steps."""
    before = belongings(home)
    begun = time.monotonic()
    code, said = run("init", "--yes", "--no-bench", *words)
    seconds = time.monotonic() - begun
    assert code == 0, said
    steps = tuple(_steps(home))
    assert run("undo", "--yes")[0] == 0
    assert belongings(home) == before
    return seconds, steps


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_any_moment_is_survived_and_can_be_taken_back(
    road: Road, number: signal.Signals, counts: Counts
) -> None:
    before = belongings(road.home)
    for count in range(MOMENTS):
        moment = chance.uniform(0, road.seconds)
        with counts.trying():
            _cut(road, number, lambda _, moment=moment: time.sleep(moment))
            if count % 3 != 2:  # every third time it is taken back as it stands
                code, said = road.init()
                assert code == 0, f"after {moment:.3f} s: {said}"
            _take_all_back()
            assert belongings(road.home) == before, f"after {moment:.3f} s"


@pytest.mark.skipif(MOMENTS == 1, reason="`nox -s hardening` has the time")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_every_step_is_survived_when_it_is_cut_as_it_begins(
    road: Road, number: signal.Signals, counts: Counts
) -> None:
    before = belongings(road.home)
    assert len(road.steps) > 1
    for step in road.steps:
        for goes_on in (True, False):
            with counts.trying():
                _cut(road, number, lambda process, step=step: _await_step(road, step, process))
                if goes_on:
                    code, said = road.init()
                    assert code == 0, f"{step}: {said}"
                _take_all_back()
                assert belongings(road.home) == before, step


def _cut(road: Road, number: signal.Signals, wait: Callable[[subprocess.Popen[str]], None]) -> None:
    process = start("init", "--yes", "--no-bench", *road.words)
    wait(process)
    if process.poll() is None:
        os.kill(process.pid, number)
    process.communicate(timeout=120)
    time.sleep(0.2)  # a program that was being started when it was killed
    end_stragglers(road.home)


def _await_step(road: Road, step: str, process: subprocess.Popen[str]) -> None:
    """Until the journal says that the step begins, or all is over."""
    while step not in _steps(road.home) and process.poll() is None:
        time.sleep(0.005)


def _steps(home: Path) -> list[str]:
    """What was begun by the run that is not taken back."""
    for journal in (home / STATE / "runs").glob("*/journal.jsonl"):
        lines = [
            json.loads(line)
            for line in journal.read_text().splitlines(keepends=True)
            if line.endswith("\n")
        ]
        if "undone" not in [each["event"] for each in lines]:
            return [each["step"] for each in lines if each["event"] == "step"]
    return []


def _take_all_back() -> None:
    code = 0
    while code == 0:  # one run after the other, until there is none
        code, said = run("undo", "--yes")
    assert code == 3, said
