"""Verification of a real torch, healthy and sabotaged."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import gpusetup.inside
from gpusetup.proving import Limits, prove, target_environment
from gpusetup.verdict import CheckStatus, Verdict
from tests.fixtures.torch_env import bare_environment, interpreter, site_packages

CRASH = "import ctypes; ctypes.string_at(0)"


@pytest.fixture(scope="module")
def healthy(torch_python: str) -> Verdict:
    return prove(torch_python, "cpu")


def with_torch(folder: Path, source: str) -> str:
    """The interpreter of an environment whose `torch` is this text."""
    packages = bare_environment(folder / "env")
    (packages / "torch.py").write_text(source, encoding="utf-8")
    return str(interpreter(folder / "env"))


def sabotaged(folder: Path, torch_python: str, source: str) -> str:
    """The interpreter of an environment with the real torch, changed by this text."""
    packages = bare_environment(folder / "env", torch_python)
    real = site_packages(Path(torch_python).parent.parent)
    (packages / "sabotage.py").write_text(f"import torch\n{source}\n", encoding="utf-8")
    (packages / "sabotage.pth").write_text(f"{real}\nimport sabotage\n", encoding="utf-8")
    return str(interpreter(folder / "env"))


def failures(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(check.id, check.reason) for _, check in verdict.failures]


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
        "import", "versions", "expected-device", "numpy", "allocation", "matmul-float32",
        "convolution", "training",
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
    assert failures(prove(torch_python, "any", level="full")) == []


# what a torch that imports and is wrong may do -> the checks that must notice, and their reasons
SABOTAGE = {
    # one element of one product; an element never written; a wrong type; a convolution and its
    # reference; values without gradients
    "results": (
        """
mm, matmul, conv2d, tanh = torch.mm, torch.matmul, torch.nn.functional.conv2d, torch.tanh
def off(a, b):
    c = matmul(a, b)
    if c.dtype == torch.float32 and c.shape[0] == 256: c[17, 3] += 1
    return c.double() if c.dtype == torch.bfloat16 else c
def unwritten(a, b, out):
    mm(a, b, out=out)
    if out.dtype == torch.float16: out[5, 5] = float('nan')
torch.matmul, torch.mm = off, unwritten
torch.nn.functional.conv2d = lambda a, b: conv2d(a, b) * 1.01
torch.tanh = lambda a: tanh(a.detach() if a.dtype == torch.float32 else a) + 0 * a.mean().detach()
""",
        [
            ("matmul-float32", "wrong-result"),
            ("matmul-float16", "not-a-number"),
            ("matmul-bfloat16", "wrong-type"),
            ("convolution", "wrong-reference"),
            ("training", "exception"),
        ],
    ),
    "the double-precision product that all is compared with": (
        """
real = torch.matmul
torch.matmul = lambda a, b: real(a, b) * (1.001 if a.dtype == torch.float64 else 1)
""",
        [(f"matmul-{name}", "wrong-reference") for name in ("float32", "float16", "bfloat16")],
    ),
    "memory": (
        """
def empty(*size, **more): raise RuntimeError('CUDA out of memory. Tried to allocate')
torch.empty = empty
""",
        [("allocation", "out-of-memory")],
    ),
    "a crash in the first product": (
        f"""
