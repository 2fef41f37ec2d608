"""`gpusetup detect` as people and scripts call it, each time as a process of its own."""

from __future__ import annotations

import json
import platform
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gpusetup.cli.detect_screen import machine_lines
from gpusetup.machine import Absence, Arch, Machine, Os
from tests.fixtures.drivers import LAPTOP, FakeDriver, server


def detect(
    *arguments: str, environ: dict[str, str] | None = None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", "detect", *arguments],
        env=environ,
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def document(*arguments: str, driver: FakeDriver) -> dict[str, Any]:
    done = detect("--json", *arguments, environ=driver.environment())
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    assert found["schema"] == "gpusetup.machine/1"
    return found


def test_a_laptop_as_json(fake_driver: FakeDriver) -> None:
    found = document(driver=fake_driver.nvml(LAPTOP).module("580.95.05", is_open=True))
    assert found["driver"] == {"version": "580.95.05", "cuda_version": "13.0", "module": "open"}
    (gpu,) = found["gpus"]
    assert gpu["name"] == "NVIDIA GeForce RTX 4060 Laptop GPU"
    assert gpu["compute_capability"] == "8.9"
    assert gpu["memory_mib"] == 8188


def test_no_gpu_is_exit_0_and_said(fake_driver: FakeDriver) -> None:
    found = document(driver=fake_driver)
    assert (found["driver"], found["gpus"], found["pci_gpus"]) == (None, [], [])
    done = detect(environ=fake_driver.environment())
    assert done.returncode == 0
    # a container, where tests may run, speaks of what can be seen from inside
    assert "PyTorch will compute on the processor" in done.stdout


def test_a_hang_ends_in_time_and_leaves_no_process(fake_driver: FakeDriver) -> None:
    driver = fake_driver.nvml("hang nvmlInit\n")
    began = time.monotonic()
    done = detect("--json", "--timeout", "3", environ=driver.environment())
    assert time.monotonic() - began < 5
    found = json.loads(done.stdout)
    assert "driver" not in found
    nvml = next(each for each in found["readings"] if each["source"] == "nvml")
    assert (nvml["status"], nvml["detail"]) == ("timeout", "nvmlInit")
    assert "Waiting for NVML" in done.stderr
    assert not running_with(driver)


def test_ctrl_c_ends_a_hang_with_130_and_its_child(fake_driver: FakeDriver) -> None:
    driver = fake_driver.nvml("hang nvmlInit\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "gpusetup", "detect"],
        env=driver.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    process.stderr.readline()  # it has waited a second
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert not running_with(driver)


def running_with(driver: FakeDriver) -> list[str]:
    """The processes that have this fake driver in their environment."""
    mark = f"GPUSETUP_FAKE_NVML={driver.environ['GPUSETUP_FAKE_NVML']}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("profile", "driver_line", "hint"),
    [
        ("fail nvmlInit = 9\n", "its kernel module is not loaded", "sudo modprobe nvidia"),
        ("fail nvmlInit = 18\n", "the old one is still running", "Restart the computer."),
        ("fail nvmlInit = 4\n", "this user may not use the GPU", "Ask the administrator"),
        ("fail nvmlInit = 999\n", "reports an unknown error", "restart the computer"),
        ("crash nvmlInit\n", "library crashed", "Install the driver again"),
    ],
)
def test_each_failure_has_a_reason_and_a_remedy(
    fake_driver: FakeDriver, profile: str, driver_line: str, hint: str
) -> None:
    done = detect(environ=fake_driver.nvml(profile).environment())
    assert done.returncode == 0
    assert driver_line in done.stdout
    assert hint in done.stderr


def test_a_conflict_is_shown_with_its_remedy(fake_driver: FakeDriver) -> None:
    fake_driver.nvml("fail nvmlInit = 18\n").cuda(12080).library_version("570.133.07")
    done = detect(environ=fake_driver.module("570.124.06").environment())
    assert "driver 570.124.06 is running, but 570.133.07 is installed" in done.stdout
    assert done.stderr.count("Restart the computer.") == 1


def test_a_container_without_gpu_access_is_told_how_to_get_it(fake_driver: FakeDriver) -> None:
    fake_driver.module("550.54.15").card("0000:01:00.0", "2204").file(".dockerenv", "")
    found = document(driver=fake_driver)
    assert (found["driver"]["version"], found["gpus"]) == ("550.54.15", [])
    done = detect(environ=fake_driver.environment())
    assert "does not work: its libraries are not here" in done.stdout
    assert "--gpus all" in done.stderr


def test_equal_cards_share_a_line_and_slices_are_named(fake_driver: FakeDriver) -> None:
    done = detect(environ=fake_driver.nvml(server(8, mig=3)).environment())
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "✓ GPU          7 × NVIDIA A100-SXM4-40GB, 40.0 GiB, compute capability 8.0" in lines
    assert "divided into 2 MIG slices: 3g.20gb, 3g.20gb" in lines


def test_verbose_shows_every_source(fake_driver: FakeDriver) -> None:
    done = detect("--verbose", environ=fake_driver.nvml(LAPTOP).environment())
    for source in ("pci", "kernel-module", "device-nodes", "libcuda", "nvml"):
        assert f"\n{source} " in done.stdout


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_recorded_profile_can_be_read_and_names_nobody(
    fake_driver: FakeDriver, tmp_path: Path, suffix: str
) -> None:
    from gpusetup.profiles.reading import machine_from_text

    record = tmp_path / f"machine.{suffix}"
    environ = {**fake_driver.nvml(server(8, mig=3)).environment(), "USER": "somebody"}
    done = detect("--record", str(record), environ=environ)
    assert done.returncode == 0
    text = record.read_text("utf-8")
    machine = machine_from_text(text, record.name)
    assert machine.gpus is not None
    assert len(machine.gpus) == 8
    for secret in ("GPU-0", "MIG-0", "MIG-4", "somebody", platform.node()):
        assert not re.search(rf"\b{re.escape(secret)}\b", text), secret


def test_a_profile_that_cannot_be_written_is_said(fake_driver: FakeDriver, tmp_path: Path) -> None:
    done = detect("--record", str(tmp_path / "no" / "m.yaml"), environ=fake_driver.environment())
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pasted_table_is_read_from_standard_input() -> None:
    text = """\
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 550.144.03             Driver Version: 550.144.03     CUDA Version: 12.4     |
|-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|                                         |                        |               MIG M. |
|=========================================+========================+======================|
|   0  NVIDIA GeForce RTX 3090        Off |   00000000:01:00.0 Off |                  N/A |
| 30%   35C    P8             20W /  350W |       1MiB /  24576MiB |      0%      Default |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+
"""
    done = detect("--from", "-", "--json", text=text)
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["driver"]["version"] == "550.144.03"
    assert [gpu["compute_capability"] for gpu in found["gpus"]] == ["8.6"]


def test_a_pasted_error_has_its_remedy() -> None:
    text = "Failed to initialize NVML: Driver/library version mismatch\n"
    done = detect("--from", "-", text=text)
    assert done.returncode == 0
    assert "Restart the computer." in done.stderr


def test_a_recorded_profile_is_a_report_too(fake_driver: FakeDriver, tmp_path: Path) -> None:
    record = tmp_path / "machine.yaml"
    detect("--record", str(record), environ=fake_driver.nvml(LAPTOP).environment())
    found = json.loads(detect("--from", str(record), "--json").stdout)
    assert [gpu["name"] for gpu in found["gpus"]] == ["NVIDIA GeForce RTX 4060 Laptop GPU"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "/nowhere/report.txt"),
        ("--from", "/"),
        ("--from", "-"),
        ("--timeout", "0"),
        ("--timeout", "nan"),
        ("--timeout", "soon"),
    ],
)
def test_what_cannot_be_used_is_one_message_and_exit_2(arguments: tuple[str, ...]) -> None:
    done = detect("--json", *arguments)
    assert done.returncode == 2
    assert json.loads(done.stdout)["schema"] == "gpusetup.error/1"


