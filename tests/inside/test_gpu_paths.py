"""The scripts on GPUs, which are played by a torch that pretends to have two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gpusetup.inside
import tests.fakes
from gpusetup.evidence import judged
from gpusetup.measurement import Benchmark
from gpusetup.proving import measure, prove
from gpusetup.verdict import CheckStatus, Verdict
from tests.fixtures.torch_env import bare_environment, interpreter, site_packages

pytestmark = pytest.mark.torch_env
FAKE = Path(tests.fakes.__path__[0]) / "fake_cuda.py"


@pytest.fixture(scope="module")
def gpu_python(torch_python: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment whose torch sees two GPUs."""
    prefix = tmp_path_factory.mktemp("gpus") / "env"
    packages = bare_environment(prefix, torch_python)
    real = site_packages(Path(torch_python).parent.parent)
    (packages / "fake_cuda.py").write_bytes(FAKE.read_bytes())
    (packages / "fake_cuda.pth").write_text(f"{real}\nimport fake_cuda\n", encoding="utf-8")
    return str(interpreter(prefix))


@pytest.fixture(scope="module")
def verdict(gpu_python: str) -> Verdict:
    return prove(gpu_python, "cuda", devices=2)


@pytest.fixture(scope="module")
def full(gpu_python: str) -> Verdict:
    return prove(gpu_python, "cuda", level="full", devices=2)


@pytest.fixture(scope="module")
def benchmark(gpu_python: str) -> Benchmark:
    return measure(gpu_python, seconds=5)


def failures(verdict: Verdict) -> list[tuple[int | None, str, str | None]]:
    return [(device and device.index, check.id, check.reason) for device, check in verdict.failures]


def test_every_gpu_is_proven(verdict: Verdict) -> None:
    assert failures(verdict) == []
    assert verdict.ok
    assert [(device.index, device.compute_capability) for device in verdict.devices] == [
        (0, (8, 0)),
        (1, (8, 0)),
    ]


def test_versions_of_cuda_and_cudnn_are_told(verdict: Verdict) -> None:
    assert (verdict.cuda_runtime, verdict.cudnn) == ("12.8", "9.10.2")
    assert (verdict.versions.cuda_driver, verdict.versions.nccl) == ("12.8", "2.27.5")


def test_all_types_are_tried_on_every_gpu(verdict: Verdict) -> None:
    for device in verdict.devices:
        passed = [check.id for check in device.checks if check.status is CheckStatus.PASSED]
        assert passed == [
            "allocation", "architecture", "matmul-float64", "matmul-float32", "matmul-tf32",
            "matmul-float16", "matmul-bfloat16", "convolution", "fft", "linear-algebra",
            "index-reduction", "elementwise", "random", "training",
        ]  # fmt: skip


def test_everything_that_only_gpus_have_is_tried(full: Verdict) -> None:
    assert failures(full) == []
    common = [check.id for check in full.checks if check.status is CheckStatus.PASSED]
    assert {"copy-between-devices", "nccl", "dataloader"} <= set(common)
    for device in full.devices:
        passed = {check.id for check in device.checks if check.status is CheckStatus.PASSED}
        assert passed >= {
            "matmul-float8", "matmul-large", "streams", "cuda-graphs", "pinned-memory",
            "training-cnn", "training-transformer", "amp",
        }  # fmt: skip
        left_out = {c.id: c.reason for c in device.checks if c.status is CheckStatus.SKIPPED}
        assert left_out == {"compile": "no-triton"}


def test_copies_between_gpus_are_tried(verdict: Verdict) -> None:
    assert "copy-between-devices" in [check.id for check in verdict.checks]


