"""A node tells itself to a shell's standard input: the same facts as a look at this machine."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Sequence

import pytest

from gpusetup.machine import Absence, Machine, Status
from gpusetup.probe import probe
from gpusetup.probe.node_script import PYTHONS, node_script, python_program
from gpusetup.probe.usage import read_usage
from gpusetup.probe.world import World
from tests.fixtures.drivers import LAPTOP, FakeDriver, server
from tests.inside.test_old_pythons import pythons
from tests.probe.node_told import NONCE, SMI, answer, told

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nodes are Linux machines")


DRIVERS: dict[str, Callable[[FakeDriver], FakeDriver]] = {
    "laptop": lambda d: d.nvml(LAPTOP).cuda(13000),
    "mig": lambda d: d.nvml(server(8, mig=3)),
    "old symbols": lambda d: d.nvml(LAPTOP.replace("580.95.05", "390.157"), is_old=True),
    "no cards": lambda d: d.nvml("driver 535.161.08\ncuda 12020\n"),
    "a lost card": lambda d: (
        d.card("0000:10:00.0", "20b0")
        .card("0000:11:00.0", "20b0")
        .nvml(server(2, mig=None) + "fail nvmlDeviceGetHandleByIndex 1 = 15\n")
    ),
    "a card lost in the middle": lambda d: d.nvml(
        server(2, mig=None) + "fail nvmlDeviceGetUUID 1 = 15\n"
    ),
    "unified memory": lambda d: d.nvml(LAPTOP.replace("memory 8188 812", "virtualization 2")),
    "crash": lambda d: d.nvml(LAPTOP + "crash nvmlDeviceGetName 0\n"),
    "nothing": lambda d: d,
    "not loaded": lambda d: d.nvml("fail nvmlInit = 9\n").card(
        "0000:01:00.0", "2204", driver="nouveau"
    ),
    "no permission": lambda d: d.nvml("fail nvmlInit = 4\n").module("535.161.08"),
    "mismatch": lambda d: (
        d.nvml("fail nvmlInit = 18\n")
        .cuda(12080)
        .library_version("570.133.07")
        .module("570.124.06", is_open=True)
    ),
    "an unknown code": lambda d: d.nvml("fail nvmlInit = 999\n"),
    "only nvidia-smi": lambda d: d.smi(SMI),
    "files": lambda d: (
        d.nvml(LAPTOP)
        .file("etc/os-release", 'ID=rocky\nVERSION_ID="8.9"\n')
        .file("proc/sys/kernel/osrelease", "4.18.0-513.el8.x86_64\n")
        .file("proc/meminfo", "MemTotal:  65536000 kB\nSwapTotal:  0 kB\n")
        .file("proc/self/cgroup", "0::/job_7/step_0\n")
        .file("sys/fs/cgroup/job_7/memory.max", "1073741824\n")
        .file("dev/nvidia0", "")
        .file("dev/nvidiactl", "")
        .file("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA Thing\n")
        .file("root/autodl-tmp/x", "")
        .file("run/.containerenv", "")
        .file("etc/slurm/slurm.conf", "")
    ),
}


def comparable(machine: Machine) -> Machine:
    """Without what a node is not asked for, and what differs by the way of asking."""
    sources = ("pci", "kernel-module", "device-nodes", "libcuda", "nvml", "nvidia-smi", "memory",
               "container", "cloud", "scheduler", "os")  # fmt: skip
    readings = tuple(
        each for source in sources for each in machine.readings if each.source == source
    )
    plain = replace(machine, python=None, other_pythons=(), disks=(), toolkits=(), conda=None)
    return replace(
        plain, readings=readings, installers=Machine(plain.os, plain.arch).installers, proxies=()
    )


@pytest.mark.parametrize("name", DRIVERS)
def test_a_node_tells_what_a_look_at_the_machine_finds(name: str, fake_driver: FakeDriver) -> None:
    driver = DRIVERS[name](fake_driver)
    here = probe(20, environ=driver.environment())
    there = told(driver).machine
    assert comparable(there) == comparable(here)


def test_the_users_of_a_gpu_are_the_same(fake_driver: FakeDriver) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(30)", "--token", "planted-5a1"]
    sleeper = subprocess.Popen(words)
    try:
        profile = LAPTOP + f"gpu 0 process 0 {sleeper.pid} C 5120\ngpu 0 utilization 35\n"
        profile += "gpu 0 process 1 999999 G -\n"
        driver = fake_driver.nvml(profile)
        (driver.root / "proc").symlink_to("/proc")
        here = read_usage(World(driver.environment(), driver.root))
        there = told(driver).usage
    finally:
        sleeper.kill()
        sleeper.wait()
    assert there.gpus == here.gpus
    assert there.gpus is not None
    assert there.gpus[0].processes is not None
    assert there.gpus[0].processes[0].command == (*words[:-1], "***")


def test_a_call_that_hangs_is_a_timeout_and_keeps_the_rest(fake_driver: FakeDriver) -> None:
    driver = fake_driver.nvml(LAPTOP + "hang nvmlDeviceGetMemoryInfo 0\n").module("580.95.05")
    began = time.monotonic()
    machine = told(driver, seconds=2).machine
    assert time.monotonic() - began < 8
    reading = machine.reading("nvml")
    assert reading is not None
    assert (reading.status, reading.detail) == (Status.TIMEOUT, "nvmlDeviceGetMemoryInfo (GPU 0)")
    assert machine.gpus is not None
    assert machine.gpus[0].name == "NVIDIA GeForce RTX 4060 Laptop GPU"
    assert machine.driver not in (None, Absence.NOT_THERE)


def test_the_oldest_python_tells_the_same_as_the_newest(
    fake_driver: FakeDriver, tmp_path: Path
) -> None:
    driver = fake_driver.nvml(server(2))
    program = tmp_path / "program.py"
    program.write_text(python_program())
    told_by = {}
    found = pythons()
    for python in (found[0], found[-1]):
        done = subprocess.run(
            [python, "-I", "-B", str(program), NONCE, "10", "text /proc/meminfo\n"],
            capture_output=True, env=driver.environment(), check=True, timeout=60,
        )  # fmt: skip
        assert done.stderr == b""
        told_by[python] = comparable(answer(done.stdout.decode()).machine)
    assert len(set(map(repr, told_by.values()))) == 1


def test_places_are_told_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "file").write_text("x")
    wanted = (str(tmp_path / "a folder"), str(tmp_path / "file"), str(tmp_path / "not/there"))
    for tried in (PYTHONS, ()):
        script = node_script(NONCE, places=wanted, pythons=tried)
        done = subprocess.run(["sh", "-s"], input=script.encode(), capture_output=True, check=True)
        places = answer(done.stdout.decode()).places
        assert [(each.path, each.is_there, each.is_folder) for each in places] == [
            (wanted[0], True, True), (wanted[1], True, False), (wanted[2], False, False),
        ]  # fmt: skip
        assert all(each.free_mib and each.filesystem for each in places)


def test_the_program_is_python_3_6_throughout() -> None:
    ast.parse(python_program(), feature_version=(3, 6))


WRITING = "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat"
WRITING += ",symlink,symlinkat,mknod,mknodat,truncate,chmod,fchmod,fchmodat,utimensat"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace not found")
@pytest.mark.parametrize("tried", [PYTHONS, ()])
def test_no_file_is_opened_for_writing(
    tried: Sequence[str], fake_driver: FakeDriver, tmp_path: Path
) -> None:
    driver = fake_driver.nvml(LAPTOP) if tried else fake_driver.smi("#")
    (driver.folder / "bin" / "nvidia-smi").unlink(missing_ok=True)
    log = tmp_path / "calls"
    script = node_script(NONCE, processes=True, pythons=tried)
    subprocess.run(
        ["strace", "-f", "-qq", "-e", f"trace={WRITING}", "-o", str(log), "sh", "-s"],
        input=script.encode(), capture_output=True, check=True, timeout=120,
        env=driver.environment(),
    )  # fmt: skip
    lines = [line.split(None, 1)[1] for line in log.read_text().splitlines()]
    calls = [line for line in lines if re.match(r"\w+\(", line)]  # also those that go on later
    writing = [
        call
        for call in calls
        if (not call.startswith("open") or "O_WRONLY" in call or "O_RDWR" in call)
        and '"/dev/null"' not in call
        and '"/dev/tty"' not in call
    ]
    assert len(calls) > 20
    assert writing == []
