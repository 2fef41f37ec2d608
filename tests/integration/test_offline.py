"""A machine without a network: told before anything changes, with what to bring; or served from a folder."""

from __future__ import annotations

import json
import shlex
import socketserver
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.basics.errors import Refused
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice
from gpusetup.choosing.sources import Reach, Sources
from gpusetup.cli.deciding import Known
from gpusetup.cli.offline import explained
from gpusetup.compat_files import load_packaged
from gpusetup.engines.bringing import fetching
from gpusetup.machine import Arch, Libc, Machine, Os, Python
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.mirrors.catalogue import Client, Layout, Service
from gpusetup.mirrors.settings import Route
from gpusetup.mirrors.through import Through
from gpusetup.request import Engine, Origin, Request
from tests.lab.wheels import make_wheel

V = Version.parse


class Refusing(socketserver.StreamRequestHandler):
    """To every request: 503."""

    def handle(self) -> None:
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    """One that has no network itself, and says so."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing) as it:
        threading.Thread(target=it.serve_forever, daemon=True).start()
        yield "http://{}:{}".format(*it.server_address[:2])
        it.shutdown()


@pytest.fixture(autouse=True)
def no_network(home: Path, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way out leads to a proxy that has none; pip knows no folder."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    for name in (
        "PIP_FIND_LINKS",
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_NO_INDEX",
        "NO_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_CACHE_DIR", str(home / "uv-cache"))


def init(*words: str, code: int) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "init", "--yes", "--json", *words],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_with_neither_conda_nor_network_it_is_said_what_to_bring(home: Path) -> None:
    ended = init("--engine", "rattler", code=3)
    assert ended["code"] == "run.no-network"
    facts = ended["facts"]
    assert isinstance(facts, dict)
    assert facts["missing"].startswith("PyTorch 2.")
    assert facts["silent"].endswith(
        "https://conda.anaconda.org/conda-forge: the proxy does not let it through"
    )
    assert facts["command"].startswith("pip download --dest wheels --extra-index-url https://")
    assert "--wheelhouse wheels" in str(ended["next"])
    assert not (home / "gpu-envs").exists()


def test_uv_does_not_promise_a_channels_build_when_no_wheel_can_be_reached(home: Path) -> None:
    refused = init("--engine", "uv", code=3)
    assert refused["choice"] is None
    refusal = refused["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["code"] == "origin-unreachable"
    assert not (home / "gpu-envs").exists()


def minor() -> str:
    return "{}.{}".format(*sys.version_info)


def house(folder: Path, *names: str) -> Path:
    short = minor().replace(".", "")
    make_wheel(folder, "torch", "2.13.0+cpu", tag=f"cp{short}-cp{short}-manylinux_2_28_x86_64")
    for name in names:
        make_wheel(folder, name, "26.1")
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="the stub wheel is for Linux")
def test_a_folder_with_all_that_is_needed_serves_without_an_index(tmp_path: Path) -> None:
    folder = house(tmp_path / "wheels", "numpy", "pip")
    words = ("--engine", "uv", "--dry-run", "--python", minor(), "--wheelhouse", str(folder))
    document = init(*words, code=0)
    choice = document["choice"]
    assert isinstance(choice, dict)
    assert (choice["torch"], choice["origin"]) == ("2.13.0", "wheelhouse")


@pytest.mark.skipif(sys.platform != "linux", reason="the stub wheel is for Linux")
@pytest.mark.parametrize("listening", [True, False])
def test_what_the_folder_lacks_is_named(
    tmp_path: Path, home: Path, listening: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not listening:  # who names a folder means to do without a network
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    folder = house(tmp_path / "wheels", "pip")
    ended = init("--engine", "uv", "--python", minor(), "--wheelhouse", str(folder), code=3)
    assert ended["code"] == "run.no-network"
    assert ended["facts"]["missing"] == "numpy"  # type: ignore[index]
    assert not (home / "gpu-envs").exists()


@pytest.mark.parametrize(
    ("layout", "option"), [(Layout.PEP503, "--extra-index-url"), (Layout.FLAT, "--find-links")]
)
def test_what_to_bring_comes_from_the_mirror_of_this_run(layout: Layout, option: str) -> None:
    wheels = Route(Service.WHEELS, "https://nju.example/whl", "nju", (Client.UV,), layout=layout)
    silent = (Reach(Origin.PYPI, False), Reach(Origin.WHEEL_INDEX, False))
    python = Python(V("3.12"), "/usr/bin/python3")
    machine = Machine(
        Os.LINUX, Arch.X86_64, libc=Libc("glibc", V("2.36")), gpus=(), python=python,
        other_pythons=(python,),
    )  # fmt: skip
    known = Known(machine, Sources(silent), load_packaged(), through=Through(wheels=wheels))
    refused = Refused("run.unresolvable", cause="timed out", output="")
    found = explained(refused, known, Request(origin=Origin.WHEEL_INDEX))
    assert found.code == "run.no-network"
    words = shlex.split(str(found.facts["command"]))
    assert words[words.index(option) + 1].startswith("https://nju.example/whl/")


def test_the_command_that_fetches_names_the_exact_build() -> None:
    build = Build(
        torch=V("2.14.1"), build="cu126", origin=Origin.WHEEL_INDEX, platform="linux-x86_64",
        cuda_runtime=V("12.6"), architectures=((8, 6),), ptx=(), pythons=(V("3.12"),), local="cu126",
    )  # fmt: skip
    choice = Choice(build, V("3.12"), Engine.UV, Confidence.HIGH, pins=("numpy<2",))
    assert fetching(choice, ("numpy",), "https://index.example/whl") == (
        "pip", "download", "--dest", "wheels", "--extra-index-url", "https://index.example/whl/cu126",
        "torch==2.14.1+cu126", "numpy", "numpy<2",
    )  # fmt: skip
