"""conda installed for people who have none: below their home folder, without root, taken back whole."""

from __future__ import annotations

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
from typing import Callable, ClassVar

import pytest

from gpusetup.effects.journal import runs
from gpusetup.effects.places import state_folder
from gpusetup.road.keeping import next_place
from tests.lab.channel import Stub, write_channel
from tests.lab.conda_shim import VERSION, write_shim

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stubs are POSIX scripts")


@pytest.fixture(autouse=True)
def channel(home: Path, tmp_path: Path, fake_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """conda-forge with a conda that answers (by the shim) and is linked into the base."""
    shim = write_shim(tmp_path / "shim").read_text()
    python = {"bin/python": ("#!/bin/sh\nexit 0\n", 0o755)}
    stubs = [
        Stub("python", "3.13.9", "h0_cpython", files=python),
        Stub("pip", "25.3", "pyh0_0", ("python",), subdir="noarch", files={"s": ("x", 0o644)}),
        Stub("conda", VERSION, "py313h0_0", ("python 3.13.*",), files={"bin/conda": (shim, 0o755)}),
        Stub("mamba", "2.5.0", "h0_0", files={"bin/mamba": ("#!/bin/sh\n", 0o755)}),
    ]
    write_channel(tmp_path / "channels" / "conda-forge", stubs, packages=True)
    monkeypatch.setenv("GPUSETUP_CHANNELS", (tmp_path / "channels").as_uri())


@pytest.fixture
def fake_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no conda can be found by chance."""
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.setenv("GPUSETUP_ROOT", str(root))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.delenv("MAMBA_EXE", raising=False)
    return root


def gpusetup(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", *words], capture_output=True, text=True, timeout=120,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def files(folder: Path) -> set[str]:
    ours = {"state", ".cache", "share"}
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(name) for name in names if not ours & set(name.parts)}


def test_conda_is_installed_and_taken_back_and_no_shell_file_is_touched(home: Path) -> None:
    (home / ".bashrc").write_text("# mine\n")
    done = gpusetup("engine", "conda", "--yes")
    base = home / "miniforge3"
    assert f"{base}/bin/conda init" in done.stdout + done.stderr
    said = subprocess.run(
        [base / "bin" / "conda", "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"conda {VERSION}\n"
    assert (base / ".condarc").read_text() == "channels:\n  - conda-forge\n"
    assert (base / "conda-meta" / "history").is_file()
    assert (home / ".bashrc").read_text() == "# mine\n"
    gpusetup("undo", "--yes")
    assert files(home) == {".bashrc"}


def test_a_dry_run_says_what_would_come_and_changes_nothing(home: Path) -> None:
    done = gpusetup("engine", "conda", "--dry-run")
    assert "4 packages" in done.stdout + done.stderr
    assert files(home) == set()


def test_a_dry_run_prints_a_document_too(home: Path) -> None:
    planned = json.loads(gpusetup("engine", "conda", "--dry-run", "--json").stdout)
    assert (planned["schema"], planned["changed"], planned["run"]) == ("gpusetup.conda/1", False, None)  # fmt: skip
    assert {each["name"] for each in planned["packages"]} == {"python", "pip", "conda", "mamba"}
    assert [each["id"] for each in planned["steps"]] == ["create-env", "write-config"]
    assert planned["prefix"] == str(home / "miniforge3")
    assert files(home) == set()


@pytest.mark.parametrize("way", ["--dry-run", "--yes"])
def test_a_disk_that_is_too_small_is_seen_before_anything_changes(way: str, home: Path, tmp_path: Path) -> None:  # fmt: skip
    for listed in (tmp_path / "channels").rglob("repodata.json"):
        told = json.loads(listed.read_text())
        for package in (*told["packages"].values(), *told.get("packages.conda", {}).values()):
            package["size"] = 1 << 50
        listed.write_text(json.dumps(told))
    ended = json.loads(gpusetup("engine", "conda", way, "--json", code=3).stdout)
    assert ended["code"] == "run.disk-too-small"
    assert files(home) == set()


class _Slow(SimpleHTTPRequestHandler):
    """Lists at once; no package before the test is over, and none then."""

    over: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        if self.path.endswith((".bz2", ".conda")) and "repodata" not in self.path:
            self.over.wait(60)
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


def test_a_closed_terminal_ends_it_and_undo_takes_it_back(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Slow, directory=str(tmp_path / "channels")))  # fmt: skip
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("GPUSETUP_CHANNELS", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = subprocess.Popen(
        [sys.executable, "-m", "gpusetup", "engine", "conda", "--yes", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        state = state_folder(os.environ)
        _wait_for(lambda: any(entry.event == "step" for run in runs(state) for entry in run.entries()))  # fmt: skip
        time.sleep(1)  # the child is at work
        running.send_signal(signal.SIGHUP)
        ended = json.loads(running.communicate(timeout=30)[0])
    finally:
        running.kill()
        _Slow.over.set()
        server.shutdown()
        server.server_close()
    assert (running.returncode, ended["code"]) == (130, "engine.conda-stopped")
    assert [run.state() for run in runs(state)] == ["interrupted"]
    gpusetup("undo", "--yes")
    assert files(home) == set()


def _wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_environment_is_kept_and_put_back_with_a_document(home: Path) -> None:
    prefix = home / "env"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python").write_text("old")
    place = next_place(prefix)
    for action, state in (("keep", "kept"), ("put-back", "put-back")):
        words = ("engine", action, "--prefix", str(prefix), "--at", str(place), "--json")
        told = json.loads(gpusetup(*words).stdout)
        assert (told["schema"], told["state"], told["run"]) == ("gpusetup.run/1", state, None)
        assert (told["prefix"], told["kept"]) == (str(prefix), str(place))
        (prefix / "bin" / "python").write_text("new")
    assert not place.exists()


def test_without_a_terminal_nothing_is_installed_unasked(home: Path) -> None:
    gpusetup("engine", "conda", code=2)
    assert files(home) == set()


def test_a_conda_that_is_there_is_enough_unless_another_place_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = write_shim(tmp_path / "bin")
    monkeypatch.setenv("CONDA_EXE", str(shim))
    monkeypatch.delenv("GPUSETUP_ROOT")
    ended = json.loads(gpusetup("engine", "conda", "--yes", "--json", code=3).stdout)
    assert (ended["code"], ended["facts"]["path"]) == ("engine.conda-there", str(shim))
    words = ("engine", "conda", "--yes", "--json", "--prefix", str(home / "my base"))
    made = json.loads(gpusetup(*words).stdout)
    assert made["executable"] == str(home / "my base" / "bin" / "conda")
