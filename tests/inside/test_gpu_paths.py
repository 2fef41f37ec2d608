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
from gpusetup.benchmark.measurement import Benchmark
from gpusetup.benchmark.tuning import Batch, read_tuning
from gpusetup.cli.benchmarking import measure_with_progress
from gpusetup.compat_files import load_packaged
from gpusetup.evidence import judged
from gpusetup.proving.here import Limits, prove, run_script
from gpusetup.verdict import CheckStatus, Event, Verdict
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


DRIVER = """\
driver 550.144.03
gpu 0 name NVIDIA A100-SXM4-80GB
gpu 0 uuid GPU-00000000-0000-0000-0000-000000000000
gpu 0 clock-sm 600 1410
gpu 0 link 1 4 4 16
gpu 0 process 0 4711 C 100
gpu 1 name NVIDIA A100-SXM4-80GB
gpu 1 uuid GPU-00000001-0000-0000-0000-000000000000
gpu 1 clock-sm 1400 1410
gpu 1 link 4 16 4 16
"""


@pytest.fixture(scope="module")
def full(gpu_python: str) -> Verdict:
    return prove(gpu_python, "cuda", level="full", devices=2)


@pytest.fixture(scope="module")
def benchmark(
    gpu_python: str,
    driver_libraries: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Benchmark:
    """Measured while a stand-in of the driver tells of one card that is held back."""
    profile = tmp_path_factory.mktemp("driver") / "nvml.txt"
    profile.write_text(DRIVER, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GPUSETUP_FAKE_NVML", str(profile))
        patch.setenv("LD_LIBRARY_PATH", str(driver_libraries[0]))
        return measure_with_progress(gpu_python, load_packaged(), seconds=5)


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
        # what must be measured is, also where the time is short
        measured = [(each.id, each.unit) for each in device.results if each.median]
        assert measured[:7] == [
            ("matmul-float32", "TFLOP/s"),
            ("matmul-tf32", "TFLOP/s"),
            ("matmul-float16", "TFLOP/s"),
            ("matmul-bfloat16", "TFLOP/s"),
            ("copy-device", "GB/s"),
            ("copy-to-device", "GB/s"),
            ("copy-from-device", "GB/s"),
        ]
        left_out = {each.reason for each in device.results if not each.median}
        assert left_out <= {"not-supported", "no-time"}
    assert benchmark.cpu is not None
    assert {each.id for each in benchmark.cpu.results if each.median} >= {
        "matmul-float32", "copy-memory",
    }  # fmt: skip


def test_the_driver_is_watched_meanwhile(benchmark: Benchmark) -> None:
    first, second = benchmark.devices
    assert first.conditions is not None
    assert (first.conditions.sm_mhz, first.conditions.link_width) == (600, 4)
    assert {limit.code for limit in first.limits} >= {"others", "clock", "link-width"}
    assert second.conditions is not None
    assert (second.conditions.sm_mhz, second.conditions.link_width) == (1400, 16)
    assert second.limits == ()


FIGURES = """
import json, sys, time
sys.path.insert(0, {scripts!r})
import torch, gpusetup_figures as figures
device, found = torch.device("cuda", 0), {{}}
tests = [
    ("triad", figures.triad_device), ("pageable", figures.transfer_test(True, False)),
    ("peer", figures.peer_test(1)), ("launch", figures.launch),
    ("convolution", lambda *words: figures.convolution(*words, batch=2)),
    ("attention", lambda *words: figures.attention(*words, batch=1)),
    ("small", figures.product_test("float32", 256)),
]
for name, function in tests:
    found[name] = function(torch, device, 0.1)
print(json.dumps(found))
"""


def test_a_batch_without_room_ends_the_sweep_and_keeps_what_fits(
    gpu_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPUSETUP_FAKE_CUDA", "small-memory")
    events: list[Event] = []
    words = ("--image-size", "32", "--seconds", "6", "--most-workers", "1")
    ending = run_script("tune.py", gpu_python, words, events.append, Limits())
    tuning = read_tuning(events, ending)
    assert (tuning.reason, tuning.kind) == (None, "cuda")
    assert [each.count for each in tuning.workers] == [0, 1]
    assert [(each.size, each.memory_mib) for each in tuning.batches[:-1]] == [(1, 300)]
    assert tuning.batches[-1] == Batch(2, fits=False)
    assert tuning.best_batch == tuning.batches[0]


def test_what_short_runs_leave_out_works_on_gpus_too(gpu_python: str) -> None:
    scripts = str(Path(gpusetup.inside.__file__).parent)
    code = FIGURES.format(scripts=scripts)
    done = subprocess.run(
        [gpu_python, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: each["unit"] for name, each in found.items()} == {
        "triad": "GB/s", "pageable": "GB/s", "peer": "GB/s", "launch": "us",
        "convolution": "TFLOP/s", "attention": "TFLOP/s", "small": "TFLOP/s",
    }  # fmt: skip
    assert all(each["median"] > 0 for each in found.values())
    assert (found["peer"]["peer"], found["convolution"]["type"]) == (1, "bfloat16")


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
