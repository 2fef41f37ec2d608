"""`gpusetup envs` sees that files of an environment are missing, without starting it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.envs.made import CPU, SITE, Machine, without_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="links and stub wheels of Linux")


def _without(*names: str) -> Any:
    def remove(path: Path) -> None:
        for name in names:
            gone = path / SITE / name
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()

    return remove


def _emptied(path: Path) -> None:
    library = path / SITE / "torch" / "lib" / "libtorch_cpu.so"
    library.unlink()  # in the package cache it stays whole
    library.write_bytes(b"")


def _without_list(path: Path) -> None:
    """As of other installers: only what every torch has can be looked for then."""
    _without("torch-2.7.1+cu126.dist-info/RECORD")(path)


@pytest.mark.parametrize(
    ("break_", "word"),
    [
        (_without("torch/lib/libtorch_cpu.so"), "torch/lib/libtorch_cpu.so"),
        (_without("torch/lib/libc10.so"), "torch/lib/libc10.so"),
        (_without("torch/__init__.py"), "torch/__init__.py"),
        (_without("torch/nn/modules"), "torch/nn/modules"),
        (_without("torch/lib"), "torch/lib"),
        (_emptied, "torch/lib/libtorch_cpu.so"),
        (_without_list, "torch/lib/libtorch_python.so"),
    ],
    ids=["library", "c10", "init", "modules", "folder", "emptied", "no list"],
)
def test_a_damaged_torch_is_told_without_importing_it(
    machine: Machine, break_: Any, word: str
) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    break_(path)
    [found] = machine.listed("--no-size").values()
    assert found["state"] == "broken"
    [problem] = found["problems"]
    assert problem["code"] in ("torch-damaged", "torch-damaged-more")
    assert word in problem["text"]
    assert found["next"].endswith(" doctor --env course")


def test_the_doctor_that_is_named_looks_into_a_damaged_torch(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course", CPU)
    _without("torch/lib/libtorch_cpu.so")(path)
    main = machine.gpusetup("doctor", "--env", "course", code=1)["findings"][0]
    assert main["id"] == "torch.damaged"
    assert main["evidence"] == ["torch/lib/libtorch_cpu.so"]


def test_the_doctor_that_is_named_looks_for_a_python_that_is_gone(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    without_python(path)
    listed = machine.run("envs", "--no-size")
    assert "doctor --env course" in listed.stderr
    found = machine.gpusetup("doctor", "--env", "course", code=1)["findings"][0]
    assert found["id"] == "environment.python-broken"
    refused = machine.gpusetup("verify", "--env", "course", code=2)
    assert refused["code"] == "verify.python-gone"
    assert "/gone/python3.11" in refused["text"]


def test_a_torch_of_conda_is_held_against_condas_own_list(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    prefix = machine.root / "envs" / "cola"
    (prefix / SITE / "torch" / "extra.py").unlink()
    [found] = machine.listed("--no-size").values()
    [problem] = found["problems"]
    assert problem["facts"]["file"] == f"{SITE}/torch/extra.py"
