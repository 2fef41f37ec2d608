"""Environments from channels, by the built-in engine and by a conda: made, used, taken back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Iterator

import pytest

from tests.lab.conda_shim import write_shim
from tests.lab.stub_environment import write_working_channels

pytestmark = [
    pytest.mark.torch_env,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="the stub of Python is a POSIX link"),
]
TORCH = "2.8.0"


@pytest.fixture(autouse=True)
def channels(
    tmp_path: Path, torch_python: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    folder = tmp_path / "channels"
    monkeypatch.setenv(
        "GPUSETUP_CHANNELS", write_working_channels(folder, torch_python, TORCH, minor())
    )
    monkeypatch.setenv("SHELL", "/bin/bash")
    return folder


def minor() -> str:
    """The Python of the environment with torch."""
    from tests.fixtures.torch_env import CACHE

    return "3." + next(CACHE.glob("torch-*")).name.split("-cp3")[1].split("-")[0]


def gpusetup(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", *words], capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def init(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    torch = ("--torch", TORCH, "--python", minor())
    return gpusetup(
        "init", "--yes", "--no-bench", "--origin", "conda-forge", *torch, *words, code=code
    )


def tree(home: Path) -> dict[str, str]:
    """Every file of the home folder outside gpusetup's state and the package caches."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not {"state", ".cache"} & set(path.relative_to(home).parts)
    }


def test_without_conda_the_built_in_engine_makes_an_ordinary_environment(home: Path) -> None:
    before = tree(home)
    done = init("course")
    prefix = home / "gpu-envs" / "course"
    assert f"source {prefix}/bin/activate" in done.stdout
    assert (prefix / "conda-meta" / "history").is_file()
    [torch] = (prefix / "conda-meta").glob("pytorch-*.json")
    assert torch.name.startswith(f"pytorch-{TORCH}-cpu_generic")
    assert (prefix / "conda-meta" / "pinned").read_text() == f"pytorch {TORCH} cpu*\n"

    again = init("course")
    assert "Nothing was changed" in again.stdout

    gpusetup("undo", "--yes")
    assert tree(home) == before
    assert not (home / "gpu-envs").exists()


def test_the_json_tells_engine_origin_and_the_steps(home: Path) -> None:
    document = json.loads(init("--dry-run", "--json", "--with", "rich").stdout)
    assert document["choice"]["engine"] == "rattler"
    assert document["choice"]["origin"] == "conda-forge"
    create = document["steps"][0]
    assert create["id"] == "create-env"
    assert create["argv"][:4] == ["gpusetup", "engine", "rattler", "create"]
    assert create["argv"][-4:] == [f"pytorch={TORCH}=cpu*", "numpy", "pip", "rich"]
    assert tree(home) == {}