def test_fewer_gpus_than_the_machine_has_is_a_failure(gpu_python: str) -> None:
    found = failures(prove(gpu_python, "cuda", devices=3))
    assert found == [(None, "expected-device", "fewer-devices")]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            "wrong-product-1",
            {
                (1, "matmul-float32", "wrong-result"),
                (1, "matmul-tf32", "wrong-result"),
                (1, "matmul-float16", "wrong-result"),
                (1, "matmul-bfloat16", "wrong-result"),
            },
        ),
        ("no-kernel-1", {(1, "allocation", "no-kernel-image")}),
        ("wrong-copy", {(None, "copy-between-devices", "wrong-copy")}),
        ("old-driver", {(None, "expected-device", "driver-too-old")}),
        # a torch that computes on the CPU and says that it was the GPU
        ("only-pretends", {(i, "allocation", "not-on-gpu") for i in (0, 1)}),
    ],
)
def test_a_fault_of_one_gpu_is_found_where_it_is(
    fault: str,
    expected: set[tuple[int | None, str, str]],
    gpu_python: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GPUSETUP_FAKE_CUDA", fault)
    assert set(failures(prove(gpu_python, "cuda"))) == expected


ONLY_GPUS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, gpusetup_proof as proof, gpusetup_streams as streams, gpusetup_together as together
from gpusetup_questions import Question
devices = proof.devices(torch, "cuda")
report = proof.Report()
for name, function in streams.CHECKS:
    report.check(name, lambda: function(torch, Question(7, name, 1), devices[1][1]), 1)
report.check("nccl", lambda: together.all_reduce(torch, Question(7, "nccl"), devices))
"""


def test_faults_of_what_only_gpus_have_are_found(
    gpu_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPUSETUP_FAKE_CUDA", "stale-graph,wrong-sum,early-stream,lost-pages")
    scripts = str(Path(gpusetup.inside.__file__).parent)
    done = subprocess.run(
        [gpu_python, "-c", ONLY_GPUS, scripts], capture_output=True, text=True, check=True
    )
    events = [judged(json.loads(line), 7) for line in done.stdout.splitlines()]
    found = {str(each["id"]): each["reason"] for each in events if each["event"] == "check"}
    assert found == {
        "streams": "wrong-result",
        "cuda-graphs": "wrong-result",
        "pinned-memory": "not-pinned",
        "nccl": "wrong-result",
    }


def test_hidden_gpus_are_told_from_missing_ones(
    gpu_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPUSETUP_FAKE_CUDA", "old-driver")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    found = failures(prove(gpu_python, "cuda"))
    assert found == [(None, "expected-device", "hidden-devices")]


def test_every_gpu_and_the_cpu_are_measured(benchmark: Benchmark) -> None:
    assert (benchmark.reason, len(benchmark.devices)) == (None, 2)
    for device in benchmark.devices:
        assert [(result.id, result.unit) for result in device.results] == [
            ("matmul-float32", "TFLOP/s"),
            ("matmul-tf32", "TFLOP/s"),
            ("matmul-float16", "TFLOP/s"),
            ("matmul-bfloat16", "TFLOP/s"),
            ("copy-device", "GB/s"),
            ("copy-to-device", "GB/s"),
            ("copy-from-device", "GB/s"),
        ]
        assert all(result.median for result in device.results)
    assert benchmark.cpu is not None
    assert all(result.median for result in benchmark.cpu.results)


@pytest.mark.parametrize(
    ("memory", "reason"),
    [("2@1000-2000", None), ("1@1000-2000", "not-on-gpu"), ("2@5000-6000", "not-on-gpu")],
)
def test_the_driver_is_asked_whose_memory_it_is(
    memory: str, reason: str | None, driver_libraries: tuple[Path, Path]
) -> None:
    """By a process that finds our libcuda; 0x1800 is the address of a tensor."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import gpusetup_proof as proof\n"
        "class Tensor:\n"
        "    numel = staticmethod(lambda: 1)\n"
        "    data_ptr = staticmethod(lambda: 0x1800)\n"
        "try: proof.require_gpu_memory(Tensor)\n"
        "except proof.Failed as end: print(end.code)\n"
    )
    scripts = str(Path(gpusetup.inside.__file__).parent)
    environ = {"LD_LIBRARY_PATH": str(driver_libraries[0]), "GPUSETUP_FAKE_MEMORY": memory}
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, scripts], env={**os.environ, **environ},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == (reason or "")
