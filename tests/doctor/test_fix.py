"""`doctor --fix` on things that are really broken: found, repaired, checked again, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from tests.doctor.lab import broken, ids, outcomes, torch_wheel
from tests.lab.index import Index, serve
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="paths and shells of Linux")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index of wheels on this machine."""
    with serve(tmp_path / "index") as served:
        yield served


def test_torchvision_is_brought_into_step(tmp_path: Path, home: Path, index: Index) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.13.0+cpu", None)
    old = make_wheel(index.root / "cpu", "torchvision", "0.20.1+cpu", requires=["torch==2.5.1"])
    make_wheel(index.root / "cpu", "torchvision", "0.28.0+cpu", requires=["torch==2.13.0"])
    environment = broken(tmp_path / "env", home, [torch, old], GPUSETUP_WHEEL_INDEX=index.url)
    before = environment.installed()

    document = environment.doctor("--fix", "--yes")

    assert outcomes(document) == {"packages.torchvision-mismatch": "fixed"}
    assert environment.installed()["torchvision"] == "0.28.0+cpu"
    environment.undo()
    assert environment.installed() == before
    assert "packages.torchvision-mismatch" in ids(environment.doctor())
