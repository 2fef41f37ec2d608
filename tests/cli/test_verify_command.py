"""`gpusetup verify`: which environment is meant, what is printed, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.cli.proof_screen import verdict_lines
from gpusetup.effects.journal import start_run
from gpusetup.effects.targets import resolve_python
from gpusetup.machine import Absence, Arch, Gpu, Machine, Os, PciGpu
from gpusetup.terminal.show import Mark
from gpusetup.verdict import (
    Check,
    CheckStatus,
    Note,
    ProvenDevice,
    Verdict,
    Versions,
    expected_device,
)
from tests.fixtures.torch_env import bare_environment, site_packages


def gpusetup(
    *words: str, cwd: Path | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", *words], capture_output=True, text=True, timeout=120,
        cwd=cwd, env={**os.environ, **environ}, check=False,
    )  # fmt: skip


@pytest.mark.torch_env
def test_a_healthy_environment_ends_with_0_and_one_line_per_check(torch_python: str) -> None:
    done = gpusetup("verify", "--python", torch_python, "--expected", "cpu")
    assert done.returncode == 0, done.stderr
    assert "✓ Import       `import torch` works" in done.stdout
    assert done.stdout.rstrip().endswith(
        "PyTorch computes correctly on the CPU. No GPU was expected here."
    )


@pytest.mark.torch_env
def test_json_is_one_document(torch_python: str) -> None:
    done = gpusetup("verify", "--python", torch_python, "--expected", "cpu", "--json")
    document = json.loads(done.stdout)
    assert (document["schema"], document["ok"]) == ("gpusetup.verdict/1", True)


@pytest.mark.torch_env
def test_a_cpu_build_where_a_gpu_must_compute_ends_with_1_and_a_hint(torch_python: str) -> None:
    done = gpusetup("verify", "--python", torch_python, "--expected", "cuda")
    assert done.returncode == 1
    assert "is a build for the CPU only and cannot use the NVIDIA GPU" in done.stdout
    assert "hint: `gpusetup init` installs the build for your GPU." in done.stderr


@pytest.mark.torch_env
def test_another_torch_in_the_current_folder_or_on_pythonpath_is_ignored(
    torch_python: str, tmp_path: Path
) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('the wrong torch')")
    words = ("verify", "--python", torch_python, "--expected", "cpu", "--json")
    done = gpusetup(*words, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert json.loads(done.stdout)["ok"]


@pytest.mark.torch_env
def test_a_gpu_that_only_torch_knows_of_has_to_compute_before_it_is_believed(
    torch_python: str, tmp_path: Path
) -> None:
    packages = bare_environment(tmp_path / "env", torch_python)
    real = site_packages(Path(torch_python).parent.parent)
    lie = (
        "import torch; torch.cuda.is_available = lambda: True; torch.cuda.device_count = lambda: 1"
    )
    (packages / "lie.pth").write_text(f"{real}\n{lie}\n", encoding="utf-8")
    done = gpusetup("verify", "--env", str(tmp_path / "env"), "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"], document["expected"]) == (1, False, "cuda")


@pytest.mark.skipif(os.name == "nt", reason="names an interpreter as on POSIX")
def test_a_time_limit_ends_what_hangs(tmp_path: Path) -> None:
    packages = bare_environment(tmp_path / "env")
    (packages / "torch.py").write_text("import time; time.sleep(600)")
    words = ("verify", "--env", str(tmp_path / "env"), "--expected", "cpu", "--timeout", "1")
    done = gpusetup(*words)
    assert done.returncode == 1
    assert "✗ Import       no answer within the time limit" in done.stdout


def test_an_environment_without_torch_ends_with_1(tmp_path: Path) -> None:
    bare_environment(tmp_path / "env")
    done = gpusetup("verify", "--env", str(tmp_path / "env"), "--expected", "cpu")
    assert done.returncode == 1
    assert "✗ Import       PyTorch is not installed in this environment" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_ends_with_130_and_takes_the_script_along(tmp_path: Path) -> None:
    packages = bare_environment(tmp_path / "env")
    told = tmp_path / "pid"
    (packages / "torch.py").write_text(
        f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()) + '.')\ntime.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "gpusetup", "verify", "--env", str(tmp_path / "env"),
         "--expected", "cpu"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 30
    while not (told.is_file() and told.read_text().endswith(".")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()[:-1]), 0)


# --- which environment


def environment(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    return folder


def test_a_name_is_looked_for_under_the_environments_folder(tmp_path: Path) -> None:
    made = environment(tmp_path / "torch")
    found = resolve_python("torch", None, {"GPUSETUP_ENVS": str(tmp_path)})
    assert found == str(made / "bin" / "python")


def test_a_name_is_then_looked_for_among_condas_environments(home: Path, tmp_path: Path) -> None:
    made = environment(tmp_path / "elsewhere" / "cola")
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text(f"/gone/cola\n{made}\n")
    assert resolve_python("cola", None, {}) == str(made / "bin" / "python")


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        (["finished"], "verify.environment-gone"),
        (["finished", "undone"], "verify.no-environment"),
        ([], "verify.no-environment"),
    ],
)
def test_an_environment_that_somebody_deleted_by_hand_is_told_from_one_that_never_was(
    home: Path, ends: list[str], code: str
) -> None:
    state, prefix = home / "state", home / "gpu-envs" / "course"
    run = start_run(state, "course", command="init", prefix=str(prefix))
    for event in ends:
        run.record(event)
    environ = {"HOME": str(home), "GPUSETUP_STATE": str(state)}
    with pytest.raises(UsageError) as error:
        resolve_python("course", None, environ)
    assert error.value.code == code


def test_without_a_name_the_active_environment_is_meant(tmp_path: Path) -> None:
    made = environment(tmp_path / "conda")
    assert resolve_python(None, None, {"CONDA_PREFIX": str(made)}) == str(made / "bin/python")


@pytest.mark.parametrize(
    ("env", "python", "code"),
    [
        (None, None, "verify.no-target"),
        ("a", "b", "verify.two-targets"),
        ("nobody", None, "verify.no-environment"),
        ("/dev", None, "verify.not-an-environment"),
        (None, "/no/python", "verify.no-interpreter"),
    ],
)
def test_what_is_not_there_is_wrong_usage(
    env: str | None, python: str | None, code: str, home: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_python(env, python, {})
    assert caught.value.code == code


def test_nothing_named_and_nothing_active_ends_with_2_and_a_hint() -> None:
    done = gpusetup("verify")
    assert done.returncode == 2
    assert "hint: Add `--env NAME`, or activate an environment first" in done.stderr


# --- which device

LINUX = Machine(Os.LINUX, Arch.X86_64)


@pytest.mark.parametrize(
    ("machine", "kind"),
    [
        (LINUX, "cpu"),
        (Machine(Os.LINUX, Arch.X86_64, driver=Absence.NOT_THERE, gpus=()), "cpu"),
        (Machine(Os.LINUX, Arch.X86_64, gpus=(Gpu(0, "NVIDIA A100"),)), "cuda"),
        (Machine(Os.LINUX, Arch.X86_64, gpus=(), pci_gpus=(PciGpu("20b0"),)), "cuda"),
        (
            Machine(Os.LINUX, Arch.X86_64, pci_gpus=(PciGpu("20b0", bound_driver="vfio-pci"),)),
            "cpu",
        ),
        (Machine(Os.MACOS, Arch.ARM64), "mps"),
        (Machine(Os.MACOS, Arch.X86_64), "cpu"),
    ],
)
def test_the_machine_decides_which_device_must_compute(machine: Machine, kind: str) -> None:
    assert expected_device(machine) == kind


# --- the screen

PASSED = tuple(Check(name, CheckStatus.PASSED) for name in ("allocation", "matmul-float32"))


def test_among_several_gpus_a_healthy_one_is_one_line() -> None:
    broken = (PASSED[0], Check("matmul-float32", CheckStatus.FAILED, "wrong-result", "x"))
    verdict = Verdict(
        "cuda", devices=(ProvenDevice(0, "A", checks=PASSED), ProvenDevice(1, "B", checks=broken))
    )
    assert [(line.mark, line.label, line.text) for line in verdict_lines(verdict)] == [
        (
            Mark.OK,
            "GPU 0",
            "A: 2 checks passed, results match a double-precision reference",
        ),
        (Mark.OK, "Allocation", "GPU 1: memory can be reserved, written and read back"),
        (Mark.BAD, "float32", "GPU 1: the result is wrong (x)"),
    ]


def test_what_is_worth_knowing_stands_before_the_devices() -> None:
    note = Note("hidden-gpus", {"value": "0", "seen": 1, "count": 2})
    verdict = Verdict("cuda", devices=(ProvenDevice(0, "A", checks=PASSED[:1]),), notes=(note,))
    assert [(line.mark, line.label, line.text) for line in verdict_lines(verdict)] == [
        (
            Mark.WARN,
            "To know",
            "CUDA_VISIBLE_DEVICES=0 shows 1 of 2 GPUs; the others were not checked",
        ),
        (Mark.OK, "Allocation", "memory can be reserved, written and read back"),
    ]


def test_versions_name_what_is_there_and_leave_out_what_is_not() -> None:
    verdict = Verdict(
        "cuda", torch="2.9.1+cu128", cuda_runtime="12.8", cudnn="9.10.2", python="3.12.3",
        checks=(Check("versions", CheckStatus.PASSED),), versions=Versions(nccl="2.27.5", driver="550.54"),
    )  # fmt: skip
    (line,) = verdict_lines(verdict)
    assert line.text == (
        "PyTorch 2.9.1+cu128, Python 3.12.3, CUDA runtime 12.8, cuDNN 9.10.2, NCCL 2.27.5, "
        "driver 550.54"
    )


def test_the_code_that_serves_a_gpu_is_named_and_a_check_left_out_says_why() -> None:
    checks = (
        Check("architecture", CheckStatus.PASSED, detail="sm_86"),
        Check("compile", CheckStatus.SKIPPED, "no-compiler", "g++, clang++"),
    )
    verdict = Verdict("cuda", devices=(ProvenDevice(0, "A", checks=checks),))
    assert [(line.mark, line.text) for line in verdict_lines(verdict)] == [
        (Mark.OK, "this GPU runs PyTorch's own kernels (from sm_86)"),
        (Mark.NOTE, "left out: there is no compiler (g++, clang++)"),
    ]


def test_the_only_environment_needs_no_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "GPUSETUP_ENVS"):
        monkeypatch.delenv(name, raising=False)
    only = home / "gpu-envs" / "torch" / "bin" / "python"
    only.parent.mkdir(parents=True)
    only.write_text("")
    assert resolve_python(None, None) == str(only)
    other = home / "gpu-envs" / "other" / "bin" / "python"
    other.parent.mkdir(parents=True)
    other.write_text("")
    with pytest.raises(UsageError):
        resolve_python(None, None)
