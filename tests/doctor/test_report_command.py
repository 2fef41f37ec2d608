"""`gpusetup doctor --report` as it is typed: exit codes, the document, the screen, secrets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Mapping

import pytest

HERE = Path(__file__).parent
TOLD = HERE / "told"


def run(
    *words: str, given: bytes = b"", environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    wanted = {"GPUSETUP_LANG": "en", "NO_COLOR": "1", **(environ or {})}
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", "doctor", *words],
        input=given,
        capture_output=True,
        timeout=60,
        env={**os.environ, **wanted},
    )


def document(*words: str, given: bytes = b"") -> dict[str, object]:
    result = run(*words, "--json", given=given)
    assert result.stderr == b"" or b"very long" in result.stderr
    return dict(json.loads(result.stdout))


@pytest.fixture(scope="module")
def cpu_wheel() -> subprocess.CompletedProcess[bytes]:
    return run("--report", str(TOLD / "cpu_wheel_beside_a_good_gpu.txt"))


def test_an_error_ends_with_1_a_healthy_report_with_0_and_nothing_known_with_0(
    cpu_wheel: subprocess.CompletedProcess[bytes],
) -> None:
    healthy = run("--report", str(TOLD / "stray_toolkit_does_no_harm.txt"))
    unknown = run("--report", "-", given=b"my program is slow, any ideas?")
    assert (cpu_wheel.returncode, healthy.returncode, unknown.returncode) == (1, 0, 0)
    assert b"Nothing in this report is wrong" in healthy.stdout
    assert b"too little is known" in unknown.stdout
    assert b"nvidia-smi" in unknown.stdout  # which command would tell


def test_the_screen_has_cause_evidence_and_remedy_in_this_order(
    cpu_wheel: subprocess.CompletedProcess[bytes],
) -> None:
    text = cpu_wheel.stdout.decode()
    places = [
        text.index("PyTorch is a build without CUDA"),
        text.index("torch 2.5.1+cpu"),
        text.index("What to do:"),
        text.index("pip install torch=="),
    ]
    assert places == sorted(places)


def test_the_document_has_the_promised_form() -> None:
    made = document("--report", str(TOLD / "secure_boot_behind_a_silent_smi.txt"))
    assert (made["schema"], made["verdict"]) == ("gpusetup.diagnosis/1", "broken")
    findings = made["findings"]
    assert isinstance(findings, list)
    first, second = findings[0], findings[1]
    assert set(first) == {"id", "severity", "title", "text", "evidence", "because_of", "remedy"}
    assert (first["id"], first["because_of"]) == ("driver.secure-boot", None)
    assert (second["id"], second["because_of"]) == ("driver.not-loaded", "driver.secure-boot")
    assert first["remedy"]["by_hand"] is True
    assert "reboot" in first["remedy"]["needs"]
    skipped = made["skipped"]
    assert isinstance(skipped, list)
    assert all({"id", "reason"} <= set(each) for each in skipped)


def test_a_report_from_a_pipe_is_read_as_one_from_a_file() -> None:
    path = TOLD / "pascal_on_cuda_13.txt"
    assert document("--report", "-", given=path.read_bytes()) == document("--report", str(path))


def test_only_the_named_checks_run() -> None:
    path = str(TOLD / "secure_boot_behind_a_silent_smi.txt")
    made = document("driver.not-loaded", "--report", path)
    assert [each["id"] for each in made["findings"]] == ["driver.not-loaded"]  # type: ignore[attr-defined]
    group = document("driver", "--report", path)
    assert len(group["findings"]) == 2  # type: ignore[arg-type]


def test_an_unknown_check_is_refused_with_the_nearest() -> None:
    result = run("driver.tooold", "--report", "-", given=b"x")
    assert result.returncode == 2
    assert b"driver.too-old" in result.stderr


def test_the_list_names_every_check_in_both_languages() -> None:
    from gpusetup.doctor.checks import ALL_CHECKS

    for language in ("en", "zh"):
        text = run("--list", environ={"GPUSETUP_LANG": language}).stdout.decode()
        assert all(check.id in text for check in ALL_CHECKS)


@pytest.mark.parametrize("option", [("--fix",), ("--env", "x"), ("--python", "/x")])
def test_a_report_is_of_another_machine(option: tuple[str, ...]) -> None:
    result = run("--report", "-", *option, given=b"x")
    assert result.returncode == 2
    assert option[0].encode() in result.stderr


@pytest.mark.parametrize(
    ("name", "given"), [("no-such-file", b""), ("-", b""), ("-", b"\x00\x01\x02\x7fELF" * 500)]
)
def test_what_cannot_be_read_ends_with_2(name: str, given: bytes) -> None:
    assert run("--report", name, given=given).returncode == 2


@pytest.mark.parametrize("columns", ["40", "80"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_is_wider_than_the_terminal(columns: str, language: str) -> None:
    from gpusetup.terminal import cells

    path = str(TOLD / "broken_import_behind_a_missing_torch.txt")
    result = run("--report", path, environ={"COLUMNS": columns, "GPUSETUP_LANG": language})
    prose = [
        line
        for line in result.stdout.decode().split("\n")
        if not line.startswith("  ")  # commands and evidence are never broken
    ]
    assert max(cells.width(line) for line in prose) <= int(columns)


SECRETS = (
    "hf_" + "A" * 34,
    "ghp_" + "b" * 36,
    "sk-" + "c" * 40,
    "AKIA" + "D" * 16,
    "p4ssw0rd",
    "hunter2hunter2",
    "geheim99",
    "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
)
LEAKY = f"""
export HF_TOKEN={SECRETS[0]}; git clone https://me:{SECRETS[4]}@example.org/x
pip install torch --index-url https://user:{SECRETS[5]}@mirror.example.org/simple?token={SECRETS[6]}
ERROR: HTTP error 404 while getting https://user:{SECRETS[5]}@mirror.example.org/torch.whl?key={SECRETS[6]}
{SECRETS[1]} ModuleNotFoundError: No module named 'torch' {SECRETS[2]} {SECRETS[3]}
RuntimeError: Found no NVIDIA driver on your system. password={SECRETS[4]} Authorization: Bearer {SECRETS[7]}
CUDA_VISIBLE_DEVICES=5 WANDB_API_KEY={SECRETS[5]} python x.py  RuntimeError: No CUDA GPUs are available
"""


def test_planted_secrets_never_appear(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.md"
    outputs = [
        run("--report", "-", *more, given=LEAKY.encode())
        for more in ((), ("--json",), ("--bundle", str(bundle)))
    ]
    shown = b"".join(each.stdout + each.stderr for each in outputs) + bundle.read_bytes()
    assert b"No module named" in shown
    assert [secret for secret in SECRETS if secret.encode() in shown] == []


@pytest.mark.skipif(sys.platform == "win32", reason="asks the system for the memory in use")
def test_a_very_long_report_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """100 MB: the beginning and the end are read, the middle is not kept."""
    path = tmp_path / "long.txt"
    with path.open("wb") as stream:
        stream.write(b"RuntimeError: Found no NVIDIA driver on your system.\n")
        for _block in range(100):
            stream.write(b"step 1 loss 0.12345 some more words to make it long\n" * 20_000)
        stream.write(b"OSError: [Errno 28] No space left on device\n")
    assert path.stat().st_size > 100_000_000
    argv = [sys.executable, "-m", "gpusetup", "doctor", "--report", str(path), "--json"]
    with (tmp_path / "said").open("wb") as said:
        child = subprocess.Popen(argv, stdout=said, stderr=subprocess.DEVNULL)
        _, _, used = os.wait4(child.pid, 0)  # of this child alone
        child.returncode = 1
    made = json.loads((tmp_path / "said").read_bytes())
    assert {"driver.not-installed", "room.disk-full"} <= {each["id"] for each in made["findings"]}
    assert used.ru_maxrss < 300_000  # KiB


def test_a_profile_and_a_report_may_be_given_together(tmp_path: Path) -> None:
    """The report tells of the build, the profile of the card."""
    profile = tmp_path / "machine.yaml"
    profile.write_text(
        "os: linux\narch: x86_64\ndriver: {version: '580.95.05', cuda_version: '13.0'}\n"
        "gpus: [{index: 0, name: NVIDIA GeForce GTX 1080, compute_capability: '6.1'}]\n",
        encoding="utf-8",
    )
    given = b"torch 2.12.1+cu130\n"
    made = document("--report", "-", "--machine", str(profile), given=given)
    assert [each["id"] for each in made["findings"]][:1] == ["torch.gpu-too-old"]  # type: ignore[attr-defined]


def test_the_remedy_is_a_build_that_runs_on_that_machine() -> None:
    made = document("--report", str(TOLD / "new_report_of_2026.txt"))
    steps = made["findings"][0]["remedy"]["steps"]  # type: ignore[index]
    words = " ".join(steps[-1]["argv"])
    assert re.search(
        r"torch==2\.\d+\.\d+ --index-url https://download\.pytorch\.org/whl/cu126", words
    )


def test_a_k80_is_not_told_to_take_a_newer_driver() -> None:
    given = b"""PyTorch version: 2.1.0+cu121
CUDA used to build PyTorch: 12.1
OS: Ubuntu 20.04.6 LTS (x86_64)
Is CUDA available: False
GPU models and configuration: GPU 0: Tesla K80
Nvidia driver version: 470.223.02
"""
    first = document("--report", "-", given=given)["findings"][0]  # type: ignore[index]
    assert first["id"] == "driver.too-old"
    assert "no update helps" in first["remedy"]["text"]
    assert first["remedy"]["steps"][0]["argv"][:2] == ["pip", "install"]
