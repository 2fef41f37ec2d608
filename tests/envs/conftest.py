"""Machines whose environments the tests list, copy and remove."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from tests.envs.made import Machine


@pytest.fixture
def machine(tmp_path: Path, home: Path) -> Machine:
    return Machine(tmp_path, home)


@pytest.fixture
def read_only(machine: Machine) -> Iterator[Path]:
    """A shared conda as an administrator gives it out, with an environment in it."""
    machine.conda_environment("-p", str(machine.root))
    (machine.root / "condabin").mkdir()
    machine.conda_environment("-n", "shared")
    mount = ["mount", "--bind", "-o", "ro", str(machine.root), str(machine.root)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(machine.root)], check=True)
    yield machine.root / "envs" / "shared"
    subprocess.run(["umount", "--lazy", str(machine.root)], check=True)
