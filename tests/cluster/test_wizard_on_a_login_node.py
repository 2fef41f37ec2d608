"""The wizard on a login node: what was found comes first, then what it means for the plan."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.lab.terminal import Terminal, gpusetup
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")
SURVEY = {
    "schema": "gpusetup.machine/1", "os": "linux", "arch": "x86_64", "node_role": "login",
    "compute_nodes": [{
        "os": "linux", "arch": "x86_64", "name": "a100", "libc": {"name": "glibc", "version": "2.31"},
        "driver": {"version": "535.161.08", "cuda_version": "12.2"},
        "gpus": [{"index": 0, "name": "NVIDIA A100", "compute_capability": "8.0"}],
    }],
}  # fmt: skip


@pytest.fixture
def login_node(tmp_path: Path, home: Path) -> dict[str, str]:
    """A configured cluster without any network: one folder holds a torch for the processor."""
    configuration = tmp_path / "slurm.conf"
    configuration.write_text("ClusterName=lab\n")
    wheels = tmp_path / "wheels"
    for minor in range(9, 15):
        tag = f"cp3{minor}-cp3{minor}-manylinux_2_28_x86_64"
        make_wheel(wheels, "torch", "2.8.0+cpu", tag=tag)
    return {
        "SLURM_CONF": str(configuration), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels),
        "UV_OFFLINE": "1", "PIP_CONFIG_FILE": os.devnull, "GPUSETUP_STATE": str(home / "state"),
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_here_comes_before_what_is_not_known_of_the_nodes(
    language: str, login_node: dict[str, str]
) -> None:
    with Terminal(gpusetup("init", "--lang", language), rows=50, env=login_node) as terminal:
        terminal.wait("> Yes, set it up for" if language == "en" else "> 好，安装只用", 60)
        shown = terminal.flat()
    found = "This machine" if language == "en" else "这台机器"
    assert shown.count("gpusetup detect --slurm") == 1
    assert shown.index(found) < shown.index("gpusetup detect --slurm")


def test_the_nodes_of_the_last_survey_are_named_below_what_is_here(
    login_node: dict[str, str],
) -> None:
    place = Path(login_node["GPUSETUP_STATE"]) / "clusters" / "lab.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"at": 0, "machine": SURVEY}))
    with Terminal(gpusetup("init"), rows=50, env=login_node) as terminal:
        shown = terminal.wait("detect --slurm", 60)
    assert shown.index("This machine") < shown.index("detect --slurm")
