"""`gpusetup matrix why`."""

from __future__ import annotations

import pytest

from tests.matrix_command.archives import MACHINES, document, said


def test_why_not_names_every_build_and_what_is_taken_instead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine = str(MACHINES / "lab-470-four-1080ti.yaml")
    code, out, _err = said(capsys, "why", "torch==2.15", "--machine", machine)
    assert code == 3
    assert out.startswith("✗ No: torch 2.15.0")
    assert "holds no code for NVIDIA GeForce GTX 1080 Ti (6.1)" in out
    assert "CUDA 13.2 needs NVIDIA driver 580 or newer; this machine has 470.256.02." in out
    assert "PyTorch 2.6.0 (for CUDA 11.8)" in out


def test_why_yes(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "laptop-4060-wsl2.yaml")
    code, out, _err = said(capsys, "why", "torch==2.15", "--machine", machine)
    assert code == 0
    assert out.startswith("✓ Yes: PyTorch 2.15.0 (for CUDA 13.2)")


def test_why_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "lab-470-four-1080ti.yaml")
    code, out, _err = said(capsys, "why", "torch==2.15", "--machine", machine, "--lang", "zh")
    assert code == 3
    assert "需要 glibc 2.28" in out


def test_why_as_json_holds_rules_and_changes(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "lab-535-four-cards.yaml")
    found = document(capsys, "why", "2.15.0", "--machine", machine)
    assert found["runs"] is False
    assert found["instead"]["torch"]
    assert found["refusal"]["code"]
    assert {each["code"] for each in found["builds"]} - {None}
    assert all(each["text"] for each in found["builds"] if not each["taken"])


def test_why_of_a_release_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "debian-no-gpu.yaml")
    found = document(capsys, "why", "torch==7.7", "--machine", machine)
    assert (found["runs"], found["builds"]) == (False, [])
    assert found["refusal"]["code"] == "torch-unknown"


def test_why_looks_at_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "why", "torch==0.1")
    assert found["refusal"]["code"] == "torch-unknown"
