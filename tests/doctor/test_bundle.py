"""`doctor --bundle`: what is passed on tells the fault and nothing about persons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.cli.doctor_bundle import write_bundle
from gpusetup.doctor.check import Case
from gpusetup.environments.facts import GpuHealth, GpuProcess, ShellLine
from gpusetup.machine import Reading, Status
from gpusetup.messages import use_language
from tests.doctor.cases import case_of, diagnosis_of


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    use_language("en")


def private_case() -> Case:
    """A fault on a machine whose files and variables are full of what must not be passed on."""
    case = case_of("workstation", {"environment": {"variables": [["CUDA_VISIBLE_DEVICES", ""]]}})
    line = ShellLine(
        "/home/anna/.bashrc",
        7,
        "export PIP_INDEX_URL=https://anna:hunter2@m.example/simple",
        "PIP_INDEX_URL",
    )
    around = replace(
        case.surroundings,
        shell_lines=(line,),
        health=(GpuHealth(0, processes=(GpuProcess(1, 100, "boris", "python"),)),),
        readings=(
            Reading("uv", Status.ERROR, "https://tok:hunter2@m.example/simple?token=hunter2"),
            Reading("nvml", Status.ERROR, "GPU-11111111-2222-3333-4444-555555555555 on gpu-box"),
        ),
    )
    return replace(case, surroundings=around)


def bundle_of(case: Case, path: Path) -> str:
    write_bundle(path, case, diagnosis_of(case), ("anna", "gpu-box"))
    return path.read_text(encoding="utf-8")


def test_it_names_the_fault_its_evidence_and_the_command(tmp_path: Path) -> None:
    text = bundle_of(private_case(), tmp_path / "report.md")
    assert "**Something is broken.**" in text
    assert "## ✗ CUDA_VISIBLE_DEVICES hides the GPUs (`gpu.not-visible`)" in text
    assert "CUDA_VISIBLE_DEVICES=\n" in text
    assert "```text\nunset CUDA_VISIBLE_DEVICES\n```" in text
    assert "torch 2.9.0+cu126" in text
    assert "RTX 3090" in text


@pytest.mark.parametrize("secret", ["hunter2", "anna", "gpu-box", "boris", "11111111-2222"])
def test_it_tells_nothing_about_persons(tmp_path: Path, secret: str) -> None:
    assert secret not in bundle_of(private_case(), tmp_path / "report.md")


def test_a_secret_of_the_environment_is_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_API_KEY", "s3cr3t-value")
    case = private_case()
    reading = Reading("uv", Status.ERROR, "denied for s3cr3t-value")
    case = replace(case, surroundings=replace(case.surroundings, readings=(reading,)))
    text = bundle_of(case, tmp_path / "report.md")
    assert "denied for ***" in text


def test_it_speaks_chinese(tmp_path: Path) -> None:
    use_language("zh")
    text = bundle_of(private_case(), tmp_path / "report.md")
    assert "## 机器" in text
    assert "Environment" not in text


def test_no_line_of_a_machine_can_end_its_block(tmp_path: Path) -> None:
    case = private_case()
    line = replace(case.surroundings.shell_lines[0], text="export A=```")
    case = replace(case, surroundings=replace(case.surroundings, shell_lines=(line,)))
    assert "````text\n~/.bashrc:7: export A=```\n````" in bundle_of(case, tmp_path / "report.md")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        bundle_of(private_case(), tmp_path / "nowhere" / "report.md")
    assert caught.value.code == "detect.not-writable"


def test_a_job_is_told_without_its_account_and_node(tmp_path: Path) -> None:
    run = {"imported": True, "cuda_available": False}
    gone = {"gpus": [], "surroundings": {"health": []}, "environment": {"run": run}}
    text = bundle_of(case_of("cluster-job", gone), tmp_path / "report.md")
    assert "`scheduler.gpu-missing`" in text
    assert "-p gpu" in text
    assert not [word for word in ("chem", "gpu3", "wang") if word in text]