def test_json_needs_no_screen_libraries(fake_driver: FakeDriver) -> None:
    code = (
        "import sys\nfrom gpusetup.cli.main import run\nrun(['detect', '--json'])\n"
        "print([each for each in ('rich', 'questionary', 'yaml', 'pynvml') if each in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=fake_driver.nvml(LAPTOP).environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_text_that_only_quotes_an_error_is_no_report(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text('An old build has no code for that GPU ("no kernel image is available").\n')
    done = detect("--from", str(page))
    assert done.returncode == 2
    assert done.stderr.startswith("error: This report tells of an error, but of no driver")
    assert "gpusetup doctor --report FILE" in done.stderr


def test_what_sources_answered_is_said_in_the_language(fake_driver: FakeDriver) -> None:
    done = detect("--verbose", "--lang", "zh", environ=fake_driver.environment())
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert "找不到 libcuda.so.1" in rows["libcuda"]
    assert "找不到 NVML 库（12）" in rows["nvml"]
    raw = document("--lang", "zh", driver=fake_driver)["readings"]
    nvml = next(each for each in raw if each["source"] == "nvml")
    assert nvml["detail"] == "12 NVML Shared Library Not Found"


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"wsl": 2}, "no NVIDIA driver can be seen from here"),
        ({"container": "docker"}, "no NVIDIA driver can be seen from here"),
        ({}, "no NVIDIA driver, and none is needed"),
    ],
)
def test_a_guest_says_of_a_driver_only_that_it_is_not_seen(
    where: dict[str, Any], words: str
) -> None:
    machine = Machine(Os.LINUX, Arch.X86_64, driver=Absence.NOT_THERE, gpus=(), **where)
    assert words in "\n".join(each.text for each in machine_lines(machine))
