"""`gpusetup matrix check` of channels, as people and scripts call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from tests.lab.exact_channels import write_exact
from tests.matrix_check.channel_rows import FORGE_CPU

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
        origin: conda-forge
        pythons: [{pythons}]
        torchvision: "0.22.1"
        confidence: medium
        source: [made]
        checked: "2026-11-21"
        platforms:
          macos-arm64: {{}}
"""
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(home: Path, tmp_path: Path) -> Command:
    write_exact(tmp_path / "channels" / "conda-forge", (FORGE_CPU,))
    (tmp_path / "compat").mkdir()

    def run(*words: str, pythons: str = '"3.12", "3.13"', **more: str):  # type: ignore[no-untyped-def]
        (tmp_path / "compat" / "all.yaml").write_text(COMPAT.format(pythons=pythons))
        env = {
            **os.environ,
            "GPUSETUP_COMPAT": str(tmp_path / "compat"),
            "GPUSETUP_CHANNELS": (tmp_path / "channels").as_uri(),
            "HOME": str(home),
            **more,
        }
        argv = [sys.executable, "-m", "gpusetup", "matrix", "check", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)

    return run


def test_no_difference_is_exit_0_and_names_what_is_now_known(command: Command) -> None:
    ended = command("--origin", "conda-forge")
    assert ended.returncode == 0, ended.stderr
    assert "no difference" in ended.stdout
    assert "Now known" in ended.stdout
    assert "torch 2.7.1 (conda-forge): cpu macos-arm64" in ended.stdout


def test_a_difference_is_exit_1_and_a_sentence_in_both_languages(command: Command) -> None:
    ended = command("--origin", "conda-forge", pythons='"3.12"')
    assert ended.returncode == 1
    assert "torch 2.7.1 cpu for macos-arm64: the channel conda-forge has a package" in ended.stdout
    assert "Now known" not in ended.stdout
    chinese = command("--origin", "conda-forge", "--lang", "zh", pythons='"3.12"')
    assert "频道 conda-forge" in chinese.stdout


def test_json_says_what_was_compared_and_what_is_settled(command: Command) -> None:
    document = json.loads(command("--origin", "conda-forge", "--json").stdout)
    (origin,) = document["origins"]
    assert (origin["origin"], origin["checked"], origin["packages_read"]) == (
        "conda-forge",
        True,
        4,
    )
    assert document["settled"] == [
        {"torch": "2.7.1", "build": "cpu", "platform": "macos-arm64", "origin": "conda-forge"}
    ]
    assert document["complete"] is True


def test_an_unreachable_channel_alone_is_exit_3(command: Command) -> None:
    ended = command("--origin", "conda-forge", GPUSETUP_CHANNELS="http://127.0.0.1:9")
    assert ended.returncode == 3
    assert "refused" in ended.stderr
    ended = command("--origin", "pytorch")
    assert ended.returncode == 3
    assert "the data has no such builds" in ended.stderr