def test_the_environment_can_be_activated_and_left(home: Path) -> None:
    init("--prefix", str(home / "my envs" / "it's"))
    prefix = home / "my envs" / "it's"
    script = prefix / "etc" / "conda" / "activate.d" / "hello.sh"
    script.parent.mkdir(parents=True)
    script.write_text("echo hello\n")
    told = subprocess.run(
        [
            "bash", "-euc",
            '. "$1/bin/activate"; command -v python; python -c "import torch"; echo "$CONDA_PREFIX"; '
            'deactivate; echo "${CONDA_PREFIX-none}"; [ "$(type -t deactivate)" = function ] || echo gone',
            "bash", str(prefix),
        ],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout.split("\n")  # fmt: skip
    assert told[:5] == ["hello", f"{prefix}/bin/python", str(prefix), "none", "gone"]


def test_a_wheel_goes_into_an_environment_of_the_built_in_engine(home: Path) -> None:
    gpusetup("init", "--yes", "--no-bench", "--engine", "rattler", "--python", minor())
    prefix = home / "gpu-envs" / "torch"
    assert list((prefix / "conda-meta").glob("python-*.json"))
    assert not list((prefix / "conda-meta").glob("pytorch-*.json"))
    assert list((prefix / "lib").glob("python3*/site-packages/torch/version.py"))
    gpusetup("undo", "--yes")
    assert not prefix.exists()


@pytest.mark.parametrize("kind", ["mamba", "micromamba"])
def test_every_kind_of_conda_is_asked_before_anything_changes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    shim = write_shim(tmp_path / "bin", kind)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    document = json.loads(init("--json", "--dry-run").stdout)
    assert document["choice"]["engine"] == kind
    assert document["steps"][0]["argv"][:2] == [str(shim), "create"]
    assert tree(home) == {}


def test_the_conda_of_the_machine_makes_the_environment(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = write_shim(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text("/opt/theirs\n")
    before = tree(home)
    document = json.loads(init("--json").stdout)
    assert document["choice"]["engine"] == "conda"
    prefix = home / "gpu-envs" / "torch"
    listed = (home / ".conda" / "environments.txt").read_text()
    assert listed == f"/opt/theirs\n{prefix}\n"
    assert list((prefix / "conda-meta").glob(f"pytorch-{TORCH}-cpu*.json"))
    gpusetup("undo", "--yes")
    assert tree(home) == before


def test_a_conda_that_is_asked_for_and_not_there_is_refused(home: Path) -> None:
    ended = json.loads(init("--engine", "mamba", "--json", code=3).stdout)
    assert ended["code"] == "plan.engine-missing"
    assert tree(home) == {}


def test_channels_that_cannot_be_read_stop_the_run_before_anything_changes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPUSETUP_CHANNELS", (tmp_path / "nowhere").as_uri())
    ended = json.loads(init("--json", code=3).stdout)
    assert ended["code"] == "conda.channel-missing"
    assert ended["facts"]["url"].startswith("file:///")
    assert tree(home) == {}


def test_a_package_that_no_channel_has_is_named(home: Path) -> None:
    ended = json.loads(init("--json", "--with", "rihc", code=3).stdout)
    assert ended["code"] == "conda.package-missing"
    assert ended["facts"]["package"] == "rihc"
    assert tree(home) == {}


@pytest.mark.parametrize("engine", ["rattler", "conda"])
def test_a_damaged_package_leaves_nothing_behind(
    home: Path, channels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    shim = write_shim(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    [package] = (channels / "conda-forge" / "linux-64").glob(f"pytorch-{TORCH}-cpu*.tar.bz2")
    package.write_bytes(package.read_bytes()[:-20])
    ended = json.loads(init("--json", "--engine", engine, code=4).stdout)
    assert ended["code"] == "run.step-failed"
    assert "damaged" in ended["text"]
    gpusetup("undo", "--yes")
    assert tree(home) == {}


def test_a_wheel_goes_into_the_environment_of_the_conda_that_is_found(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = write_shim(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    words = ("init", "--json", "--dry-run", "--python", minor())
    document = json.loads(gpusetup(*words).stdout)
    assert document["choice"]["engine"] == "conda"
    argv = [
        step["argv"][:2]
        for step in document["steps"]
        if step["id"] in ("create-env", "install-torch")
    ]
    assert argv[0] == [str(shim), "create"]
    assert argv[1][1] == "pip"
    assert "engine-fallback" not in [each["code"] for each in document["warnings"]]


def test_a_conda_that_fails_and_was_not_asked_for_leaves_it_to_uv(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = write_shim(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GPUSETUP_CHANNELS", (tmp_path / "nowhere").as_uri())
    words = ("init", "--json", "--dry-run", "--python", minor())
    document = json.loads(gpusetup(*words).stdout)
    assert document["choice"]["engine"] == "uv"
    assert "engine-fallback" in [each["code"] for each in document["warnings"]]
    asked = json.loads(gpusetup(*words, "--engine", "conda", code=3).stdout)
    assert asked["code"] == "conda.channel-missing"
    assert tree(home) == {}


@pytest.mark.parametrize("engine", ["conda", "rattler"])
def test_the_script_of_the_plan_does_what_init_does(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    shim = write_shim(tmp_path / "bin")
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{shim.parent}:{programs}:{os.environ['PATH']}")
    init("--engine", engine)
    made = tree(home / "gpu-envs")
    gpusetup("undo", "--yes")
    torch = ("--torch", TORCH, "--python", minor(), "--origin", "conda-forge")
    script = gpusetup("plan", "--engine", engine, *torch, "--script", "bash").stdout
    (home / "set-up.sh").write_text(script)
    steps = script.split("# verify")[0]  # the proof takes as long as all the rest
    subprocess.run(["bash", "-n", str(home / "set-up.sh")], check=True, timeout=60)
    subprocess.run(["bash", "-c", steps], check=True, timeout=120, capture_output=True)
    written = tree(home / "gpu-envs")
    differing = {name for name in {*made, *written} if made.get(name) != written.get(name)}
    # what `init` writes down for itself, and what holds the time
    passing = ("torch/gpusetup/", "torch/conda-meta/")
    changing = {name for name in differing if not name.startswith(passing)}
    assert {name for name in changing if not name.endswith(".pyc")} == set()
    metas = {name for name in differing if name.startswith("torch/conda-meta/")}
    assert metas <= set(made) & set(written)


def test_ctrl_c_while_packages_come_leaves_nothing_once_it_is_taken_back(
    home: Path, channels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(home / ".cache" / "of-this-test"))
    with slow_server(channels) as base:
        monkeypatch.setenv("GPUSETUP_CHANNELS", base)
        torch = ("--torch", TORCH, "--python", minor(), "--origin", "conda-forge")
        process = subprocess.Popen(
            [sys.executable, "-m", "gpusetup", "init", "--yes", "--no-bench", *torch], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        wait_for_step(home, "create-env")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    monkeypatch.setenv("GPUSETUP_CHANNELS", channels.as_uri())
    gpusetup("undo", "--yes")
    assert tree(home) == {}


@contextlib.contextmanager
def slow_server(folder: Path) -> Iterator[str]:
    """The channels over HTTP. A package of torch never comes to its end."""

    class Handler(SimpleHTTPRequestHandler):
        def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:  # type: ignore[override]
            if "pytorch-" not in self.path:
                super().copyfile(source, outputfile)
                return
            outputfile.write(source.read(100))
            time.sleep(30)

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.socket.close()


def wait_for_step(home: Path, step: str) -> None:
    """Until the journal says that a step has begun."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for file in (home / ".local" / "state" / "gpusetup" / "runs").glob("*/journal.jsonl"):
            if f'-{step}"' in file.read_text():
                return
        time.sleep(0.01)
    raise AssertionError(f"{step} never began")
