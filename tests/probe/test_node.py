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
from gpusetup.matrix_file import packaged_or_configured
from gpusetup.probe import probe
from gpusetup.probe.node import NodeAnswer, read_node
from gpusetup.probe.node_block import NodeTrouble, cksum, read_block
from gpusetup.probe.node_script import PYTHONS, node_script, python_program
from gpusetup.probe.usage import read_usage
from gpusetup.probe.world import World
from tests.fixtures.drivers import LAPTOP, FakeDriver, server
from tests.inside.test_old_pythons import pythons

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nodes are Linux machines")
NONCE = "0123abcd"
SMI = f"""
if arguments[:1] == ['-L']:
    print('GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-1)')
elif not arguments:
    print('| NVIDIA-SMI 550.144.03   Driver Version: 550.144.03   CUDA Version: 12.4 |')
elif 'compute-apps' in arguments[0]:
    print('GPU-1, {os.getpid()}, 1024, /usr/bin/python3')
elif 'utilization' in arguments[0]:
    print('0, 37, Default')
else:
    print('0, NVIDIA A100-SXM4-40GB, GPU-1, 00000000:10:00.0, 550.144.03, 40960, 420, 8.0, Disabled')
"""


def said(
    environ: dict[str, str],
    shell: str = "sh",
    seconds: float = 10,
    pythons: Sequence[str] = PYTHONS,
) -> tuple[str, str]:
    """What `sh -s` prints on stdout and stderr, fed with our script."""
    script = node_script(NONCE, seconds=seconds, processes=True, pythons=pythons)
    done = subprocess.run(
        [*shell.split(), "-s"], input=script.encode(), capture_output=True, env=environ, timeout=60,
        check=True,
    )  # fmt: skip
    return done.stdout.decode(), done.stderr.decode()


def answer(text: str) -> NodeAnswer:
    found = read_node(text, NONCE, lambda: packaged_or_configured({}))
    assert isinstance(found, NodeAnswer), found
    return found


def trouble(text: str) -> str:
    found = read_node(text, NONCE, lambda: packaged_or_configured({}))
    assert isinstance(found, NodeTrouble)
    return found.code


def told(driver: FakeDriver, seconds: float = 10) -> NodeAnswer:
    return answer(said(driver.environment(), seconds=seconds)[0])


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


@pytest.fixture(scope="module")
def block() -> str:
    """What a machine without any driver tells."""
    return said(dict(os.environ))[0]


def test_noise_around_the_block_is_left_out(block: str) -> None:
    noisy = "Welcome to nvidia\r\n\x1b[32mhello\x1b[0m: no newline" + block.replace("\n", "\r\n")
    assert answer(noisy + "\nlogout\x1b[0m").machine == answer(block).machine


def test_a_mark_in_colour_and_noise_between_the_lines_do_no_harm(block: str) -> None:
    coloured = block.replace("<<gpusetup", "\x1b]0;title\x07\x1b[1m<<gpusetup")
    coloured = coloured.replace("\n:=source system", "\n[1] done  job\n:=source system")
    assert answer(coloured).machine == answer(block).machine


def test_output_that_was_cut_is_noticed(block: str) -> None:
    assert trouble(block[: len(block) // 2]) == "node.cut-off"


def test_a_changed_byte_is_noticed(block: str) -> None:
    assert trouble(block.replace("Linux", "Linus", 1)) == "node.damaged"


def test_a_missing_line_is_noticed(block: str) -> None:
    lines = block.split("\n")
    assert trouble("\n".join(lines[:20] + lines[21:])) == "node.damaged"


def test_somebody_elses_block_is_none(block: str) -> None:
    assert trouble(block.replace(NONCE, "9999")) == "node.no-answer"


def test_no_block_shows_the_last_words() -> None:
    found = read_block("This account is \x1b[31mcurrently\x1b[0m not available.\r\n", NONCE)
    words = "This account is currently not available."
    assert found == NodeTrouble("node.no-answer", {"words": words})


def forged(*lines: str) -> str:
    """A block with a right sum, of lines that a hostile node would tell."""
    data = "".join(line + "\n" for line in lines).encode()
    told = "".join(f":{line}\n" for line in lines)
    end = f">>gpusetup-node {NONCE} {len(data)} {cksum(data)}\n"
    return f"<<gpusetup-node 1 {NONCE}\n{told}{end}"


LINUX = ("=fact sysname", "|Linux", "=fact machine", "|x86_64", "=exit nvml", "|0", "=lines nvml")


@pytest.mark.parametrize(
    "fact",
    [
        '{"key": "count", "value": 999999999}',
        '{"gpu": "x", "key": "name", "value": "a"}',
        '{"key": "driver", "value": ["a"]}',
        '{"key": "mig", "gpu": 0, "value": {"slices": 7}}',
        '{"key": "processes", "gpu": 0, "value": {"list": [{"pid": "../1", "kind": "compute"}]}}',
        "[1]",
        "{",
    ],
)
def test_a_hostile_node_is_unreadable(fact: str) -> None:
    assert trouble(forged(*LINUX, f"|{fact}")) == "node.unreadable"


def test_a_name_cannot_steer_the_terminal() -> None:
    facts = ('{"key": "count", "value": 1}', '{"gpu": 0, "key": "handle", "value": true}',
             '{"gpu": 0, "key": "name", "value": "A\\u001b[2J\\u202eB"}',
             '{"key": "end", "value": true}')  # fmt: skip
    machine = answer(forged(*LINUX, *(f"|{each}" for each in facts))).machine
    assert machine.gpus is not None
    assert machine.gpus[0].name == "A[2JB"


def test_a_system_without_torch_is_named() -> None:
    assert trouble(forged("=fact sysname", "|FreeBSD")) == "host.unknown-system"


def test_the_sum_is_that_of_cksum() -> None:
    for data in (b"", b"123456789", os.urandom(5000)):
        done = subprocess.run(["cksum"], input=data, capture_output=True, check=True)
        assert done.stdout.split()[0] == str(cksum(data)).encode()


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


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_script_passes_shellcheck(tmp_path: Path) -> None:
    script = tmp_path / "node.sh"
    script.write_text(node_script(NONCE))
    words = ["shellcheck", "--shell=sh", "--severity=warning", str(script)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_program_is_python_3_6_throughout() -> None:
    ast.parse(python_program(), feature_version=(3, 6))


def test_a_folder_cannot_smuggle_in_a_wish() -> None:
    with pytest.raises(ValueError, match=NONCE):
        node_script(NONCE, places=("/x\nvalue SECRET",))


def test_a_script_that_was_cut_off_runs_nothing() -> None:
    script = node_script(NONCE)
    for part in (0.1, 0.5, 0.99):
        cut = script[: int(len(script) * part)].encode()
        done = subprocess.run(["sh", "-s"], input=cut, capture_output=True, check=False)
        assert done.stdout == b""


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
