"""Disks, caches and folders that stand in the way: one clear message, and nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

from tests.lab.channel import Stub, write_channel
from tests.lab.conda_shim import write_shim

pytestmark = pytest.mark.skipif(os.name != "posix", reason="file locks and rights of POSIX")
LARGE = 3_000_000  # bytes unpacked; packed next to nothing, so that no look at sizes stops it


@pytest.fixture
def channel(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(home / "cache"))
    python = {"bin/python": ("#!/bin/sh\nexit 1\n", 0o755)}
    stubs = [Stub("python", f"3.{minor}.9", "h0_cpython", files=python) for minor in range(9, 15)]
    stubs += [
        Stub("pip", "25.3", "pyh0_0", ("python",), subdir="noarch", files={"s": ("x", 0o644)}),
        Stub("numpy", "2.3.1", "h0", files={"share/numpy": ("x", 0o644)}),
        Stub("large", "1", "h0", files={"share/large": ("x" * LARGE, 0o644)}),
    ]
    stubs += [
        Stub("pytorch", "2.8.0", f"cpu_generic_py3{minor}_h0_1", (f"python 3.{minor}.*",))
        for minor in range(9, 14)
    ]
    write_channel(tmp_path / "channels" / "conda-forge", stubs, packages=True)
    base = (tmp_path / "channels").as_uri()
    monkeypatch.setenv("GPUSETUP_CHANNELS", base)
    return f"{base}/conda-forge"


def gpusetup(*words: str, code: int) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", *words, "--json"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def make(channel: str, prefix: Path, *specs: str, code: int) -> dict[str, object]:
    words = ("engine", "rattler", "create", "--prefix", str(prefix), "-c", channel)
    return gpusetup(*words, *specs, code=code)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for next to nothing."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = os.getuid() == 0 and sys.platform == "linux" and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)],
        capture_output=True, check=False,
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("a small disk can only be mounted by root on Linux")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("engine", ["rattler", "conda"])
def test_a_disk_that_fills_up_in_the_middle_is_said_and_left_as_it_was(
    channel: str, home: Path, tmp_path: Path, small_disk: Path, engine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("PATH", f"{write_shim(tmp_path / 'bin').parent}:{os.environ['PATH']}")
    (small_disk / "mine").write_text("mine")
    ended = gpusetup(
        "init", "--yes", "--no-bench", "--engine", engine, "--origin", "conda-forge", "--cpu",
        "--torch", "2.8.0", "--prefix", str(small_disk / "e"), "--with", "large", code=4,
    )  # fmt: skip
    assert "disk is full" in str(ended["text"])
    gpusetup("undo", "--yes", code=0)
    assert {each.name for each in small_disk.iterdir()} == {"mine"}


@contextmanager
def another_program(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """Holds a file as rattler holds its cache, until it is ended."""
    code = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def lock(home: Path) -> Path:
    path = home / "cache" / "pkgs" / ".cache.lock"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_a_cache_that_another_program_holds_is_waited_for_and_then_said(
    channel: str, home: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPUSETUP_LOCK_WAIT", "1")
    with another_program(lock):
        ended = make(channel, home / "e", "pip", code=4)
    assert ended["code"] == "conda.locked"
    assert str(lock) in str(ended["text"])
    assert not (home / "e").exists()


def test_once_the_other_program_is_done_the_work_goes_on(
    channel: str, home: Path, lock: Path
) -> None:
    with another_program(lock) as other:
        words = ("engine", "rattler", "create", "--prefix", str(home / "e"), "-c", channel, "pip")
        ours = subprocess.Popen([sys.executable, "-m", "gpusetup", *words])
        time.sleep(1.0)
        assert ours.poll() is None
        other.kill()
        assert ours.wait(timeout=60) == 0
    assert (home / "e" / "conda-meta").is_dir()


def test_a_damaged_package_in_the_cache_is_fetched_again(channel: str, home: Path) -> None:
    make(channel, home / "first", "pip", code=0)
    [unpacked] = [each for each in (home / "cache" / "pkgs").glob("pip-*") if each.is_dir()]
    (unpacked / "s").write_text("not what it was")
    (unpacked / "info" / "paths.json").write_text("{")
    make(channel, home / "second", "pip", code=0)
    assert (home / "second" / "s").read_text() == "x"


@pytest.mark.skipif(os.name == "posix" and os.getuid() == 0, reason="root may write everywhere")
def test_a_cache_that_may_not_be_written_is_said(channel: str, home: Path) -> None:
    (home / "cache").mkdir(mode=0o500)
    ended = make(channel, home / "e", "pip", code=4)
    assert ended["code"] == "conda.unwritable"


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A file system that nobody may write, root neither."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    mounted = os.getuid() == 0 and sys.platform == "linux" and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "none", str(folder)],
        capture_output=True, check=False,
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("a read-only disk can only be mounted by root on Linux")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_read_only_base_needs_nothing_written_into_it(
    channel: str, home: Path, read_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Environments and packages of the built-in engine lie with the user."""
    write_shim(tmp_path / "bin")
    monkeypatch.setenv("CONDA_EXE", str(read_only / "bin" / "conda"))
    make(channel, home / "e", "pip", code=0)
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(read_only / "cache"))
    ended = make(channel, home / "e2", "pip", code=4)
    assert ended["code"] == "conda.unwritable"
    assert not (home / "e2").exists()
    assert (home / "e" / "conda-meta").is_dir()