def matmul(a, b): {CRASH}
torch.matmul = matmul
""",
        [("matmul-float32", "crashed")],
    ),
}


@pytest.mark.torch_env
@pytest.mark.skipif(os.name == "nt", reason="the crash is told by a signal")
@pytest.mark.parametrize("what", SABOTAGE)
def test_a_torch_that_is_wrong_is_found_out(what: str, torch_python: str, tmp_path: Path) -> None:
    source, found = SABOTAGE[what]
    verdict = prove(sabotaged(tmp_path, torch_python, source), "cpu")
    assert failures(verdict) == found
    assert not verdict.ok


@pytest.mark.parametrize(
    ("source", "check", "reason"),
    [
        (CRASH, "import", "crashed"),
        ("import os; os._exit(0)", "import", "ended-early"),
        ("import sys; sys.exit(0)", "import", "exception"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "import", "killed"),
        ("raise ImportError('libtorch.so: undefined symbol: x')", "import", "mixed-files"),
        (
            "try: raise OSError('libcudart.so.13: cannot open shared object file')\n"
            "except OSError as error: raise RuntimeError('torch is broken') from error",
            "import",
            "missing-library",
        ),
        ("name = 'a file of the user'", "import", "not-torch"),
        ("class Tensor: pass", "expected-device", "exception"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_broken_torch_is_named_with_its_check(
    source: str, check: str, reason: str, tmp_path: Path
) -> None:
    verdict = prove(with_torch(tmp_path, source), "cuda")
    assert (check, reason) in failures(verdict)
    assert not verdict.ok


def test_a_torch_that_hangs_ends_at_the_limit(tmp_path: Path) -> None:
    python = with_torch(tmp_path, "import time; time.sleep(600)")
    verdict = prove(python, "cpu", limits=Limits(import_s=1.5))
    assert failures(verdict) == [("import", "timed-out")]


def test_a_child_that_holds_stdout_does_not_hold_up_the_end(tmp_path: Path) -> None:
    source = (
        "import subprocess, sys, os\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "os._exit(0)\n"
    )
    verdict = prove(with_torch(tmp_path, source), "cpu", limits=Limits(import_s=60))
    assert failures(verdict) == [("import", "ended-early")]


def test_what_torch_prints_is_not_taken_for_an_event(tmp_path: Path) -> None:
    event = '{"event": "check", "id": "matmul-float32", "device": 0, "status": "passed"}'
    source = f"import os\nprint('hello')\nos.write(1, b'{event}\\n')\nraise OSError('no')"
    verdict = prove(with_torch(tmp_path, source), "cpu")
    assert (verdict.devices, failures(verdict)) == ((), [("import", "exception")])


def test_an_environment_without_torch_says_so(tmp_path: Path) -> None:
    bare_environment(tmp_path / "env")
    verdict = prove(str(interpreter(tmp_path / "env")), "cpu")
    assert failures(verdict) == [("import", "no-torch")]


def test_an_interpreter_that_is_not_there_is_a_failure_not_an_exception(tmp_path: Path) -> None:
    assert failures(prove(str(tmp_path / "python"), "cpu")) == [("start", "not-started")]


def with_torchvision(folder: Path, torch_python: str, kept: str) -> str:
    """An environment with the real torch and a stand-in for torchvision, whose nms keeps this."""
    python = sabotaged(folder, torch_python, "pass")
    vision = site_packages(folder / "env") / "torchvision"
    (vision / "transforms").mkdir(parents=True)
    (vision / "__init__.py").write_text(
        "import torch\n"
        "class ops:\n"
        f"    nms = staticmethod(lambda boxes, scores, threshold: {kept})\n"
    )
    (vision / "transforms" / "__init__.py").touch()
    (vision / "transforms" / "functional.py").write_text(
        "def normalize(picture, mean, std):\n    return (picture - mean[0]) / std[0]\n"
    )
    return python


@pytest.mark.torch_env
@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ("torch.tensor([1, 2])", []),
        ("torch.tensor([0, 1, 2])", [("torchvision", "wrong-result")]),
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
import sys
sys.path.insert(0, sys.argv[1])
import torch, verify
cpu = torch.device("cpu")
for seed in range(100):
    source = verify.seeded(seed)
    verify.convolution(torch, source, cpu)
    verify.training(torch, source, cpu, "quick")
print("all passed")
"""


@pytest.mark.torch_env
def test_whatever_the_random_numbers_a_healthy_torch_passes(torch_python: str) -> None:
    scripts = Path(gpusetup.inside.__file__).parent
    done = subprocess.run(
        [torch_python, "-c", SWEEP, str(scripts)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "all passed\n", done.stderr
