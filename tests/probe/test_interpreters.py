"""Pythons and condas: found where people have them, described without starting what need not be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpusetup.machine import Absence, Conda, Status
from gpusetup.probe.conda import read_conda
from gpusetup.probe.pythons import read_pythons
from gpusetup.probe.uv import read_uv
from gpusetup.probe.world import World
from tests.probe.tree import program, world

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the paths of Linux")

BROKEN = "echo started >> /dev/stderr; exit 127"
ANSWER = """echo '[[{numbers}], "{level}", "{text}", {bits}, "{name}"]'"""


def answer(
    version: str, level: str = "final", text: str = "", bits: str = "true", name: str = "cpython"
) -> str:
    """A stand-in that answers as an interpreter does."""
    numbers = version.replace(".", ", ")
    return ANSWER.format(numbers=numbers, level=level, text=text, bits=bits, name=name)


def found(here: World, conda_root: str | None = None) -> list[tuple[str, str]]:
    default, others, _ = read_pythons(here, conda_root)
    pythons = ([default] if default else []) + list(others)
    return [(str(each.version), each.path) for each in pythons]


def test_names_that_hold_the_version_are_believed_without_a_start(tmp_path: Path) -> None:
    pyenv = "/home/alice/.pyenv/versions/3.11.7/bin/python3"
    managed = "/home/alice/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3"
    conda = "/opt/conda/bin/python"
    for path in (pyenv, managed, conda):
        program(tmp_path, path, BROKEN)
    here = world(tmp_path, {"/opt/conda/conda-meta/python-3.12.4-h5148396_1.json": "{}"})
    assert found(here, "/opt/conda") == [("3.13.1", managed), ("3.12.4", conda), ("3.11.7", pyenv)]


def test_free_threaded_builds_are_left_out(tmp_path: Path) -> None:
    program(tmp_path, "/home/alice/.pyenv/versions/3.13.1t/bin/python3", answer("3.13.1"))
    managed = "/home/alice/.local/share/uv/python/cpython-3.13.1+freethreaded-linux-x86_64-gnu"
    program(tmp_path, f"{managed}/bin/python3", answer("3.13.1"))
    text = "3.13.1 experimental free-threading build"
    program(tmp_path, "/usr/bin/python3.13", answer("3.13.1", text=text))
    assert found(world(tmp_path)) == []


@pytest.mark.parametrize(
    "script",
    [
        answer("3.11.7", name="pypy"),
        answer("3.11.7", bits="false"),
        answer("3.15.0", level="candidate"),
        "echo hello",
        "exit 127",
    ],
    ids=["PyPy", "32 bits", "a candidate", "no Python", "broken"],
)
def test_what_torch_cannot_use_is_left_out(tmp_path: Path, script: str) -> None:
    program(tmp_path, "/usr/bin/python3", script)
    assert found(world(tmp_path)) == []


def test_links_to_one_interpreter_are_one(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/python3.11", answer("3.11.2"))
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    (tmp_path / "usr/bin/python").symlink_to("python3")
    assert found(world(tmp_path)) == [("3.11.2", "/usr/bin/python3.11")]


def test_shims_of_pyenv_are_not_taken_for_interpreters(tmp_path: Path) -> None:
    program(tmp_path, "/home/alice/.pyenv/shims/python3", answer("3.11.7"))
    assert found(world(tmp_path, PATH="/home/alice/.pyenv/shims")) == []


def test_a_virtual_environment_stands_for_its_base(tmp_path: Path) -> None:
    program(tmp_path, "/venv/bin/python", BROKEN)
    program(tmp_path, "/usr/bin/python3", answer("3.10.12"))
    here = world(tmp_path, {"/venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.10.12\n"})
    here = World({**here.environ, "PATH": "/venv/bin"}, here.root)
    assert found(here) == [("3.10.12", "/usr/bin/python3")]


def test_an_interpreter_that_hangs_is_a_reading_and_holds_nothing_up(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/python3.9", "exec /bin/sleep 60")
    program(tmp_path, "/usr/bin/python3.10", answer("3.10.12"))
    began = time.monotonic()
    default, _, reading = read_pythons(world(tmp_path), None)
    assert time.monotonic() - began < 10
    assert default is not None
    assert (reading.status, reading.detail) == (Status.TIMEOUT, "/usr/bin/python3.9")


def test_the_default_is_the_interpreter_below_gpusetups_own() -> None:
    default, others, _ = read_pythons(World(os.environ), None)
    assert default is not None
    assert default.version.numbers == sys.version_info[:3]
    said = subprocess.run(
        [default.path, "-I", "-c", "import sys; print(sys.prefix == sys.base_prefix)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.strip() == "True"
    assert default.path not in [each.path for each in others]


def test_every_interpreter_found_here_has_the_version_that_it_is_listed_with() -> None:
    default, others, _ = read_pythons(World(os.environ), None)
    for python in (default, *others):
        assert python is not None
        said = subprocess.run(
            [python.path, "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert said.stdout.strip() == str(python.version)


# conda


def conda_tree(root: str, version: str = "24.7.1") -> dict[str, str]:
    return {f"{root}/conda-meta/conda-{version}-py311h06a4308_0.json": "{}"}


def test_no_conda_is_looked_for_and_not_there(tmp_path: Path) -> None:
    found_conda, reading = read_conda(world(tmp_path))
    assert (found_conda, reading.status) == (Absence.NOT_THERE, Status.ABSENT)


def test_an_installed_conda_is_described_without_a_start(tmp_path: Path) -> None:
    program(tmp_path, "/home/alice/miniconda3/bin/conda", BROKEN)
    found_conda, _ = read_conda(world(tmp_path, conda_tree("/home/alice/miniconda3")))
    root = "/home/alice/miniconda3"
    assert found_conda == Conda(f"{root}/bin/conda", "conda", "24.7.1", root, "libmamba")


def test_old_condas_solve_classically_unless_told_otherwise(tmp_path: Path) -> None:
    program(tmp_path, "/opt/conda/bin/conda", BROKEN)
    files = conda_tree("/opt/conda", "4.10.3")
    first, _ = read_conda(world(tmp_path, files))
    second, _ = read_conda(world(tmp_path, {"/home/alice/.condarc": "solver: libmamba\n"}))
    assert isinstance(first, Conda)
    assert isinstance(second, Conda)
    assert (first.solver, second.solver) == ("classic", "libmamba")


def test_the_activated_conda_comes_before_the_usual_places(tmp_path: Path) -> None:
    for path in ("/root/miniconda3/bin/conda", "/data/forge/bin/conda"):
        program(tmp_path, path, BROKEN)
    here = world(tmp_path, conda_tree("/data/forge"), CONDA_EXE="/data/forge/bin/conda")
    found_conda, _ = read_conda(here)
    assert isinstance(found_conda, Conda)
    assert found_conda.root == "/data/forge"


def test_a_micromamba_on_path_is_asked_for_its_version(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/micromamba", "echo 2.0.5")
    found_conda, _ = read_conda(world(tmp_path, MAMBA_ROOT_PREFIX="/data/mamba"))
    assert found_conda == Conda("/usr/bin/micromamba", "micromamba", "2.0.5", "/data/mamba")


def test_a_conda_that_is_broken_is_found_with_its_error(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/conda", "echo 'bad interpreter: no such file'; exit 126")
    found_conda, reading = read_conda(world(tmp_path))
    assert isinstance(found_conda, Conda)
    assert reading.status is Status.ERROR
    assert reading.detail == "/usr/bin/conda: bad interpreter: no such file"


# uv


def test_uv_is_the_one_that_gpusetup_depends_on() -> None:
    path, version, reading = read_uv(World(os.environ))
    assert path is not None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    assert version is not None
    assert version in said.stdout
    assert reading.status is Status.OK
    assert shutil.which(path)
