"""What a mirror holds, written once: the tests only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mirrors.world import write_root


@pytest.fixture(scope="session")
def mirror_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_root(tmp_path_factory.mktemp("mirror"))
