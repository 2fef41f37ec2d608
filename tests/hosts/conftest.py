"""One set of real SSH servers for all tests of hosts, and commands that ask them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import pytest

from tests.fixtures.drivers import FakeDriver, server
from tests.lab import sshd
from tests.lab.sshd import SshLab


@dataclass
class Done:
    """How a command ended."""

    exit: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def host(self, name: str) -> Any:
        return next(each for each in self.document["hosts"] if each["host"] == name)


@dataclass
class Client:
    """A user with a home, whose ssh is the lab's."""

    home: Path
    ssh: str = "ssh"
    folder: Path = Path()  # the lab's

    @property
    def environ(self) -> dict[str, str]:
        changed = {"HOME": str(self.home), "GPUSETUP_SSH": self.ssh}
        return {**os.environ, **changed, "GPUSETUP_DATA": str(self.home / "data")}

    def run(self, *words: str, stdin: str = "", **changed: str) -> Done:
        argv = [sys.executable, "-m", "gpusetup", *words]
        done = subprocess.run(
            argv, input=stdin, capture_output=True, text=True, timeout=90, check=False,
            env={**self.environ, **changed},
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def detect(self, *hosts: str, timeout: str = "20") -> Done:
        """`detect --json` of these hosts."""
        words = [word for host in hosts for word in ("--host", host)]
        return self.run("detect", "--json", "--timeout", timeout, *words)


def furnish(lab: SshLab, driver: FakeDriver) -> None:
    """The servers that the tests share."""
    seen = driver.environment({"PATH": "/usr/bin:/bin"})
    names = ("LD_LIBRARY_PATH", "GPUSETUP_FAKE_NVML", "GPUSETUP_ROOT")
    settings = [f"{name}={seen[name]}" for name in names]
    path = f"PATH={Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    plain = lab.simple("plain", "SetEnv " + " ".join([path, *settings]))
    lab.alias("jumped", plain.port, "ProxyJump plain")
    lab.alias("unknown", plain.port, known=None)
    lab.alias("changed", plain.port, known="other-key")
    lab.alias("stranger", plain.port, key="other-key")
    closed = sshd.free_port()
    lab.alias("closed", closed)
    lab.alias("behind-closed", plain.port, "ProxyJump closed")
    lab.alias("behind-unknown", plain.port, "ProxyJump unknown")
    lab.alias("misconfigured", plain.port, "ProxyCommand exec false")


@pytest.fixture(scope="session")
def lab(
    tmp_path_factory: pytest.TempPathFactory, driver_libraries: tuple[Path, Path]
) -> Iterator[SshLab]:
    """Servers on loopback; skipped, and said so, where there is no sshd."""
    reason = sshd.missing()
    if reason is not None:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("ssh")
    driver = FakeDriver(folder / "machine", *driver_libraries)
    (driver.root / "sys/bus/pci/devices").mkdir(parents=True)
    (driver.folder / "lib").mkdir()
    driver.nvml(server(2)).file("etc/os-release", "ID=rocky\n")
    found = SshLab(folder / "lab")
    try:
        furnish(found, driver)
        refused = found.refused("plain")
        if refused is not None:  # a locked account, a login shell that is none
            pytest.skip(f"no login on loopback for {found.user}: {refused}")
        yield found
    finally:
        found.stop()


@pytest.fixture
def client(lab: SshLab, tmp_path: Path) -> Client:
    """A user with an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return Client(home, lab.variable, lab.folder)
