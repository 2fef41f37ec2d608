"""`gpusetup plan`: the promise of its JSON, its exit codes, its script."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MACHINES = sorted((Path(__file__).parent.parent / "machines").glob("*.yaml"))
LAPTOP = Path(__file__).parent.parent / "machines" / "laptop-4060-wsl2.yaml"

CHOICE = {
    "torch", "build", "cuda_runtime", "cudnn", "python", "origin", "engine", "confidence",
    "torchvision", "torchaudio", "pins", "download_mib", "disk_mib", "minutes", "why",
    "would_change",
}  # fmt: skip
STEP = {
    "id", "kind", "argv", "env", "path", "mode", "diff", "content_sha256", "text", "undo",
}  # fmt: skip


def plan(*words: str, code: int = 0) -> dict[str, object]:
    ended = subprocess.run(
        [sys.executable, "-m", "gpusetup", "plan", "--json", *words],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == code, ended.stdout + ended.stderr
    document: dict[str, object] = json.loads(ended.stdout)
    return document


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.stem)
def test_every_recorded_machine_has_a_plan_with_all_promised_keys(machine: Path) -> None:
    document = plan("--machine", str(machine))
    assert document["schema"] == "gpusetup.plan/1"
    assert document["refusal"] is None
    choice = document["choice"]
    assert isinstance(choice, dict)
    assert set(choice) == CHOICE
    steps = document["steps"]
    assert isinstance(steps, list)
    assert all(set(step) == STEP for step in steps)
    assert all(each["text"] and each["code"] for each in choice["why"])
    rejected = document["rejected"]
    assert isinstance(rejected, list)
    promised = {"torch", "build", "origin", "code", "facts", "text"}
    assert all(promised <= set(each) for each in rejected)


def test_a_refusal_has_no_choice_and_names_the_nearest() -> None:
    document = plan("--machine", str(LAPTOP), "--torch", "2.7.1", "--cuda", "13.2", code=3)
    assert document["choice"] is None
    assert document["steps"] == []
    refusal = document["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["code"]
    assert refusal["text"]
    first = refusal["nearest"][0]
    assert first["torch"] == "2.7.1"
    assert first["changed"] == ["cuda"]
    assert set(first) == {"torch", "build", "cuda_runtime", "origin", "python", "changed"}


def test_a_version_that_does_not_exist_is_refused() -> None:
    document = plan("--machine", str(LAPTOP), "--torch", "9.9", code=3)
    assert document["choice"] is None
    assert isinstance(document["refusal"], dict)
    assert "9.9" in document["refusal"]["text"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"os: linux\narch: x86_64\ndriver: {version: 535.10}\n", 3),
        (b"os: linux\narch: x86_64\ngpus:\n  - {nam: x}\n", 4),
        (b"os: beos\narch: x86_64\n", 1),
    ],
)
def test_a_machine_profile_with_a_mistake_names_its_line(
    tmp_path: Path, content: bytes, line: int
) -> None:
    profile = tmp_path / "machine.yaml"
    profile.write_bytes(content)
    document = plan("--machine", str(profile), code=2)
    assert document["schema"] == "gpusetup.error/1"
    assert f"{line}" in json.dumps(document["facts"])
    assert str(profile) in json.dumps(document, ensure_ascii=False)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x01", b"- 1\n", b"{", b"null"])
def test_what_is_no_profile_ends_with_exit_2(tmp_path: Path, content: bytes) -> None:
    profile = tmp_path / "machine.yaml"
    profile.write_bytes(content)
    assert plan("--machine", str(profile), code=2)["exit"] == 2


def test_a_missing_profile_and_a_folder_end_with_exit_2(tmp_path: Path) -> None:
    assert plan("--machine", str(tmp_path / "none.yaml"), code=2)["next"] != ""
    assert plan("--machine", str(tmp_path), code=2)["exit"] == 2


def test_planning_for_a_profile_names_no_path_of_this_machine() -> None:
    text = json.dumps(plan("--machine", str(LAPTOP))["steps"])
    assert str(Path.home()) + "/" not in text
    assert "~/gpu-envs/torch" in text


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_the_bash_script_of_a_plan_is_valid() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gpusetup", "plan", "--machine", str(LAPTOP), "--script", "bash"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ended.stdout.startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n"], input=ended.stdout, text=True, check=True)


def test_an_install_on_another_machine_is_refused(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gpusetup", "init", "--yes", "--machine", str(LAPTOP)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "--dry-run" in ended.stderr


def test_a_wheelhouse_that_is_not_there_is_never_replaced_by_another(tmp_path: Path) -> None:
    ended = plan("--wheelhouse", str(tmp_path / "nowhere"), code=2)
    assert ended["code"] == "wish.wheelhouse"
    ended = plan("--wheelhouse", str(tmp_path), code=3)
    refusal = ended["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["code"] == "wheelhouse-has-none"


def test_a_file_far_too_long_for_a_profile_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "machine.yaml"
    path.write_bytes(b"a" * (5 << 20))
    assert plan("--machine", str(path), code=2)["code"] == "plan.machine-no-text"


def test_the_proof_on_a_machine_without_gpu_expects_the_processor() -> None:
    machine = Path(__file__).parent.parent / "machines" / "debian-no-gpu.yaml"
    document = plan("--machine", str(machine), "--origin", "pypi")
    steps = document["steps"]
    assert isinstance(steps, list)
    [verify] = [step["argv"] for step in steps if step["id"] == "verify"]
    assert verify[verify.index("--expected") + 1] == "cpu"


def test_a_script_is_no_json_document() -> None:
    assert (
        plan("--machine", str(LAPTOP), "--script", "bash", code=2)["code"] == "wish.contradiction"
    )


@pytest.mark.parametrize("place", [Path.home(), Path.home().parent, Path.cwd(), Path("/")])
def test_a_home_and_what_stands_above_it_are_never_moved_aside(place: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gpusetup", "init", "--dry-run", "--json", "--replace",
         "--prefix", str(place)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, json.loads(ended.stdout)["code"]) == (3, "plan.not-movable")


def test_the_plan_of_a_repository_names_what_it_left_out(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "torch==2.7.1+cu118\n-f https://download.pytorch.org/whl/torch_stable.html\nrich\n"
    )
    document = plan("--machine", str(LAPTOP), "--requirements", str(file))
    choice, steps = document["choice"], document["steps"]
    assert isinstance(choice, dict)
    assert isinstance(steps, list)
    assert choice["torch"] == "2.7.1"
    assert document["request"]["requirements"] == str(file)  # type: ignore[index]
    codes = {each["code"] for each in document["warnings"]}  # type: ignore[attr-defined]
    assert {"left-out.torch", "left-out.index"} <= {
        each.split("requirements.")[-1] for each in codes
    }
    [install] = [step for step in steps if step["id"] == "install-extra"]
    assert install["argv"][-2] == "-r"
    assert install["argv"][-1].endswith("/gpusetup/requirements.txt")


def test_a_requirements_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    words = ("--machine", str(LAPTOP), "--requirements", str(tmp_path / "none.txt"))
    assert plan(*words, code=2)["code"] == "requirements.unreadable"


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    document = plan("--prefix", str(tmp_path / "file" / "x"), code=3)
    assert document["code"] == "plan.prefix-unwritable"
