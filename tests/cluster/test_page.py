"""Every line of the cluster page, on a real Slurm, as a person would type it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.road.existing import RECORD, SCHEMA
from tests.cluster.test_sbatch_export import SEES
from tests.exporting.test_sbatch import _STUB
from tests.fixtures.torch_env import bare_environment
from tests.lab.slurm import SlurmLab

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
ENDS_WITH_1 = ("gpusetup verify", "gpusetup bench", "gpusetup detect --slurm --wait 0")
"""This torch is not real, so it is not proven; and jobs that wait have not answered."""


def commands(page: str) -> list[str]:
    """The lines of the page that a person would type."""
    blocks = re.findall(r"```bash\n(.*?)```", (PAGES / page).read_text("utf-8"), re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.fixture
def long_jobs(slurm_lab: SlurmLab) -> Iterator[None]:
    """The page's job takes four hours."""
    slurm_lab.set("PartitionName=gpu", "MaxTime=600")
    yield
    slurm_lab.set("PartitionName=gpu", "MaxTime=60")


@pytest.fixture
def login(slurm_lab: SlurmLab, home: Path) -> dict[str, str]:
    """A shell of the login node, with `gpusetup` by its name, and a program to train."""
    tools = home / "bin"
    tools.mkdir()
    (tools / "gpusetup").write_text(f'#!/bin/sh\nexec {sys.executable} -m gpusetup "$@"\n')
    (tools / "gpusetup").chmod(0o755)
    (home / "train.py").write_text("import os; print('trained', os.environ['SLURMD_NODENAME'])\n")
    write_environment(home / "gpu-envs/course")
    return {
        **slurm_lab.environment(), "HOME": str(home), "USER": "ana",
        "PATH": f"{tools}:{os.environ['PATH']}",
    }  # fmt: skip


def write_environment(prefix: Path) -> None:
    """One of ours, whose torch asks the node's driver for its cards and does nothing else."""
    site = bare_environment(prefix, sys.executable)
    torch = site / "torch"
    torch.mkdir()
    (torch / "__init__.py").write_text(_STUB.format(found=f"({SEES})"))
    (torch / "version.py").write_text("__version__ = '2.14.1+cu126'\ncuda = '12.6'\n")
    metadata = site / "torch-2.14.1+cu126.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.14.1+cu126\n")
    record = {
        "schema": SCHEMA, "name": prefix.name, "run": "1", "torch": "2.14.1", "build": "cu126",
        "cuda_runtime": "12.6", "origin": "wheel-index", "python": "3.11", "companions": {},
        "packages": [], "expected": "cuda",
    }  # fmt: skip
    place = prefix.joinpath(*RECORD)
    place.parent.mkdir()
    place.write_text(json.dumps(record))


def run(line: str, environ: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", "-c", line], cwd=environ["HOME"], env=environ, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", stdin=subprocess.DEVNULL, timeout=90,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def typed(line: str) -> str:
    """The line with the answers of a person. What `init` would install is only planned."""
    if line.startswith("gpusetup detect --slurm --wait"):
        return f"{line} --yes"
    planned = line.replace("gpusetup init", "gpusetup plan")
    return re.sub("(?<=--prefix )/scratch", "$HOME/scratch", planned)


def test_both_pages_have_the_same_lines() -> None:
    assert commands("cluster.md") == commands("cluster.zh-CN.md")


@pytest.mark.usefixtures("long_jobs")
def test_every_line_of_the_page_works(slurm_lab: SlurmLab, login: dict[str, str]) -> None:
    lines = commands("cluster.md")
    plans = [line for line in lines if line.startswith("gpusetup init")]
    assert plans
    ends = {}
    for line in lines:
        if line.endswith("--collect"):  # it is for later
            slurm_lab.wait_until(lambda: not slurm_lab.jobs(), "the end of the jobs")
        if line not in plans:
            ends[line] = run(typed(line), login)
    with ThreadPoolExecutor(len(plans)) as pool:  # of the nodes that the lines before asked
        ends.update(zip(plans, pool.map(lambda line: run(typed(line), login), plans)))
    for line, (code, text) in ends.items():
        expected = 1 if line.startswith(ENDS_WITH_1) else 0
        assert (line, code, "Traceback" in text) == (line, expected, False), text
    assert "answered by gpu1" in ends["gpusetup detect --slurm --collect"][1]
    (proof,) = [text for line, (_, text) in ends.items() if line.endswith("--gpus 2 --full")]
    assert "2 × Tesla V100" in proof
    (submitted,) = [text for line, (_, text) in ends.items() if line.startswith("sbatch ")]
    job = submitted.split()[-1]
    slurm_lab.wait_until(lambda: job not in "".join(slurm_lab.jobs()), f"job {job}")
    printed = "".join(each.read_text() for each in Path(login["HOME"]).glob(f"*{job}*.out"))
    assert "trained gpu" in printed
    code, text = run("gpusetup doctor --report " + f"$(ls *{job}*.out)", login)
    assert code == 0, text
    recorded = (Path(login["HOME"]) / "cluster.yaml").read_text()
    assert not re.search(r"\bana\b|gpu1|gpu2", recorded)
