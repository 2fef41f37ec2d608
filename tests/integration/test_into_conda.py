"""A build from a channel goes into a conda environment that is there, or leaves it as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gpusetup.road.keeping import FOLDER
from tests.fixtures.drivers import LAPTOP, FakeDriver
from tests.integration.test_conda_engines import TORCH, minor
from tests.lab.bits import bits_of
from tests.lab.conda_shim import write_shim
from tests.lab.stub_environment import write_working_channels

pytestmark = [
    pytest.mark.torch_env,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="the stub of Python is a POSIX link"),
]
OLD = "2.7.1"


@pytest.fixture(autouse=True)
def channels(
    tmp_path: Path, torch_python: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    folder = tmp_path / "channels"
    base = write_working_channels(folder, torch_python, TORCH, minor(), older=OLD)
    monkeypatch.setenv("GPUSETUP_CHANNELS", base)
    monkeypatch.setenv("SHELL", "/bin/bash")
    shim = write_shim(tmp_path / "miniconda3" / "bin")
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def cola(tmp_path: Path, channels: Path) -> Path:
    """What a conda user has: a CPU build of an older torch, other packages, notebooks."""
    prefix = tmp_path / "miniconda3" / "envs" / "cola"
    conda(
        "create", "--yes", "-n", "cola", "-O", "-c", f"{channels.as_uri()}/conda-forge",
        f"python={minor()}", f"pytorch={OLD}=cpu*", "torchvision", "rich", "numpy=2.3.0", "pip",
    )  # fmt: skip
    (prefix / "notebooks").mkdir()
    (prefix / "notebooks" / "thesis.ipynb").write_text("years")
    (prefix / "conda-meta" / "pinned").write_text(f"numpy 2.3.*\npytorch {OLD} cpu*\n")
    return prefix


def conda(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        ["conda", *words], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def gpusetup(*words: str, code: int = 0, env: dict[str, str] | None = None) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", *words, "--json"], capture_output=True, text=True,
        timeout=300, stdin=subprocess.DEVNULL, check=False, env=env,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


WISHES = ("--into", "cola", "--torch", TORCH, "--origin", "conda-forge")


def packages(prefix: Path) -> dict[str, str]:
    listed = json.loads(conda("list", "-p", str(prefix), "--json"))
    return {each["name"]: f"{each['version']}={each['build_string']}" for each in listed}


@pytest.mark.parametrize("engine", ["conda", "rattler"])
def test_torch_is_replaced_and_what_is_there_stays(cola: Path, engine: str) -> None:
    conda(
        "remove", "--yes", "-n", "cola", "--force", "torchvision"
    )  # a stub that cannot be imported
    before, bits = packages(cola), bits_of(cola)
    document = gpusetup("init", "--yes", "--no-bench", "--engine", engine, *WISHES)
    assert document["prefix"] == str(cola)
    after = packages(cola)
    assert after["pytorch"].startswith(f"{TORCH}=cpu")
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {"pytorch"}
    pinned = (cola / "conda-meta" / "pinned").read_text().splitlines()
    assert pinned[:2] == ["numpy 2.3.*", f"pytorch {TORCH} cpu*"]

    entered = subprocess.run(
        ["bash", "-c", document["activate"] + "; command -v python"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert entered.stdout.strip() == f"{cola}/bin/python"

    (cola / "results").mkdir()
    gpusetup("undo", "--yes")
    (cola / "results").rmdir()
    os.utime(cola, ns=(bits["."][3],) * 2)  # type: ignore[call-overload]
    assert bits_of(cola) == bits


@pytest.fixture
def with_gpu(fake_driver: FakeDriver) -> dict[str, str]:
    """What a process must see to find a GPU here."""
    environ = fake_driver.nvml(LAPTOP).cuda(13000).environment()
    environ.pop("GPUSETUP_ROOT")
    return environ


@pytest.mark.parametrize("engine", ["conda", "rattler"])
def test_a_cpu_build_gives_way_to_the_gpu_build_and_its_companions_too(
    cola: Path, with_gpu: dict[str, str], engine: str
) -> None:
    bits = bits_of(cola)
    words = ("--into", "cola", "--torch", TORCH, "--origin", "conda-forge", "--engine", engine)
    plan = gpusetup("init", "--dry-run", *words, env=with_gpu)
    assert plan["choice"]["build"] == "cu129"
    assert plan["choice"]["torchvision"] == "0.23.0"  # it is there, so it comes along
    steps = [each["id"] for each in plan["steps"]]
    assert steps[:3] == ["keep-old", "install-torch", "write-config"]
    assert bits_of(cola) == bits


def test_a_gpu_build_that_does_not_run_leaves_the_environment_as_it_was(
    cola: Path, with_gpu: dict[str, str]
) -> None:
    """There is no GPU, in truth."""
    bits = bits_of(cola)
    failed = gpusetup("init", "--yes", "--no-bench", *WISHES, code=1, env=with_gpu)
    assert "is as it was before" in failed["text"]
    assert bits_of(cola) == bits


def test_packages_of_a_channel_that_is_not_asked_stay(cola: Path, channels: Path) -> None:
    """From `defaults`, say: they are neither replaced nor renewed."""
    for record in (cola / "conda-meta").glob("*.json"):
        raw = json.loads(record.read_text())
        moved = raw["url"].replace("/conda-forge/", "/main/")
        record.write_text(json.dumps({**raw, "url": moved, "channel": f"{channels.as_uri()}/main"}))
    for engine in ("rattler", "conda"):
        plan = gpusetup("init", "--dry-run", "--engine", engine, *WISHES)
        assert [each["code"] for each in plan["warnings"] if each["code"].startswith("into")] == []


def test_a_package_that_is_damaged_leaves_the_environment_as_it_was(
    cola: Path, channels: Path
) -> None:
    [package] = (channels / "conda-forge" / "linux-64").glob(f"pytorch-{TORCH}-cpu*.tar.bz2")
    package.write_bytes(package.read_bytes()[:-20])
    bits = bits_of(cola)
    for engine in ("rattler", "conda"):
        failed = gpusetup("init", "--yes", "--engine", engine, *WISHES, code=4)
        assert failed["code"] == "into.failed"
        assert "damaged" in failed["text"]
        assert bits_of(cola) == bits


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
def test_what_is_cut_in_the_middle_leaves_the_environment_as_it_was(
    cola: Path, home: Path, number: signal.Signals
) -> None:
    bits = bits_of(cola)
    process = subprocess.Popen(
        [sys.executable, "-m", "gpusetup", "init", "--yes", "--no-bench", *WISHES],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    runs = home / ".local" / "state" / "gpusetup" / "runs"
    deadline = time.monotonic() + 60
    while not any("-verify" in each.read_text() for each in runs.glob("*/journal.jsonl")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    if number is signal.SIGKILL:
        assert packages(cola)["pytorch"].startswith(TORCH)
        assert bits_of(cola, without=(FOLDER,)) != bits
        gpusetup("undo", "--yes")
    else:
        assert process.returncode == 130, output
        assert "is as it was before" in output
    assert bits_of(cola) == bits


def test_a_wheel_takes_the_place_of_condas_own_torch(cola: Path) -> None:
    plan = gpusetup("init", "--dry-run", "--into", "cola")
    steps = [each["id"] for each in plan["steps"]]
    assert steps[:3] == ["keep-old", "remove-torch", "write-config"]
    assert plan["choice"]["engine"] == "uv"
    [removing] = [each for each in plan["steps"] if each["id"] == "remove-torch"]
    assert removing["argv"][-2:] == ["pytorch", "torchvision"]
    before = packages(cola)
    subprocess.run(
        [sys.executable, "-m", *removing["argv"]], check=True, capture_output=True, timeout=60
    )
    assert {
        **packages(cola),
        "pytorch": before["pytorch"],
        "torchvision": before["torchvision"],
    } == before


def test_what_somebody_wished_for_is_never_lost(cola: Path, channels: Path) -> None:
    """A package that only goes with the old torch."""
    conda(
        "install", "--yes", "-n", "cola", "-O", "-c", f"{channels.as_uri()}/conda-forge", "oldfriend"
    )  # fmt: skip
    bits = bits_of(cola)
    for engine in ("rattler", "conda"):
        refused = gpusetup("init", "--yes", "--engine", engine, *WISHES, code=3)
        assert refused["code"] in ("conda.would-remove", "conda.unsolvable", "conda.conflict")
        assert "oldfriend" in refused["text"]
        assert bits_of(cola) == bits


def test_a_build_of_a_channel_goes_into_conda_environments_only(home: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    refused = gpusetup("init", "--yes", "--into", f"{venv}/", "--origin", "conda-forge", code=3)
    assert refused["code"] == "plan.into-conda"
