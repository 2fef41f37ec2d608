"""`export sbatch`: a script that asks, activates, proves and only then runs; tried by bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.exporting.test_formats import MACHINES, gpusetup
from tests.fixtures.torch_env import bare_environment

__all__ = ["gpusetup"]
LOGIN = str(MACHINES / "slurm-login.yaml")
ASKED = (
    "--partition", "gpu", "--account", "physics", "--qos", "normal", "--gres", "gpu:a100:2",
    "--constraint", "nvlink", "--time", "2-00:00:00", "--mem", "16G", "--cpus", "8",
)  # fmt: skip
_STUB = """\
__version__ = "2.14.1+cu126"
class cuda:
    is_available = staticmethod(lambda: {found})
    device_count = staticmethod(lambda: 1)
    get_device_name = staticmethod(lambda number: "NVIDIA A100")
class _Ones:
    def __matmul__(self, other): return {{(0, 0): self}}
    def item(self): return 256
def ones(*shape, device=None): return _Ones()
"""


def directives(text: str) -> dict[str, str]:
    lines = [each for each in text.splitlines() if each.startswith("#SBATCH --")]
    return dict(each[len("#SBATCH --") :].split("=", 1) for each in lines)


def test_what_is_asked_stands_before_the_first_command(gpusetup: Any) -> None:
    code, text, err = gpusetup("export", "sbatch", "--machine", LOGIN, *ASKED)
    assert code == 0, err
    assert directives(text).items() >= {
        "partition": "gpu", "account": "physics", "qos": "normal", "gres": "gpu:a100:2",
        "constraint": "nvlink", "time": "2-00:00:00", "mem": "16G", "cpus-per-task": "8",
    }.items()  # fmt: skip
    assert text.rindex("\n#SBATCH") < text.index("\nset -e")


def test_a_cuda_build_asks_for_a_gpu_and_a_cpu_build_for_none(gpusetup: Any) -> None:
    _, with_gpu, _ = gpusetup("export", "sbatch", "--machine", LOGIN)
    _, without, _ = gpusetup("export", "sbatch", "--machine", LOGIN, "--cpu")
    assert directives(with_gpu)["gres"] == "gpu:1"
    assert "gres" not in directives(without)
    assert "cuda" not in without


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_script_is_good_bash(gpusetup: Any, language: str) -> None:
    _, text, _ = gpusetup("export", "sbatch", "--machine", LOGIN, *ASKED, "--lang", language)
    subprocess.run(["bash", "-n"], input=text.encode(), check=True)
    if shutil.which("shellcheck"):
        done = subprocess.run(
            ["shellcheck", "-"], input=text.encode(), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("value", ["gpu:1\nrm -rf x", "a b", "--wrap=x y", 'a"b', "$(id)"])
def test_a_value_that_would_become_more_is_wrong_usage(gpusetup: Any, value: str) -> None:
    assert gpusetup("export", "sbatch", "--machine", LOGIN, f"--gres={value}")[0] == 2


def test_what_a_job_asks_for_is_for_sbatch_only(gpusetup: Any) -> None:
    assert gpusetup("export", "pixi.toml", "--machine", LOGIN, "--partition", "gpu")[0] == 2


def _script(gpusetup: Any, prefix: Path, **torch: object) -> str:
    """For an environment whose torch sees a GPU, or not."""
    if torch:
        site = bare_environment(prefix, sys.executable)
        (site / "torch.py").write_text(_STUB.format(**torch))
    code, text, err = gpusetup("export", "sbatch", "--machine", LOGIN, "--prefix", str(prefix))
    assert code == 0, err
    return str(text)


def _run(text: str, *words: str) -> subprocess.CompletedProcess[str]:
    argv = ["bash", "-s", "--", *words]
    environ = {**os.environ, "PYTHONPATH": "/nowhere", "CUDA_VISIBLE_DEVICES": "7"}
    return subprocess.run(
        argv, input=text, capture_output=True, text=True, check=False, env=environ
    )


def test_the_program_runs_with_its_words_after_the_check(gpusetup: Any, home: Path) -> None:
    program = home / "train it.py"
    program.write_text("import sys, torch; print('trained', sys.argv[1:], torch.__version__)\n")
    text = _script(gpusetup, home / "an env", found=True)
    done = _run(text, str(program), "--epochs", "3 4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "torch 2.14.1+cu126 on NVIDIA A100", "trained ['--epochs', '3 4'] 2.14.1+cu126",
    ]  # fmt: skip
    assert "PROGRAM.py" in _run(text).stdout


def test_a_job_without_a_gpu_stops_before_the_program(gpusetup: Any, home: Path) -> None:
    text = _script(gpusetup, home / "env", found=False)
    done = _run(text, str(home / "never.py"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "sees no GPU on the node" in done.stderr
    assert "CUDA_VISIBLE_DEVICES=7" in done.stderr


def test_an_environment_that_the_node_does_not_have_is_named(gpusetup: Any, home: Path) -> None:
    done = _run(_script(gpusetup, home / "gone"), "train.py")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"The environment {home / 'gone'} is not on the node" in done.stderr
