"""The cluster of the tests is what they take it for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.slurm import skip_without_slurm
from tests.lab.slurm import SlurmLab

HEAD = "import ctypes; n = ctypes.CDLL('libnvidia-ml.so.1'); n.nvmlInitWithFlags(0);"
CARDS = "c = ctypes.c_uint(); n.nvmlDeviceGetCount_v2(ctypes.byref(c)); print(c.value)"
CLUSTER = """\
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.lab.slurm import cluster
from tests.lab.slurm_nodes import V100
with cluster(Path(sys.argv[2]), Path(sys.argv[3]), (V100,)):
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize(("kind", "cards"), [("v100", 1), ("a100", 2)])
def test_a_job_sees_the_cards_that_it_was_given(slurm_lab: SlurmLab, kind: str, cards: int) -> None:
    request = ("srun", "-p", "gpu", f"--gres=gpu:{kind}:{cards}")
    assert slurm_lab.run(*request, sys.executable, "-c", HEAD + CARDS) == f"{cards}\n"


def test_the_login_node_has_no_driver(slurm_lab: SlurmLab) -> None:
    done = subprocess.run([sys.executable, "-c", HEAD], env=slurm_lab.environment(), check=False)
    assert done.returncode != 0


def test_a_node_that_loses_its_power_takes_its_jobs_with_it(slurm_lab: SlurmLab) -> None:
    marker = f"sleep {40 + os.getpid() / 1e6}"
    slurm_lab.run("sbatch", "-o", "/dev/null", "--wrap", marker)
    slurm_lab.wait_until(lambda: is_running(marker), "job")
    slurm_lab.kill_node("cpu1")
    slurm_lab.wait_until(lambda: not is_running(marker), "its end")
    slurm_lab.start_node("cpu1")


def test_nothing_is_left_when_the_tests_are_killed(
    driver_libraries: tuple[Path, Path], tmp_path: Path
) -> None:
    skip_without_slurm()
    root = Path(__file__).parents[2]
    words = [sys.executable, "-c", CLUSTER, str(root), str(tmp_path), str(driver_libraries[0])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as tester:
        assert tester.stdout is not None
        assert tester.stdout.readline() == "up\n"
        os.kill(tester.pid, signal.SIGKILL)
    end = time.monotonic() + 5
    while (left := daemons_of(tmp_path)) and time.monotonic() < end:
        time.sleep(0.05)
    assert left == []


def is_running(words: str) -> bool:
    return any(words in line for line in command_lines())


def daemons_of(folder: Path) -> list[str]:
    wanted = f"SLURM_CONF={folder}/".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in place.read_bytes():
                found.append(place.parent.name)
        except OSError:
            continue
    return found


def command_lines() -> list[str]:
    lines = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(place.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return lines
