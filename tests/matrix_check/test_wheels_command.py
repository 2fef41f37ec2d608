"""`gpusetup matrix check` of wheels, as people and scripts call it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from gpusetup.cli.matrix_checking import check_package_index
from gpusetup.indexes.client import Client
from gpusetup.indexes.default import package_index
from gpusetup.machine import Installers
from tests.lab.index import Index
from tests.matrix_check.wheel_rows import V, serve_pages

COMPAT = """\
schema: gpusetup.compat/1
minimum_gpusetup: "0.1.0"
updated: "2026-11-21"
sources: {{made: "Made for a test"}}
releases:
  "2.7.1":
    date: "2025-06-04"
    builds:
      - build: cpu
        origin: pypi
        pythons: ["3.12"]
        source: [made]
        checked: "2026-11-21"
        platforms:
          windows-x86_64: {{pythons: [{pythons}]}}
          macos-arm64: {{macos: "11.0"}}
      - build: cpu
        origin: wheel-index
        local: cpu
        page: whl/cpu
        pythons: ["3.12"]
        source: [made]
        checked: "2026-11-21"
        platforms:
          windows-x86_64: {{}}
"""


@pytest.fixture
def command(
    index: Index, root: Path, home: Path, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command against the loopback index, with a matrix of one release."""
    for path in (root / "simple").glob("*linux*"):
        path.unlink()
    shutil.rmtree(root / "whl")
    for path in (root / "simple").glob("torchvision*"):
        path.unlink()
    serve_pages(index, root)
    (tmp_path / "compat").mkdir()

    def run(*words: str, pythons: str = '"3.12"', url: str | None = None, **more: str):  # type: ignore[no-untyped-def]
        (tmp_path / "compat" / "all.yaml").write_text(COMPAT.format(pythons=pythons))
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PIP_INDEX_URL": url or f"{index.url}/simple",
            "PIP_CONFIG_FILE": os.devnull,
            "GPUSETUP_COMPAT": str(tmp_path / "compat"),
            "GPUSETUP_WHEEL_INDEX": "http://127.0.0.1:9/whl",
            "HOME": str(home),
            **more,
        }
        argv = [sys.executable, "-m", "gpusetup", "matrix", "check", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)

    return run


def test_no_difference_is_exit_0_and_the_second_run_reads_no_wheel(command, index: Index) -> None:  # type: ignore[no-untyped-def]
    first = command()
    assert first.returncode == 0, first.stderr
    assert "no difference" in first.stdout
    assert "not checked" in first.stdout  # the wheel index
    index.requests.clear()
    second = command("--origin", "pypi")
    assert second.returncode == 0
    assert [path for path, _ in index.requests if path.endswith(".whl")] == []
    index.requests.clear()
    assert command("--origin", "pypi", "--no-cache").returncode == 0
    assert [path for path, _ in index.requests if path.endswith(".whl")] != []


def test_a_difference_is_exit_1_and_a_sentence(command) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", pythons='"3.12", "3.13"')
    assert ended.returncode == 1
    line = "torch 2.7.1 cpu for windows-x86_64: there is no wheel for Python 3.13"
    assert line in ended.stdout
    assert "hint:" in ended.stderr


def test_json_is_one_document(command, index: Index) -> None:  # type: ignore[no-untyped-def]
    ended = command("--json", pythons='"3.12", "3.13"')
    assert ended.returncode == 1
    document = json.loads(ended.stdout)
    assert (document["schema"], document["part"]) == ("gpusetup.matrix/1", "check")
    assert [each["checked"] for each in document["origins"]] == [True, False, False, False]
    (found,) = document["differences"]
    assert (found["code"], found["version"], found["expected"]) == (
        "python-missing",
        "2.7.1",
        "3.13",
    )
    assert document["complete"] is False


def test_no_index_at_all_is_exit_3(command) -> None:  # type: ignore[no-untyped-def]
    ended = command("--json", url="http://127.0.0.1:9/simple")
    assert ended.returncode == 3
    document = json.loads(ended.stdout)
    assert (document["schema"], document["code"]) == (
        "gpusetup.error/1",
        "matrix-check.nothing",
    )
    assert "refused" in document["text"]


def test_a_release_that_nobody_knows_is_exit_3(command) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", "--torch", "9.9")
    assert ended.returncode == 3
    assert "the data has no such builds" in ended.stderr


@pytest.mark.parametrize(
    ("spec", "expected"), [("latest", 1), ("2.7", 1), ("torch==2.7.1", 1), ("<2.7", 3)]
)
def test_releases_can_be_named_in_many_ways(command, spec: str, expected: int) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", "--torch", spec, pythons='"3.12", "3.13"')
    assert ended.returncode == expected, ended.stderr


@pytest.mark.parametrize("words", [("--torch", "newest"), ("--limit-mib", "0"), ("--origin", "x")])
def test_wrong_usage_is_exit_2(command, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert command(*words).returncode == 2


def test_a_budget_that_is_spent_is_said(command, index: Index) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", "--limit-mib", "0.002", "--json")
    document = json.loads(ended.stdout)
    assert document["complete"] is False
    assert {each["reason"] for each in document["origins"][0]["unread"]} == {"budget spent"}


@pytest.mark.network
def test_one_release_is_as_the_real_index_has_it() -> None:
    import uv

    from gpusetup.compat_files import compat_folder, load_folder
    from gpusetup.probe.pip import read_pip
    from gpusetup.probe.world import World

    installers = read_pip(World(os.environ))[0]
    address = package_index(Installers(index_url=installers.index_url), str(uv.find_uv_bin()))
    checked = check_package_index(
        Client(cert=installers.cert, proxy=installers.proxy, limit_mib=10, deadline_s=20),
        load_folder(compat_folder()),
        address,
        lambda release: release == V("2.7.1"),
    )
    if not checked.is_checked:
        pytest.skip(f"the package index cannot be reached: {checked.reason}")
    assert checked.listed == 4 or checked.unread
    assert checked.differences == ()


def test_the_damaged_windows_wheels_of_1_7_0_are_not_chosen(home: Path) -> None:
    profile = home / "machine.yaml"
    profile.write_text('os: windows\narch: x86_64\npython: "3.7.9"\ndriver: null\ngpus: []\n')
    argv = ["plan", "--torch", "1.7.0", "--cpu", "--machine", str(profile), "--json"]
    argv = [sys.executable, "-m", "gpusetup", *argv]
    ended = subprocess.run([*argv, "--origin", "pypi"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 3
    assert "torch-1.7.0.dist.info" in ended.stdout
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert json.loads(ended.stdout)["choice"]["origin"] == "wheel-index"
