"""Wishes are read as people write them, or refused with what to write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.basics.versions import Version
from gpusetup.cli.wish_values import read_wishes
from gpusetup.request import Engine, GpuPolicy, Request


def wish(**given: object) -> Request:
    defaults: dict[str, object] = {
        "name": None, "torch": None, "cuda": None, "cpu": False, "python": None,
        "engine": Engine.AUTO, "origin": None, "wheelhouse": None, "prefix": None, "into": None,
        "replace": False, "mirror": "auto", "with_": None, "requirements": None,
        "gpu_policy": GpuPolicy.ALL,
    }  # fmt: skip
    return read_wishes(**{**defaults, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("latest", None), ("2.7.1", "==2.7.1"), ("2.7", "==2.7.*"), (">=2.4,<2.6", ">=2.4,<2.6"),
        ("torch==2.7.1", "==2.7.1"), ("~=2.4", "~=2.4"),
    ],
)  # fmt: skip
def test_torch_is_a_version_or_a_range(text: str, specifier: str | None) -> None:
    assert wish(torch=text).torch == specifier


@pytest.mark.parametrize(
    ("text", "build", "runtime"),
    [
        ("cu126", "cu126", None), ("12.6", None, "12.6"), ("12", None, "12"),
        ("12.x", None, "12"), ("cpu", "cpu", None), ("CU118", "cu118", None), ("auto", None, None),
    ],
)  # fmt: skip
def test_cuda_is_a_build_or_a_runtime(text: str, build: str | None, runtime: str | None) -> None:
    request = wish(cuda=text)
    assert request.build == build
    assert request.cuda == (Version.parse(runtime) if runtime else None)


def test_a_python_patch_is_read_as_its_minor() -> None:
    assert wish(python="3.12.4").python == Version.parse("3.12")


def test_packages_may_be_separated_as_people_separate() -> None:
    assert wish(with_="torchvision, jupyter opencv").packages == (
        "torchvision",
        "jupyter",
        "opencv",
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"torch": "newest"}, "wish.torch"),
        ({"cuda": "rocm"}, "wish.cuda"),
        ({"cuda": "12.6.x.y"}, "wish.cuda"),
        ({"python": "2.7"}, "wish.python-two"),
        ({"python": "3"}, "wish.python"),
        ({"origin": "anaconda"}, "wish.origin"),
        ({"cpu": True, "cuda": "12.6"}, "wish.contradiction"),
        ({"into": "a", "replace": True}, "wish.contradiction"),
        ({"into": "a", "prefix": Path("/x")}, "wish.contradiction"),
    ],
)
def test_what_cannot_be_read_is_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        wish(**given)
    assert refused.value.code == code


BAD_NAMES = ["my env", "../x", "-rf", "", "a/b", "a\tb", "a\x1b[31m", ".hidden", "con", "x" * 300]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_dangerous_names_end_with_exit_2(name: str, home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gpusetup", "init", "--yes", "--json", "--", name],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    document = json.loads(ended.stdout)
    assert document["schema"] == "gpusetup.error/1"
    assert document["next"]
    assert "Traceback" not in ended.stderr
    assert not (home / "gpu-envs").exists()


@pytest.mark.parametrize("command", [["init"], ["init", "--json"], ["init", "中文名"]])
def test_without_a_terminal_nothing_is_asked(command: list[str], home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gpusetup", *command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "--yes" in ended.stdout + ended.stderr
