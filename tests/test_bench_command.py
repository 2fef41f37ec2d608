"""`gpusetup bench` on a real torch on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.torch_env import bare_environment


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", "bench", *words], capture_output=True, text=True,
        timeout=120, env=dict(os.environ), check=False,
    )  # fmt: skip


@pytest.mark.torch_env
def test_the_cpu_is_measured_within_the_time_box(torch_python: str) -> None:
    begun = time.monotonic()
    done = bench("--python", torch_python, "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    figures = {each["id"]: each for each in document["cpu"]["results"]}
    assert set(figures) == {"matmul-float32", "copy-memory"}
    assert all(each["median"] > 0 for each in figures.values())
    # its own clock, and generously the whole command on a busy machine
    assert document["seconds"] <= 20
    assert time.monotonic() - begun < 60


@pytest.mark.torch_env
def test_the_table_names_what_was_measured(torch_python: str) -> None:
    done = bench("--python", torch_python)
    assert "products, float32" in done.stdout
    assert "no GPU is in use here" in done.stdout


def test_without_torch_it_ends_with_1_and_says_what_to_do(tmp_path: Path) -> None:
    bare_environment(tmp_path / "env")
    done = bench("--env", str(tmp_path / "env"))
    assert done.returncode == 1
    assert "PyTorch is not installed in this environment" in done.stdout
    assert "hint: `gpusetup init`" in done.stderr


def test_both_levels_are_wrong_usage(tmp_path: Path) -> None:
    done = bench("--quick", "--full")
    assert done.returncode == 2
    assert "--quick and --full exclude each other" in done.stderr
