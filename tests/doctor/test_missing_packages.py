"""Packages that torch needs and somebody took out by hand: found, put back, taken back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.compat_files import load_packaged
from gpusetup.doctor.check import Case, Severity
from gpusetup.doctor.checks.environment import judge_missing
from gpusetup.environments.facts import Distribution, Environment, TorchRun
from gpusetup.machine import Arch, Machine, Os
from gpusetup.probe.requirements import missing, was_made_with
from tests.doctor.lab import VERSION, Broken, broken, ids, outcomes
from tests.fixtures.torch_env import uv
from tests.lab.index import Index, serve
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="paths of Linux")
NEEDS = ("stub-sympy>=1.13", "stub-gone; python_version < '3'", "stub-extra; extra == 'all'")
MADE = '[project]\ndependencies = ["torch==2.13.0+cpu", "numpy", "pip"]\n'


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with serve(tmp_path / "index") as served:
        yield served


def with_torch(tmp_path: Path, home: Path, *, works: bool = True) -> Broken:
    """An environment whose torch needs a package that is not there, and cannot start without it."""
    head = "from torch import version\n__version__ = version.__version__\n"
    files = {
        "torch/version.py": VERSION.format(version="2.13.0+cpu", cuda=None),
        "torch/__init__.py": head if works else "import stub_sympy\n" + head,
    }
    torch = make_wheel(tmp_path / "wheels", "torch", "2.13.0+cpu", requires=NEEDS, files=files)
    return broken(tmp_path / "env", home, [torch])


def offer(index: Index, home: Path, *names: str) -> None:
    """The home's pip takes packages from the index, which has these."""
    for name in names:
        make_wheel(index.root / "simple", name, "1.14.0")
    config = home / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(f"[global]\nindex-url = {index.url}/simple\n")


def test_a_package_that_torch_needs_is_missed_and_put_back(
    tmp_path: Path, home: Path, index: Index
) -> None:
    offer(index, home, "stub_sympy")
    environment = with_torch(tmp_path, home, works=False)
    before = environment.installed()
    found = environment.doctor()["findings"]
    assert (found[0]["id"], found[0]["severity"]) == ("packages.missing", "error")
    assert found[0]["evidence"] == ["torch 2.13.0+cpu: stub-sympy>=1.13"]
    assert "torch.import-failed" not in [each["id"] for each in found]

    document = environment.doctor("packages.missing", "--fix", "--yes")

    assert outcomes(document) == {"packages.missing": "fixed"}
    assert environment.installed() == {**before, "stub-sympy": "1.14.0"}
    environment.undo()
    assert environment.installed() == before


@pytest.mark.parametrize(
    ("imported", "severity"),
    [(True, Severity.WARNING), (None, Severity.WARNING), (False, Severity.ERROR)],
)
def test_what_torch_can_start_without_is_a_warning(
    imported: bool | None, severity: Severity
) -> None:
    torch = Distribution("torch", "2.13.0", missing=("sympy>=1.13.3",))
    looked = Environment(distributions=(torch,), run=TorchRun(imported=imported))
    case = Case(Machine(os=Os.LINUX, arch=Arch.X86_64), load_packaged(), looked)
    (found,) = judge_missing(case)
    assert (found.severity, found.facts["missing"]) == (severity, ("sympy",))


def test_numpy_is_missed_where_init_had_installed_it(tmp_path: Path, home: Path) -> None:
    environment = with_torch(tmp_path, home)
    own = tmp_path / "env" / "gpusetup"
    own.mkdir()
    (own / "pyproject.toml").write_text(MADE)
    (found,) = environment.doctor("packages.missing")["findings"]
    assert found["evidence"][-1] == "torch 2.13.0+cpu: numpy"
    numpy = make_wheel(tmp_path / "wheels", "numpy", "2.4.0")
    uv("pip", "install", "--no-deps", "--python", environment.python, str(numpy))
    (found,) = environment.doctor("packages.missing")["findings"]
    assert found["evidence"] == ["torch 2.13.0+cpu: stub-sympy>=1.13"]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "cannot repair this by itself"), ("zh", "不能自动修复")]
)
def test_a_fix_that_has_nothing_to_do_says_so(
    tmp_path: Path, home: Path, language: str, words: str
) -> None:
    environment = broken(tmp_path / "env", home, [])
    (home / "torch.py").write_text("print('mine')\n")
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "doctor", "environment.torch-shadowed", "--fix", "--yes",
         "--python", environment.python, "--lang", language],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "COLUMNS": "200"},
        capture_output=True, text=True, timeout=120, check=False, cwd=home,
    )  # fmt: skip
    assert (done.returncode, words in done.stderr) == (1, True), done.stdout + done.stderr
    assert (home / "torch.py").read_text() == "print('mine')\n"


def test_a_wrong_pythonpath_comes_with_the_command_that_empties_it(
    tmp_path: Path, home: Path
) -> None:
    other = tmp_path / "other" / "torch"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("__version__ = '1.0'\n")
    environment = with_torch(tmp_path, home)
    told = Broken(
        environment.prefix, home, {**environment.environ, "PYTHONPATH": str(other.parent)}
    ).doctor("environment.torch-shadowed")
    assert ids(told) == ["environment.torch-shadowed"]
    assert [each["argv"] for each in told["findings"][0]["remedy"]["steps"]] == [
        ["unset", "PYTHONPATH"]
    ]


def test_demands_of_extras_other_systems_and_other_pythons_are_none() -> None:
    lines = (*NEEDS, "win; sys_platform == 'no-such'", "three >= 1 ; python_version >= '3.12'", "?")
    assert missing(lines, "3.11.7", lambda _name: False) == ("stub-sympy>=1.13",)
    assert missing(lines, "3.12.1", lambda name: name != "three") == ("three>=1",)


def test_a_project_file_of_init_names_what_it_has_installed() -> None:
    assert was_made_with(MADE, "numpy")
    assert not was_made_with(MADE, "num")
    assert not was_made_with("", "numpy")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_torch_that_cannot_start_names_the_environment_that_is_looked_at(
    tmp_path: Path, home: Path, language: str
) -> None:
    files = {"torch/__init__.py": "raise ImportError('something odd')\n"}
    wheel = make_wheel(tmp_path / "wheels", "torch", "2.13.0+cpu", files=files)
    environment = broken(tmp_path / "env", home, [wheel], GPUSETUP_LANG=language)
    (found,) = environment.doctor()["findings"][:1]
    assert found["id"] == "torch.import-failed"
    assert "NAME" not in found["remedy"]["text"]
    (step,) = found["remedy"]["steps"]
    assert step["argv"] == ["gpusetup", "init", "--prefix", str(tmp_path / "env"), "--replace"]
