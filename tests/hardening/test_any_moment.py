"""Killed or interrupted at any moment of any engine's run: `init` goes on, `undo` leaves no trace.

GPUSETUP_MOMENTS sets the number of moments per engine (`nox -s hardening` takes 20).
"""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fixtures.counts import Counts
from tests.fixtures.torch_env import CACHE, own_uv_cache
from tests.hardening.homes import belongings, end_stragglers, furnish, run, start
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
    return Road(home, words, _whole_run(home, words))


def _whole_run(home: Path, words: tuple[str, ...]) -> float:
    """Once without any trouble: warms the caches, and says how long a moment can be awaited."""
    before = belongings(home)
    begun = time.monotonic()
    code, said = run("init", "--yes", "--no-bench", *words)
    seconds = time.monotonic() - begun
    assert code == 0, said
    assert run("undo", "--yes")[0] == 0
    assert belongings(home) == before
    return seconds


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_any_moment_is_survived_and_can_be_taken_back(
    road: Road, number: signal.Signals, counts: Counts
) -> None:
    before = belongings(road.home)
    for count in range(MOMENTS):
        moment = chance.uniform(0, road.seconds)
        with counts.trying():
            _cut(road, moment, number)
            if count % 3 != 2:  # every third time it is taken back as it stands
                code, said = road.init()
                assert code == 0, f"after {moment:.3f} s: {said}"
            _take_all_back()
            assert belongings(road.home) == before, f"after {moment:.3f} s"


def _cut(road: Road, moment: float, number: signal.Signals) -> None:
    process = start("init", "--yes", "--no-bench", *road.words)
    time.sleep(moment)
    if process.poll() is None:
        os.kill(process.pid, number)
    process.communicate(timeout=120)
    end_stragglers(road.home)


def _take_all_back() -> None:
    code = 0
    while code == 0:  # one run after the other, until there is none
        code, said = run("undo", "--yes")
    assert code == 3, said
