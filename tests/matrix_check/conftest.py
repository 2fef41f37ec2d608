"""An index of stub wheels."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from tests.lab.index import Index, serve
from tests.matrix_check.wheel_rows import TAGS, torch_wheel, vision_wheel


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """PyPI's wheels of 2.7.1 in `simple`, those of the wheel index in `whl/cu126`."""
    folder = tmp_path / "files"
    for tag, cuda in TAGS:
        torch_wheel(folder / "simple", tag, cuda)
        if "cp313" not in tag:
            vision_wheel(folder / "simple", tag)
        if "linux" in tag:
            torch_wheel(folder / "whl" / "cu126", tag, cuda, "2.7.1+cu126")
    vision_wheel(folder / "whl" / "cu126", "cp312-cp312-manylinux_2_28_x86_64", "0.22.1+cu126")
    return folder


@pytest.fixture
def index(root: Path) -> Iterator[Index]:
    with serve(root) as served:
        yield served
