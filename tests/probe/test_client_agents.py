"""The User-Agents are those that the real clients send."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gpusetup.basics.versions import Version
from gpusetup.machine import Arch, Conda, Installers, Machine, Os, Python
from gpusetup.mirrors.agents import pip_agent
from gpusetup.mirrors.catalogue import Client
from gpusetup.probe.client_agents import read_agents, read_system
from gpusetup.probe.world import World
from tests.fixtures.torch_env import uv
from tests.lab.mirror_content import write_index
from tests.lab.mirror_sites import Lab, Site


@pytest.fixture
def site(mirror_lab: Lab, tmp_path: Path) -> Site:
    write_index(tmp_path / "root", ("filelock",))
    return mirror_lab.site(tmp_path / "root")


def machine(**found: Any) -> Machine:
    return Machine(Os.LINUX, Arch.X86_64, **found)


def agents(found: Machine) -> dict[Client, str]:
    return dict(read_agents(found, World(os.environ)))


def parts(agent: str) -> tuple[str, Any]:
    """ "pip/25.3 {...}" -> the name and what it tells."""
    name, _, told = agent.partition(" ")
    return name, json.loads(told)


def test_pip_introduces_itself(site: Site, home: Path) -> None:
    environ = {name: text for name, text in os.environ.items() if name != "PIP_FIND_LINKS"}
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-cache-dir",
        "-q",
        "-d",
        str(home),
    ]
    subprocess.run([*command, "-i", f"{site.url}/simple", "filelock"],
                   env={**environ, "PIP_CONFIG_FILE": os.devnull}, timeout=120, check=True)  # fmt: skip
    found = machine(python=Python(Version.parse("3.11"), sys.executable))
    assert agents(found)[Client.PIP] == site.asked("/simple/filelock/")[0]


def test_pip_that_is_not_here_would_tell_the_same_fields(site: Site, home: Path) -> None:
    own = agents(machine(python=Python(Version.parse("3.11"), sys.executable)))[Client.PIP]
    version = own.partition(" ")[0].partition("/")[2]
    made = pip_agent(version, read_system(World(os.environ)))
    told, real = parts(made)[1], parts(own)[1]
    # what a build environment or a compiler adds is not made up
    assert told == {name: value for name, value in real.items() if name in told}
    assert set(real) - set(told) <= {"rustc_version", "setuptools_version"}


def test_uv_introduces_itself(site: Site, home: Path) -> None:
    from importlib import metadata

    uv("pip", "install", "--no-config", "--no-cache", "--default-index", f"{site.url}/simple",
       "--target", str(home / "t"), "--python", sys.executable, "filelock")  # fmt: skip
    found = machine(installers=Installers(uv_version=metadata.version("uv")))
    sent, made = site.asked("/simple/filelock/")[0], agents(found)[Client.UV]
    assert list(parts(made)[1]) == list(parts(sent)[1])
    assert made == sent


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for conda is a script")
def test_conda_is_asked_itself(tmp_path: Path) -> None:
    program = tmp_path / "conda"
    said = "conda/26.7.1 requests/2.32.5 CPython/3.13.1 Linux/6.1 solver/libmamba libmambapy/2.3"
    program.write_text(f"#!/bin/sh\necho '{json.dumps({'user_agent': said})}'\n")
    program.chmod(0o755)
    assert agents(machine(conda=Conda(str(program), "conda", "26.7.1")))[Client.CONDA] == said


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for conda is a script")
@pytest.mark.parametrize("text", ["exit 1", "echo '[]'", "echo '{'"])
def test_a_conda_that_says_nothing_is_introduced_by_its_version(tmp_path: Path, text: str) -> None:
    program = tmp_path / "conda"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    found = agents(machine(conda=Conda(str(program), "conda", "24.9.2")))[Client.CONDA]
    assert re.match(r"conda/24\.9\.2 requests/\S+ CPython/3\.\d+", found)


def test_clients_that_are_not_here_have_a_name_too() -> None:
    assert re.match(r"uv/\d", agents(machine())[Client.UV])
    assert re.match(r"pixi/\d", agents(machine())[Client.PIXI])
    assert re.match(r"conda/\d", agents(machine())[Client.CONDA])
