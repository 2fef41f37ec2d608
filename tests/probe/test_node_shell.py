"""Where a node has no Python that works, its shell tells by itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gpusetup.machine import Status
from gpusetup.probe import probe
from gpusetup.probe.node_block import cksum
from gpusetup.probe.node_script import node_script
from tests.fixtures.drivers import FakeDriver
from tests.probe.node_told import NONCE, SMI, answer, said, trouble

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nodes are Linux machines")


TOOLS = (
    "sh", "sed", "tr", "cksum", "uname", "id", "getconf", "df", "dirname", "ls", "cat", "head",
    "sleep", "readlink", "sort", "wc",
)  # fmt: skip


def without_python(driver: FakeDriver, folder: Path) -> dict[str, str]:
    """An environment whose PATH has the tools of a small system, and no Python."""
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    environ = driver.environment()
    return {**environ, "PATH": f"{folder}:{driver.folder / 'bin'}"}


SHELLS = [each for each in ("dash", "bash --posix", "busybox sh") if shutil.which(each.split()[0])]


@pytest.mark.parametrize("shell", SHELLS)
def test_without_python_the_shell_tells(
    shell: str, fake_driver: FakeDriver, tmp_path: Path
) -> None:
    driver = fake_driver.smi(SMI)
    environ = without_python(driver, tmp_path / "tools")
    words = [shutil.which(shell.split()[0]) or "", *shell.split()[1:]]
    with (tmp_path / "nvidia0").open("w"):  # as a process that uses a GPU, in a container too
        text, errors = said(environ, " ".join(words), pythons=())
    found = answer(text)
    assert errors == ""
    assert found.told_by == "sh"
    here = probe(20, environ=driver.environment(), root="/")
    assert found.machine.driver == here.driver
    assert found.machine.gpus == here.gpus
    assert found.machine.libc == here.libc
    assert found.machine.memory_mib == here.memory_mib
    assert found.usage.gpus is not None
    (gpu,) = found.usage.gpus
    assert (gpu.utilization_percent, gpu.memory_used_mib) == (37, 420)
    assert gpu.processes is not None
    assert gpu.processes[0].memory_mib == 1024
    assert gpu.processes[0].user is not None


def test_a_small_system_without_a_checksum_is_read_too(
    fake_driver: FakeDriver, tmp_path: Path
) -> None:
    environ = without_python(fake_driver.smi(SMI), tmp_path / "tools")
    (tmp_path / "tools" / "cksum").unlink()
    text, errors = said(environ, pythons=())
    assert errors == ""
    assert re.search(rf">>gpusetup-node {NONCE} \d+ -$", text, re.MULTILINE)
    assert answer(text).told_by == "sh"
    assert trouble(text.replace("Linux", "Linu", 1)) == "node.damaged"


def test_in_the_shell_a_program_that_hangs_is_a_timeout(
    fake_driver: FakeDriver, tmp_path: Path
) -> None:
    environ = without_python(fake_driver.smi("time.sleep(60)"), tmp_path / "tools")
    text, _errors = said(environ, seconds=1, pythons=())
    machine = answer(text).machine
    reading = machine.reading("nvidia-smi")
    assert reading is not None
    assert reading.status is Status.TIMEOUT
    assert machine.driver is None


def test_a_broken_python_leaves_it_to_the_shell(fake_driver: FakeDriver, tmp_path: Path) -> None:
    environ = without_python(fake_driver.smi(SMI), tmp_path / "tools")
    broken = tmp_path / "tools" / "python3"
    broken.write_text("#!/bin/sh\ncase $1 in -c) exit 0;; esac\necho dying; exit 1\n")
    broken.chmod(0o755)
    assert answer(said(environ, pythons=("python3",))[0]).told_by == "sh"


def test_the_sum_is_that_of_cksum() -> None:
    for data in (b"", b"123456789", os.urandom(5000)):
        done = subprocess.run(["cksum"], input=data, capture_output=True, check=True)
        assert done.stdout.split()[0] == str(cksum(data)).encode()


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_script_passes_shellcheck(tmp_path: Path) -> None:
    script = tmp_path / "node.sh"
    script.write_text(node_script(NONCE))
    words = ["shellcheck", "--shell=sh", "--severity=warning", str(script)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_folder_cannot_smuggle_in_a_wish() -> None:
    with pytest.raises(ValueError, match=NONCE):
        node_script(NONCE, places=("/x\nvalue SECRET",))


def test_a_script_that_was_cut_off_runs_nothing() -> None:
    script = node_script(NONCE)
    for part in (0.1, 0.5, 0.99):
        cut = script[: int(len(script) * part)].encode()
        done = subprocess.run(["sh", "-s"], input=cut, capture_output=True, check=False)
        assert done.stdout == b""
