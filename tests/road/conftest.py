"""What several tests of the road stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.road.place import Place
from tests.road.small_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
