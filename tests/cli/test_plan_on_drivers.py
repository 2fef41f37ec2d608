"""From a driver to a decision: what `detect` records, `plan --machine` decides on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.drivers import LAPTOP, FakeDriver, server

CARD = ("0000:01:00.0", "28e0")


def gpusetup(*arguments: str, driver: FakeDriver) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", *arguments],
        env=driver.environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def plan(driver: FakeDriver, folder: Path) -> dict[str, Any]:
    """Detected here, decided from the recording: no network is asked."""
    record = folder / "machine.json"
    detected = gpusetup("detect", "--timeout", "2", "--record", str(record), driver=driver.python())
    assert detected.returncode == 0, detected.stderr
    done = gpusetup("plan", "--machine", str(record), "--json", driver=driver)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("profile", "family"),
    [
        (LAPTOP, "13."),
        (server(8, mig=3), "12."),
        (server(4, mig=None) + "fail nvmlDeviceGetHandleByIndex 2 = 15\n", "12."),
        (LAPTOP + "hang nvmlDeviceGetCount\n", "13."),
    ],
    ids=["laptop", "mig", "lost", "hang"],
)
def test_a_driver_that_tells_its_version_gets_what_it_runs(
    fake_driver: FakeDriver, tmp_path: Path, profile: str, family: str
) -> None:
    for index in range(profile.count(" name ")):
        fake_driver.card(f"0000:{0x10 + index:02x}:00.0", "28e0" if family == "13." else "20b0")
    choice = plan(fake_driver.nvml(profile), tmp_path)["choice"]
    assert choice["cuda_runtime"].startswith(family)


def test_a_running_module_counts_although_its_library_does_not_fit(
    fake_driver: FakeDriver, tmp_path: Path
) -> None:
    fake_driver.nvml("fail nvmlInit = 18\n").cuda(12080).library_version("570.133.07")
    fake_driver.module("570.124.06").card(*CARD)
    assert plan(fake_driver, tmp_path)["choice"]["cuda_runtime"].startswith("12.")


@pytest.mark.parametrize("profile", ["fail nvmlInit = 9\n", LAPTOP + "crash nvmlInit\n"])
def test_a_card_with_an_unknown_driver_gets_a_cuda_build_and_a_warning(
    fake_driver: FakeDriver, tmp_path: Path, profile: str
) -> None:
    found = plan(fake_driver.nvml(profile).card(*CARD), tmp_path)
    assert found["choice"]["build"] != "cpu"
    assert "driver-unknown" in [warning["code"] for warning in found["warnings"]]


def test_a_card_without_driver_gets_a_cuda_build_and_a_warning(
    fake_driver: FakeDriver, tmp_path: Path
) -> None:
    found = plan(fake_driver.card(*CARD, driver=None), tmp_path)
    assert found["choice"]["build"] != "cpu"
    assert "no-driver-yet" in [warning["code"] for warning in found["warnings"]]


def test_a_driver_without_cards_gets_the_build_for_the_processor(
    fake_driver: FakeDriver, tmp_path: Path
) -> None:
    found = plan(fake_driver.nvml("driver 535.161.08\ncuda 12020\n"), tmp_path)
    assert found["choice"]["build"] == "cpu"


def test_a_driver_that_is_too_old_for_everything_is_refused(
    fake_driver: FakeDriver, tmp_path: Path
) -> None:
    profile = LAPTOP.replace("580.95.05", "390.157").replace("cuda 13000", "cuda 9010")
    found = plan(fake_driver.nvml(profile, is_old=True), tmp_path)
    assert found["choice"] is None
    assert found["refusal"] is not None
