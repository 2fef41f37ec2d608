"""What mirrors hold, written once, and a home beside them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gpusetup.cli.mirrors_needs import circumstances
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.wheels import WantedWheel
from tests.lab import mirror_content as content
from tests.lab.mirror_sites import Lab
from tests.mirrors.scene import Scene, publish_torch, row_of
from tests.mirrors.world import write_root


@pytest.fixture(scope="session")
def mirror_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests only read it."""
    return write_root(tmp_path_factory.mktemp("mirror"))


@pytest.fixture(scope="session")
def wanted() -> tuple[WantedWheel | None, WantedWheel | None]:
    """The wheels of torch for the machine that runs the tests."""
    needs, _ = circumstances(tuple(Client))
    return needs.index_wheel, needs.wheel


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory, wanted: tuple[WantedWheel | None, WantedWheel | None]) -> tuple[Path, Path]:  # fmt: skip
    """What the official sources hold, and what the mirror does: no nvidia, no wheels."""
    official, tuna = tmp_path_factory.mktemp("official"), tmp_path_factory.mktemp("tuna")
    content.write_channels(official, ("conda-forge", "pytorch", "nvidia", "main"))
    content.write_channels(tuna, ("conda-forge", "pytorch", "main"))
    for root in (official, tuna):
        (root / "anaconda" / "cloud" / "main").rename(root / "anaconda" / "main")
        (root / "anaconda" / "pkgs").mkdir()
        (root / "anaconda" / "main").rename(root / "anaconda" / "pkgs" / "main")
        content.write_index(root)
        publish_torch(root, "simple/torch", "packages", wanted[0])
    publish_torch(official, f"whl/{wanted[1].build}/torch" if wanted[1] else "", "whl", wanted[1])
    return official, tuna


@pytest.fixture
def scene(mirror_lab: Lab, roots: tuple[Path, Path], home: Path) -> Scene:
    official, tuna = (mirror_lab.site(root) for root in roots)
    rows = {
        "official": row_of(official, ("conda-forge", "pytorch", "nvidia"), wheels=True),
        "tuna": row_of(tuna, ("conda-forge", "pytorch"), wheels=False),
    }
    compat = content.write_mirrors(home / "compat", rows)
    environ = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("PIP_", "UV_", "CONDA_"))
    }
    (home / "bin").mkdir()
    for name in ("pip",):
        (home / "bin" / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n')
        (home / "bin" / name).chmod(0o755)
    environ |= {
        **mirror_lab.environ,
        "GPUSETUP_COMPAT": str(compat),
        "PATH": f"{home / 'bin'}:/usr/bin:/bin",
    }
    return Scene(home, official, tuna, environ)
