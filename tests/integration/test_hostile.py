"""Environments that are in the way: the command as a process, stub wheels, nothing downloaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")

TAG = "cp{0}{1}-cp{0}{1}-manylinux_2_17_{2}".format(*sys.version_info[:2], os.uname().machine)
PYTHON = "{}.{}".format(*sys.version_info)
NOWHERE = "http://127.0.0.1:9"


class Place:
    """A home, a folder of stub wheels, and an environment that reaches nothing else."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.wheels = folder / "wheels"
        self.home.mkdir()
        stub(self.wheels)
        self.environ = {
            "HOME": str(self.home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "LC_ALL": "C.UTF-8",
            "GPUSETUP_WHEEL_INDEX": NOWHERE, "HTTPS_PROXY": NOWHERE,
        }  # fmt: skip

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "gpusetup", *words], env=self.environ, cwd=cwd,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
        )  # fmt: skip

    def document(self, *words: str, code: int = 0, cwd: Path | None = None) -> dict[str, Any]:
        """The one document on stdout."""
        ended = self.run(*words, "--json", cwd=cwd)
        assert ended.returncode == code, ended.stdout + ended.stderr
        found = json.loads(ended.stdout)
        assert isinstance(found, dict)
        return found


def stub(folder: Path, torch: str = "2.13.0+cpu") -> None:
    make_wheel(folder, "torch", torch, tag=TAG)
    make_wheel(folder, "numpy", "2.2.0")
    make_wheel(folder, "pip", "26.0")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def chosen(document: dict[str, Any]) -> tuple[str, str]:
    return document["choice"]["torch"], document["choice"]["origin"]


STUB = ("2.13.0", "wheelhouse")


def test_a_home_of_any_script_is_written_whole_in_an_ascii_locale(place: Place) -> None:
    home = place.home / "我的 家 (1)"
    home.mkdir()
    place.environ.update(HOME=str(home), LC_ALL="C")
    document = place.document("plan")
    assert document["steps"][0]["argv"][-1] == str(home / "gpu-envs" / "torch")
    assert place.run("plan").returncode == 0


def test_chinese_reaches_a_terminal_of_another_encoding(place: Place) -> None:
    place.environ.update(LANG="zh_CN.GBK", LC_ALL="", PYTHONIOENCODING="gbk")
    assert "驱动" in place.run("detect").stdout.decode("gbk")


def test_an_environment_is_the_users_alone_under_a_strict_umask(place: Place) -> None:
    old = os.umask(0o077)
    try:
        place.run("init", "--yes", "--no-bench")  # the proof fails: the wheels are stubs
    finally:
        os.umask(old)
    prefix = place.home / "gpu-envs" / "torch"
    assert (prefix / "gpusetup" / "uv.toml").stat().st_mode & 0o077 == 0
    assert place.run("undo", "--yes").returncode == 0
    assert not (place.home / "gpu-envs").exists()
