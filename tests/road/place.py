"""A home with wheels of stubs, in which gpusetup is run, killed and asked again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uv

from gpusetup.effects.places import state_folder
from tests.lab.wheels import make_wheel

TAG = "cp{0}{1}-cp{0}{1}-manylinux_2_17_{2}".format(*sys.version_info[:2], os.uname().machine)
NOWHERE = "http://127.0.0.1:9"


class Place:
    """A home, a folder of stub wheels, and nothing else to reach. The stub's proof fails."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        wheels = folder / "wheels"
        make_wheel(wheels, "torch", "2.13.0+cpu", tag=TAG)
        for name in ("numpy", "pip", "rich"):
            make_wheel(wheels, name, "26.0")
        self.wheels = wheels
        self.environ = {
            "HOME": str(self.home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "LC_ALL": "C.UTF-8",
            "GPUSETUP_WHEEL_INDEX": NOWHERE, "HTTPS_PROXY": NOWHERE,
        }  # fmt: skip

    @property
    def prefix(self) -> Path:
        return self.home / "gpu-envs" / "torch"

    def gpusetup(self, *words: str, code: int) -> dict[str, Any]:
        ended = subprocess.run(
            [sys.executable, "-m", "gpusetup", *words, "--json"], env=self.environ, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert ended.returncode == code, ended.stdout + ended.stderr
        found = json.loads(ended.stdout)
        assert isinstance(found, dict)
        return found

    def init(self, *words: str, code: int = 1) -> dict[str, Any]:
        return self.gpusetup("init", "--yes", "--no-bench", *words, code=code)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "gpusetup", *words], env=self.environ, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait_for(self, step: str, process: subprocess.Popen[str]) -> None:
        """Until the journal says that a step has begun."""
        deadline = time.monotonic() + 60
        while not any(step in each.read_text() for each in self.journals()):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)

    def undo(self, *words: str) -> None:
        self.gpusetup("undo", "--yes", *words, code=0)

    @property
    def state(self) -> Path:
        return state_folder({"GPUSETUP_STATE": str(self.home / ".local" / "state" / "gpusetup")})

    def journals(self) -> list[Path]:
        return sorted(
            (self.state / "runs").glob("*/journal.jsonl"), key=lambda path: path.stat().st_mtime
        )

    def cut(self, after: str) -> None:
        """As if the last run had been killed after the journal's line about a step."""
        [journal] = self.journals()
        lines = journal.read_text().splitlines(keepends=True)
        last = max(number for number, line in enumerate(lines) if after in line)
        journal.write_text("".join(lines[: last + 1]))

    def packages(self, prefix: Path) -> list[str]:
        listed = subprocess.run(
            [uv.find_uv_bin(), "pip", "freeze", "--python", str(prefix / "bin" / "python")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return listed.stdout.splitlines()
