"""Real clients take packages from the lab's mirrors, as they would from a mirror in the world."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.torch_env import uv
from tests.lab.mirror_content import write_channels, write_index
from tests.lab.mirror_sites import Lab, Site

SOLVE = """
import asyncio, json, os, sys, rattler
async def main():
    return await rattler.solve(
        [rattler.Channel(sys.argv[1])], [rattler.MatchSpec(sys.argv[2])],
        gateway=rattler.Gateway(), platforms=["linux-64", "noarch"],
    )
print(json.dumps([each.url for each in asyncio.run(main())]), flush=True)
os._exit(0)
"""


@pytest.fixture
def site(mirror_lab: Lab, tmp_path: Path) -> Site:
    root = tmp_path / "root"
    write_index(root)
    write_channels(root)
    return mirror_lab.site(root)


def test_pip_installs_through_a_mirror(site: Site, tmp_path: Path, home: Path) -> None:
    target = tmp_path / "target"
    environ = {name: text for name, text in os.environ.items() if name != "PIP_FIND_LINKS"}
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--no-input", "--no-cache-dir", "-q", "--index-url",
            f"{site.url}/simple", "--target", str(target), "filelock",
        ],
        env={**environ, "PIP_CONFIG_FILE": os.devnull}, timeout=120, check=True,
    )  # fmt: skip
    assert (target / "filelock").is_dir()
    assert site.asked("/simple/filelock/")[0].startswith("pip/")


def test_uv_installs_through_a_mirror(site: Site, tmp_path: Path, home: Path) -> None:
    target = tmp_path / "target"
    uv(
        "pip", "install", "--no-config", "--no-cache", "--default-index", f"{site.url}/simple",
        "--target", str(target), "--python", sys.executable, "filelock",
    )  # fmt: skip
    assert (target / "filelock").is_dir()
    assert site.asked("/simple/filelock/")[0].startswith("uv/")


def test_rattler_solves_through_a_mirror(site: Site, home: Path) -> None:
    channel = f"{site.url}/anaconda/cloud/conda-forge"
    done = subprocess.run(
        [sys.executable, "-c", SOLVE, channel, "conda-forge-tool"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == [f"{channel}/noarch/conda-forge-tool-1.0-0.tar.bz2"]
    assert all("rattler" in agent for agent in site.asked("repodata"))
