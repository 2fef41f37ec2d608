"""Verification of a real torch, healthy and with its companions."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import gpusetup.inside
from gpusetup.evidence import judged
from gpusetup.proving.here import prove, target_environment
from gpusetup.verdict import CheckStatus, Verdict
from tests.fixtures.torch_env import site_packages
from tests.inside.torches import failures, sabotaged, with_torch


@pytest.fixture(scope="module")
def healthy(torch_python: str) -> Verdict:
    return prove(torch_python, "cpu")


@pytest.mark.torch_env
def test_a_healthy_torch_on_the_cpu_is_ok(healthy: Verdict) -> None:
    assert failures(healthy) == []
    assert healthy.ok
    assert healthy.expected == "cpu"
    assert healthy.torch
    assert len(healthy.devices) == 1


@pytest.mark.torch_env
def test_every_quick_check_ran(healthy: Verdict) -> None:
    passed = {check.id for _, check in healthy.all_checks if check.status is CheckStatus.PASSED}
    assert passed >= {
        "import", "versions", "expected-device", "numpy", "allocation", "matmul-float64",
        "matmul-float32", "convolution", "fft", "linear-algebra", "index-reduction", "elementwise",
        "random", "training",
    }  # fmt: skip


@pytest.mark.torch_env
def test_products_report_how_far_they_are_from_the_reference(healthy: Verdict) -> None:
    errors = {check.id: check.error for check in healthy.devices[0].checks}
    assert 0 < (errors["matmul-float32"] or 0) < 1e-5


@pytest.mark.torch_env
def test_a_cpu_build_where_a_gpu_is_expected_is_not_ok(torch_python: str) -> None:
    verdict = prove(torch_python, "cuda")
    assert failures(verdict) == [("expected-device", "cpu-build")]
    assert not verdict.ok


@pytest.mark.torch_env
def test_a_companion_that_must_be_there_is_missed(torch_python: str) -> None:
    verdict = prove(torch_python, "cpu", companions=("torchvision",))
    assert failures(verdict) == [("torchvision", "missing-module")]


@pytest.mark.torch_env
def test_full_verification_passes_too(torch_python: str) -> None:
    verdict = prove(torch_python, "any", level="full")
    assert failures(verdict) == []
    passed = {check.id for _, check in verdict.all_checks if check.status is CheckStatus.PASSED}
    assert passed >= {
        "matmul-float8", "matmul-large", "training-cnn", "training-transformer", "amp",
        "dataloader",
    }  # fmt: skip
    (compiled,) = [check for _, check in verdict.all_checks if check.id == "compile"]
    if shutil.which("g++") and compiled.reason != "no-python-headers":
        assert compiled.status is CheckStatus.PASSED


VISION = """
import torch
def right(boxes, scores, threshold):
    rows, kept = boxes.tolist(), []
    def overlap(a, b):
        wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        shared = max(0, wide) * max(0, high)
        return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
    for i in scores.argsort(descending=True).tolist():
        if all(overlap(rows[i], rows[j]) <= threshold for j in kept):
            kept.append(i)
    return torch.tensor(kept)
class ops:
    nms = staticmethod(lambda boxes, scores, threshold: KEPT)
"""


def with_torchvision(folder: Path, torch_python: str, kept: str) -> str:
    """An environment with the real torch and a stand-in for torchvision, whose nms keeps this."""
    python = sabotaged(folder, torch_python, "pass")
    vision = site_packages(folder / "env") / "torchvision"
    (vision / "transforms").mkdir(parents=True)
    (vision / "__init__.py").write_text(VISION.replace("KEPT", kept))
    (vision / "transforms" / "__init__.py").touch()
    (vision / "transforms" / "functional.py").write_text(
        "def normalize(picture, mean, std):\n    return (picture - mean[0]) / std[0]\n"
    )
    return python


@pytest.mark.torch_env
@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ("right(boxes, scores, threshold)", []),
        ("right(boxes, scores, threshold).flip(0)", [("torchvision", "wrong-result")]),
        ("torch.ops.torchvision.nms(boxes)", [("torchvision", "companion-mismatch")]),
    ],
)
def test_a_companion_that_is_installed_is_used(
    kept: str, found: list[tuple[str, str]], torch_python: str, tmp_path: Path
) -> None:
    verdict = prove(with_torchvision(tmp_path, torch_python, kept), "cpu")
    assert failures(verdict) == found
    assert "torchvision" in [check.id for check in verdict.checks]


@pytest.mark.torch_env
def test_a_companion_that_cannot_load_its_library_belongs_to_another_torch(
    torch_python: str, tmp_path: Path
) -> None:
    python = sabotaged(tmp_path, torch_python, "pass")
    (site_packages(tmp_path / "env") / "torchaudio.py").write_text(
        "raise OSError('Could not load this library: _torchaudio.abi3.so')"
    )
    assert failures(prove(python, "cpu")) == [("torchaudio", "companion-mismatch")]


@pytest.mark.torch_env
def test_verification_leaves_no_trace(
    torch_python: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    assert prove(torch_python, "cpu").ok
    assert list(home.rglob("*")) == []
    assert list(scratch.rglob("*")) == []


def test_variables_that_mislead_python_are_removed_and_the_choice_of_gpus_is_kept(
    tmp_path: Path,
) -> None:
    environ = {"PYTHONPATH": "/x", "PYTHONHOME": "/y", "CUDA_VISIBLE_DEVICES": "1", "HOME": "/h"}
    found = target_environment(environ, tmp_path)
    assert not {"PYTHONPATH", "PYTHONHOME"} & set(found)
    assert (found["CUDA_VISIBLE_DEVICES"], found["HOME"]) == ("1", "/h")
    assert Path(found["CUDA_CACHE_PATH"]).is_relative_to(tmp_path)


def test_a_path_with_spaces_and_chinese_characters_works(tmp_path: Path) -> None:
    folder = tmp_path / "我的 环境"
    python = with_torch(folder, "raise OSError('no')")
    assert failures(prove(python, "cpu")) == [("import", "exception")]
    shutil.rmtree(folder)


SWEEP = """
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, verify
from gpusetup_questions import Question
cpu = torch.device("cpu")
for seed in range(12):
    for name, function in verify.QUICK:
        if not name.startswith("matmul"):
            parts = function(torch, Question(seed, name, 0), cpu)
            event = dict(event="check", id=name, device=0, status="passed", evidence=parts)
            print(json.dumps([seed, event]))
"""


@pytest.mark.torch_env
def test_whatever_the_random_numbers_a_healthy_torch_passes(torch_python: str) -> None:
    scripts = Path(gpusetup.inside.__file__).parent
    done = subprocess.run(
        [torch_python, "-c", SWEEP, str(scripts)], capture_output=True, text=True, check=True
    )
    found = [judged(event, seed) for seed, event in map(json.loads, done.stdout.splitlines())]
    assert len(found) > 70
    assert [event for event in found if event["status"] != "passed"] == []
