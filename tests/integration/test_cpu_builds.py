"""The ways in which conda gives a CPU build in silence: each is stopped before a byte is downloaded.

The machine has a GPU (a real pynvml and rattler see it through the stand-in of the driver). The
channels hold listings only: a package that somebody tried to download would not be there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.compat_files import packaged_or_configured
from gpusetup.request import Origin
from tests.fixtures.drivers import FakeDriver, server
from tests.lab.careless_conda import write_careless
from tests.lab.conda_shim import write_shim
from tests.lab.torch_channels import write_channels

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the shim is a POSIX script")


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All builds of some releases, with their CPU decoys."""
    matrix = packaged_or_configured({}, None)
    releases = ("1.13.1", "2.1.2", "2.5.1", "2.8.0")
    folder = tmp_path_factory.mktemp("channels")
    write_channels(
        folder,
        [
            each
            for each in matrix.builds
            if each.origin.is_conda
            and each.platform == "linux-x86_64"
            and str(each.torch) in releases
        ],
    )
    return folder.as_uri()


def init(
    driver: FakeDriver, channels: str, program: Path | None, *words: str, code: int = 3
) -> dict[str, object]:
    environ = driver.environment()
    environ["GPUSETUP_CHANNELS"] = channels
    environ.pop("CONDA_OVERRIDE_CUDA", None)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        environ[name] = "http://127.0.0.1:9"  # wheels are not the question
    if program:
        environ["PATH"] = f"{program.parent}:{environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "init", "--yes", "--json", "--no-bench", *words],
        env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


@pytest.fixture
def a100(fake_driver: FakeDriver) -> FakeDriver:
    return fake_driver.nvml(server(1, mig=None)).cuda(12040).card("0000:10:00.0", "20b0").python()


WAYS = {
    "old-toolkit": ("pytorch", "1.13.1 --cuda 11.6", "3.10", "conda.cpu-by-toolkit", "cudatoolkit"),
    "without-nvidia": ("pytorch", "2.5.1", "3.12", "conda.cpu-without-nvidia", "nvidia channel"),
    "forge-first": ("pytorch", "2.1.2", "3.11", "conda.cpu-by-priority", "conda-forge comes before"),
    "without-driver": ("conda-forge", "2.8.0", "3.12", "conda.cpu-without-driver", "no GPU driver"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_cpu_build_that_slips_in_is_stopped_and_its_way_is_named(
    home: Path, tmp_path: Path, a100: FakeDriver, channels: str, way: str
) -> None:
    origin, torch, python, code, words = WAYS[way]
    program = write_careless(tmp_path / "bin", way)
    wished = (
        "--engine",
        "conda",
        "--origin",
        origin,
        "--python",
        python,
        "--torch",
        *torch.split(),
    )
    ended = init(a100, channels, program, *wished)
    assert ended["code"] == code
    assert words in str(ended["text"])
    assert "cpu" in str(ended["facts"]["found"])  # type: ignore[index]
    assert not (home / "gpu-envs").exists()


@pytest.mark.parametrize(
    ("way", "engine"), [("forge-first", "conda"), ("without-driver", "rattler")]
)
def test_the_same_wishes_are_planned_well_by_an_honest_engine(
    home: Path, tmp_path: Path, a100: FakeDriver, channels: str, way: str, engine: str
) -> None:
    """So the refusals above are due to the way, and not to the wish."""
    origin, torch, python, *_ = WAYS[way]
    program = write_shim(tmp_path / "bin")
    wished = ("--engine", engine, "--origin", origin, "--python", python, "--torch", *torch.split())
    document = init(a100, channels, program, *wished, "--dry-run", code=0)
    choice = document["choice"]
    assert isinstance(choice, dict)
    assert (choice["torch"], choice["origin"]) == (torch.split()[0], Origin(origin).value)
    assert choice["build"].startswith("cu")


def test_on_a_login_node_conda_is_told_the_driver_of_the_compute_nodes(
    home: Path, tmp_path: Path, fake_driver: FakeDriver, channels: str
) -> None:
    """No driver here: the build is asked for by name, with the override in the command."""
    program = write_shim(tmp_path / "bin")
    wished = ("--engine", "conda", "--origin", "conda-forge", "--torch", "2.8.0", "--cuda", "12.9")
    document = init(
        fake_driver.python(), channels, program, *wished, "--python", "3.12", "--dry-run", code=0
    )
    create = document["steps"][0]  # type: ignore[index]
    assert create["env"]["CONDA_OVERRIDE_CUDA"] == "12.9"
    assert "pytorch=2.8.0=cuda129*" in create["argv"]


def test_the_plan_shows_the_builds_that_the_channels_would_give(
    home: Path, tmp_path: Path, a100: FakeDriver, channels: str
) -> None:
    """What a careful person reads before agreeing: which Python, which build, from where."""
    words = ("--engine", "conda", "--origin", "pytorch", "--torch", "2.5.1", "--python", "3.12")
    program = write_shim(tmp_path / "bin")
    found = init(a100, channels, program, *words, "--dry-run", code=0)["packages"]
    assert isinstance(found, list)
    torch = next(each for each in found if each["name"] == "pytorch")
    assert torch["build"].startswith("py3.12_cuda12.4_")
    assert "pytorch" in torch["channel"]
