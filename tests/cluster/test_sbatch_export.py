"""`export sbatch` on a real cluster: submitted, run on its node, and stopped where torch has no GPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from tests.exporting.test_sbatch import _STUB, directives
from tests.fixtures.torch_env import bare_environment
from tests.lab.slurm import SlurmLab

PROFILE = Path(__file__).parents[1] / "machines" / "slurm-login.yaml"
# as torch counts: what the driver of the node tells through NVML of the cards that the job was given
SEES = """\
(lambda ctypes: (lambda lib, count: lib.nvmlInitWithFlags(0) or
 lib.nvmlDeviceGetCount_v2(ctypes.byref(count)) or count.value > 0)(
 ctypes.CDLL("libnvidia-ml.so.1"), ctypes.c_uint()))(__import__("ctypes"))"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On a file system that all nodes have, with a torch that asks the node's own driver."""
    prefix = tmp_path_factory.mktemp("shared") / "gpu-envs" / "torch"
    site = bare_environment(prefix, sys.executable)
    (site / "torch.py").write_text(_STUB.format(found=f"({SEES})"))
    return prefix


@pytest.fixture
def submit(slurm_lab: SlurmLab, tmp_path: Path, home: Path) -> Callable[..., tuple[str, str]]:
    """Export with these words, submit with those; the job's state and its output."""

    def run(environment: Path, *words: str) -> tuple[str, str]:
        script = tmp_path / "job.sbatch"
        argv = [sys.executable, "-m", "gpusetup", "export", "sbatch", "--machine", str(PROFILE)]
        argv += ["--prefix", str(environment), "--mem", "500M", "--output", str(script)]
        subprocess.run([*argv, *words], check=True, env=slurm_lab.environment(), timeout=60)
        program = tmp_path / "train.py"
        program.write_text("import os; print('trained on', os.environ['SLURMD_NODENAME'])\n")
        out = tmp_path / "out"
        given = ("--parsable", f"--output={out}", str(script), str(program))
        job = slurm_lab.run("sbatch", *given).strip()
        slurm_lab.wait_until(lambda: job not in "".join(slurm_lab.jobs()), f"job {job}")
        shown = slurm_lab.run("scontrol", "show", "job", job)
        state = shown.split("JobState=")[1].split()[0]
        return state, out.read_text() if out.exists() else ""

    return run


def test_the_job_proves_its_gpu_and_runs_the_program(
    submit: Callable[..., tuple[str, str]], environment: Path
) -> None:
    wishes = ("--partition", "gpu", "--gres", "gpu:a100:1", "--time", "0:05:00")
    state, text = submit(environment, *wishes)
    assert state == "COMPLETED", text
    lines = text.splitlines()
    assert lines == ["torch 2.14.1+cu126 on NVIDIA A100", "trained on gpu2"]


def test_a_job_that_was_given_no_gpu_stops_before_the_program(
    submit: Callable[..., tuple[str, str]], environment: Path
) -> None:
    # the cluster gives none where none is asked for: the line that asks for it was taken out
    state, text = submit(environment, "--partition", "gpu", "--gres", "none", "--time", "0:05:00")
    assert state == "FAILED"
    assert "sees no GPU on the node gpu" in text
    assert "trained" not in text


@pytest.mark.parametrize(("gres", "partition"), [((), "gpu"), (("--gres", "gpu:a100:1"), "gpu")])
def test_without_a_wish_the_partition_is_one_of_this_cluster_with_such_gpus(
    slurm_lab: SlurmLab, environment: Path, home: Path, gres: tuple[str, ...], partition: str
) -> None:
    environ = slurm_lab.environment()
    del environ["GPUSETUP_ROOT"]  # this machine is the login node
    argv = [sys.executable, "-m", "gpusetup", "export", "sbatch", "--cuda", "cu126"]
    argv += ["--prefix", str(environment), *gres, "--json"]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert directives(json.loads(done.stdout)["text"])["partition"] == partition


def test_for_one_kind_of_node_its_gpus_are_asked_for_by_type(
    slurm_lab: SlurmLab, environment: Path, home: Path
) -> None:
    environ = slurm_lab.environment()
    gpusetup = [sys.executable, "-m", "gpusetup"]
    survey = [*gpusetup, "detect", "--slurm", "--yes", "--json"]
    subprocess.run(survey, env=environ, capture_output=True, timeout=120, check=True)
    del environ["GPUSETUP_ROOT"]
    argv = [*gpusetup, "export", "sbatch", "--for-kind", "a100", "--cuda", "cu126", "--json"]
    done = subprocess.run(
        [*argv, "--prefix", str(environment)], env=environ, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert directives(json.loads(done.stdout)["text"])["gres"] == "gpu:a100:1"


def test_a_node_that_does_not_have_the_environment_says_so(
    submit: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    state, text = submit(tmp_path / "only on the login node", "--partition", "gpu")
    assert state == "FAILED"
    assert f"The environment {tmp_path / 'only on the login node'} is not on the node gpu" in text
