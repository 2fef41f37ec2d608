"""`gpusetup bench tune`: the sweeps, and what follows from them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from gpusetup.benchmark.tuning import Batch, Tuning, Workers, read_tuning, tuning_document
from gpusetup.verdict import Ending, Event


def workers(*rates: float) -> tuple[Workers, ...]:
    return tuple(Workers(count, rate) for count, rate in zip((0, 1, 2, 4, 8), rates))


@pytest.mark.parametrize(
    ("rates", "knee"),
    [((100, 190, 372, 390, 385), 2), ((100, 90, 80), 0), ((100, 200, 400, 800), 4), ((), None)],
)
def test_the_knee_is_the_fewest_workers_near_the_best(
    rates: tuple[float, ...], knee: int | None
) -> None:
    found = Tuning(workers=workers(*rates)).best_workers
    assert (found and found.count) == knee


def test_the_smallest_batch_within_five_percent_is_taken() -> None:
    batches = (Batch(1, 10), Batch(2, 60), Batch(4, 96), Batch(8, 100), Batch(16, fits=False))
    tuning = Tuning(batches=batches)
    assert tuning.best_batch == Batch(4, 96)


def test_a_loader_that_cannot_keep_up_is_told() -> None:
    tuning = Tuning(workers=workers(100, 200), batches=(Batch(8, 900.0, 400),))
    assert tuning.loader_is_slower
    assert tuning_document(tuning, 224)["loader_is_slower"] is True


def test_a_sweep_that_died_keeps_what_it_found() -> None:
    told: list[Event] = [
        {"event": "info", "torch": "2.9", "kind": "cuda", "device": {"name": "X"}},
        {"event": "workers", "workers": 0, "rate": 10.0, "start_s": 0.1},
    ]
    tuning = read_tuning(told, Ending(-7, signal="SIGBUS"))
    assert (tuning.reason, tuning.ok, len(tuning.workers)) == ("crashed", False, 1)


@pytest.mark.torch_env
def test_a_real_machine_is_tuned_on_its_cpu(torch_python: str) -> None:
    words = ("tune", "--python", torch_python, "--image-size", "32", "--seconds", "5", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "bench", *words], capture_output=True, text=True,
        timeout=120, env=dict(os.environ), check=False,
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (document["schema"], document["kind"], document["image_size"]) == (
        "gpusetup.tune/1",
        "cpu",
        32,
    )
    assert [each["workers"] for each in document["workers"]][:2] == [0, 1]
    assert all(each["images_per_s"] > 0 for each in document["workers"])
    sizes = [each["batch"] for each in document["batches"]]
    assert sizes == [2**power for power in range(len(sizes))]
    assert document["num_workers"] in [each["workers"] for each in document["workers"]]
    assert document["batch_size"] in sizes
    assert document["memory_mib"] > 50
