"""`gpusetup bench` and its parts on a real torch on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpusetup.benchmark.comparison import changes
from gpusetup.benchmark.document import benchmark_document
from gpusetup.benchmark.measurement import Benchmark, MeasuredDevice, Measurement
from gpusetup.cli.benchmark_screen import benchmark_rows
from gpusetup.road.benchmark_history import KEPT, history_file, remember, remembered
from tests.fixtures.torch_env import bare_environment


def bench(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", "bench", *words], capture_output=True, text=True,
        timeout=180, env={**os.environ, **environ}, check=False,
    )  # fmt: skip


@pytest.mark.torch_env
def test_the_cpu_is_measured_within_the_time_box_and_remembered(
    torch_python: str, tmp_path: Path
) -> None:
    environ = {"GPUSETUP_STATE": str(tmp_path)}
    remember(before(device(copy_device=1.0)), environ)
    begun = time.monotonic()
    done = bench("--python", torch_python, "--compare", "last", "--json", **environ)
    assert time.monotonic() - begun < 60  # generously, on a busy machine
    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    figures = {each["id"]: each for each in document["cpu"]["results"]}
    assert set(figures) == {
        "matmul-float32", "copy-memory", "training-images", "training-tokens",
    }  # fmt: skip
    assert all(figures[name]["median"] > 0 for name in ("matmul-float32", "copy-memory"))
    assert document["seconds"] <= 20
    assert document["comparison"] == {"with": "last", "figures": []}  # it was another machine
    history = json.loads(bench("history", "--json", **environ).stdout)
    assert [run["torch"] for run in history["runs"]] == [None, document["torch"]]
    shown = bench("history", **environ).stdout
    assert document["torch"] in shown
    assert "GB/s" in shown


def test_without_torch_it_ends_with_1_and_says_what_to_do(tmp_path: Path) -> None:
    bare_environment(tmp_path / "env")
    done = bench("--env", str(tmp_path / "env"), GPUSETUP_STATE=str(tmp_path / "state"))
    assert done.returncode == 1
    assert "PyTorch is not installed in this environment" in done.stdout
    assert "hint: `gpusetup init`" in done.stderr
    assert not (tmp_path / "state").exists()


def test_both_levels_are_wrong_usage() -> None:
    done = bench("--quick", "--full")
    assert done.returncode == 2
    assert "--quick and --full exclude each other" in done.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        ("no json", "is no benchmark of ours"),
        ('{"schema": "gpusetup.plan/1"}', "is no benchmark of ours"),
    ],
)
def test_what_cannot_be_compared_with_is_told_before_anything_is_measured(
    content: str | None, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "before.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = bench("--compare", str(path), "--python", sys.executable)
    assert (done.returncode, told in done.stderr) == (2, True)


def test_a_machine_without_earlier_runs_has_no_last_one(tmp_path: Path) -> None:
    done = bench("--compare", "last", GPUSETUP_STATE=str(tmp_path))
    assert done.returncode == 2
    assert "There is no earlier benchmark" in done.stderr
    assert "None yet" in bench("history", GPUSETUP_STATE=str(tmp_path)).stdout


def test_help_names_the_parts(tmp_path: Path) -> None:
    assert "gpusetup bench tune --image-size 224" in bench("--help").stdout
    assert "--image-size N" in bench("tune", "--help").stdout
    assert "--image-size N" in bench("--lang", "en", "tune", "--help").stdout
    wrong = bench("tune", "--image-size", "2")
    assert (wrong.returncode, "from 32 to 4096" in wrong.stderr) == (2, True)


def device(**figures: float) -> MeasuredDevice:
    shapes = {"launch": "us"}
    results = tuple(
        Measurement(name.replace("_", "-"), value, shapes.get(name, "GB/s"), 0.01, (8,))
        for name, value in figures.items()
    )
    return MeasuredDevice(0, "NVIDIA H200", results, uuid="aaaa")


def before(found: MeasuredDevice) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(benchmark_document(Benchmark((found,)))))
    return document


def test_a_comparison_tells_better_from_worse() -> None:
    earlier = before(device(copy_device=4000.0, matmul_float32=50.0, launch=5.0, attention=9.0))
    now = Benchmark((device(copy_device=2000.0, matmul_float32=50.5, launch=2.5),))
    found = {each.figure: (round(each.factor, 2), each.is_same) for each in changes(earlier, now)}
    assert found == {
        "copy-device": (0.5, False), "matmul-float32": (1.01, True), "launch": (2.0, False),
    }  # fmt: skip


def test_the_table_shows_what_was_before() -> None:
    now = Benchmark((device(copy_device=2000.0, attention=9.0),))
    found = changes(before(device(copy_device=4000.0)), now)
    rows = benchmark_rows(now.devices[0], {(each.device, each.figure): each for each in found})
    assert [row[-1] for row in rows] == ["-50 %", ""]


def test_other_cards_and_other_sizes_are_not_compared() -> None:
    earlier = before(device(copy_device=4000.0))
    other = replace(device(copy_device=4000.0), name="NVIDIA A100", uuid="bbbb")
    assert changes(earlier, Benchmark((other,))) == ()
    result = replace(device(copy_device=1.0).results[0], shape=(9,))
    resized = replace(device(), results=(result,))
    assert changes(earlier, Benchmark((resized,))) == ()


def test_a_card_that_moved_to_another_slot_is_still_the_same() -> None:
    moved = replace(device(copy_device=4000.0), index=3)
    assert [
        each.device for each in changes(before(device(copy_device=4000.0)), Benchmark((moved,)))
    ] == [3]


def test_the_history_keeps_whole_lines_and_not_too_many(tmp_path: Path) -> None:
    environ = {"GPUSETUP_STATE": str(tmp_path)}
    for number in range(KEPT + 3):
        remember({"schema": "gpusetup.benchmark/1", "number": number}, environ)
    path = history_file(environ)
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"cut off": ')
    found = remembered(environ)
    assert (len(found), found[-1]["number"]) == (KEPT, KEPT + 2)


def test_a_history_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert remember({}, {"GPUSETUP_STATE": str(tmp_path / "file" / "state")}) is None
