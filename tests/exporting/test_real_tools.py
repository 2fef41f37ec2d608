"""uv, pip and a conda solver read the exported files, and take exactly the chosen torch.

Decoys stand everywhere: a newer torch and one of the same version on the package index, CPU builds
with higher numbers in the channels, an old NumPy on torch's own index.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from gpusetup.basics.origins import WHEEL_INDEX
from tests.exporting.reading import runs, tomllib
from tests.exporting.test_formats import LAB, MACHINES, gpusetup
from tests.fixtures.torch_env import bare_environment, interpreter, uv
from tests.lab import index as lab
from tests.lab.solving import Job, solve_all
from tests.lab.torch_channels import write_channels
from tests.lab.wheels import make_wheel

__all__ = ["gpusetup"]
_MINOR = "{}.{}".format(*sys.version_info)
_LINUX = "cp{0}-cp{0}-manylinux_2_28_x86_64".format(_MINOR.replace(".", ""))
WISHES = ("--machine", LAB, "--engine", "uv", "--python", _MINOR, "--with", "torchvision")
pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 10), reason="the torch of these tests is for Python 3.10 and later"
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Index]:
    """The package index at /simple, torch's at /whl/cu126."""
    root = tmp_path_factory.mktemp("wheels")
    own, usual = root / "whl" / "cu126", root / "simple"
    make_wheel(own, "torch", "2.14.1+cu126", tag=_LINUX, requires=["sympy"])
    make_wheel(own, "torchvision", "0.29.1+cu126", tag=_LINUX, requires=["torch==2.14.1", "numpy"])
    make_wheel(own, "numpy", "1.0")
    for version in ("2.14.1", "2.99"):
        make_wheel(usual, "torch", version, tag=_LINUX, requires=["sympy"])
    make_wheel(usual, "torchvision", "0.29.1", tag=_LINUX, requires=["torch==2.14.1", "numpy"])
    make_wheel(usual, "numpy", "2.3.1")
    make_wheel(usual, "sympy", "1.14")
    with lab.serve(root) as served:
        yield served


def _exported(gpusetup: Any, format: str, wheels: lab.Index, *wishes: str) -> str:
    """The text, with the index in the place of the real one."""
    code, text, err = gpusetup("export", format, *(wishes or WISHES))
    assert code == 0, err
    assert WHEEL_INDEX in text
    return str(text).replace(WHEEL_INDEX, f"{wheels.url}/whl")


def test_uv_locks_the_project_to_torch_of_its_own_index(
    gpusetup: Any, wheels: lab.Index, tmp_path: Path
) -> None:
    text = _exported(gpusetup, "pyproject.toml", wheels)
    (tmp_path / "pyproject.toml").write_text(text)
    usual = f"{wheels.url}/simple"
    uv("lock", "--project", str(tmp_path), "--no-config", "--default-index", usual,
       "--no-cache", "--python", sys.executable)  # fmt: skip
    locked = tomllib.loads((tmp_path / "uv.lock").read_text())
    found = {each["name"]: each for each in locked["package"]}
    assert found["torch"]["version"] == "2.14.1+cu126"
    assert found["torch"]["source"] == {"registry": f"{wheels.url}/whl/cu126"}
    assert found["torchvision"]["version"] == "0.29.1+cu126"
    assert found["numpy"]["version"] == "2.3.1"
    assert found["sympy"]["source"] == {"registry": usual}


def test_pip_takes_the_build_with_the_local_part(
    gpusetup: Any, wheels: lab.Index, tmp_path: Path
) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(_exported(gpusetup, "requirements.txt", wheels))
    found = _pip("-r", str(file), "--index-url", f"{wheels.url}/simple")
    assert found == {
        "torch": "2.14.1+cu126", "torchvision": "0.29.1+cu126", "numpy": "2.3.1", "sympy": "1.14",
    }  # fmt: skip


def test_uv_reads_the_requirements_as_the_comment_says(
    gpusetup: Any, wheels: lab.Index, tmp_path: Path
) -> None:
    text = _exported(gpusetup, "requirements.txt", wheels)
    file = tmp_path / "requirements.txt"
    file.write_text(text)
    assert "--index-strategy unsafe-best-match" in text
    words = ("pip", "compile", "--no-config", "--no-cache", "--python-version", _MINOR,
             "--default-index", f"{wheels.url}/simple", "--no-annotate", str(file))  # fmt: skip
    best = uv(*words, "--index-strategy", "unsafe-best-match")
    assert "torch==2.14.1+cu126\n" in best
    assert "numpy==2.3.1\n" in best
    # what the comment warns of: torch's index is asked first, also for the rest
    assert "numpy==1.0\n" in uv(*words)


def test_the_commands_of_the_dockerfile_take_torch_from_its_own_index(
    gpusetup: Any, wheels: lab.Index
) -> None:
    text = _exported(gpusetup, "Dockerfile", wheels)
    first, second = [shlex.split(each)[2:] for each in runs(text) if "pip install" in each]
    assert _pip(*first) == {"torch": "2.14.1+cu126", "torchvision": "0.29.1+cu126"}
    # the second finds the first one's torch installed; here it is asked from both
    assert not [word for word in second if word.startswith("--index")]
    assert {"torch==2.14.1+cu126", "numpy"} <= set(second)


def _pip(*words: str) -> dict[str, str]:
    """What the real pip would install."""
    argv = [sys.executable, "-m", "pip", "--isolated", "install", "--dry-run", "--quiet"]
    argv += ["--ignore-installed", "--report", "-", "--no-cache-dir", "--platform"]
    argv += [_LINUX.split("-")[2], "--only-binary", ":all:", "--target", "/nonexistent"]
    done = subprocess.run([*argv, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    return {each["metadata"]["name"]: each["metadata"]["version"] for each in report["install"]}


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from gpusetup.compat_files import packaged_or_configured

    rows = packaged_or_configured({}, None).builds
    wanted = [each for each in rows if each.origin.is_conda and str(each.torch) in _CONDA_TORCH]
    folder = tmp_path_factory.mktemp("channels")
    write_channels(folder, wanted)
    return folder


_CONDA_TORCH = ("2.5.1", "2.10.0")
_CONDA_CASES = (
    ("lab-470-four-1080ti", "2.5.1", "conda-forge"),
    ("lab-535-four-cards", "2.5.1", "pytorch"),
    ("k80-470", "2.5.1", "conda-forge"),
)


def test_a_solver_takes_the_cuda_build_of_the_file_on_a_machine_without_gpu(
    gpusetup: Any, channels: Path
) -> None:
    """environment.yml with CONDA_OVERRIDE_CUDA, and pixi.toml with its system requirement."""
    jobs, wanted = [], []
    for machine, torch, origin in _CONDA_CASES:
        wishes = ("--machine", str(MACHINES / f"{machine}.yaml"), "--torch", torch)
        for format in ("environment.yml", "pixi.toml"):
            code, out, _ = gpusetup("export", format, *wishes, "--origin", origin, "--json")
            if code == 3:
                continue
            document = json.loads(out)
            jobs.append(_job(format, document["text"], channels))
            wanted.append(document)
    assert len(jobs) >= 4
    for document, answer in zip(wanted, solve_all(jobs)):
        torch = next(each for each in answer.packages if each.name == "pytorch")
        assert torch.version == document["torch"]
        assert document["cuda_runtime"].replace(".", "") in torch.build.replace(".", "")


def _job(format: str, text: str, channels: Path) -> Job:
    if format == "environment.yml":
        data = yaml.safe_load(text)
        names, specs = data["channels"], [e for e in data["dependencies"] if isinstance(e, str)]
        cuda = text.split("CONDA_OVERRIDE_CUDA=")[1].split()[0]
    else:
        pixi = tomllib.loads(text)
        names, cuda = pixi["workspace"]["channels"], pixi["system-requirements"]["cuda"]
        specs = [_spec(name, wish) for name, wish in pixi["dependencies"].items()]
    urls = tuple((channels / each).as_uri() for each in names)
    return Job(urls, tuple(specs), "linux-64", cuda, by_override=True)


def _spec(name: str, wish: Any) -> str:
    """A line of pixi.toml as a match spec."""
    if isinstance(wish, str):
        return f"{name} {wish}" if wish != "*" else name
    return " ".join((name, wish["version"], wish.get("build", ""))).strip()


def test_an_environment_is_exported_with_its_exact_versions(
    gpusetup: Any, wheels: lab.Index, home: Path
) -> None:
    prefix = home / "gpu-envs" / "course"
    _environment(gpusetup, prefix, wheels)
    frozen = uv("pip", "freeze", "--python", str(interpreter(prefix)))
    installed = {line.replace(" ", "") for line in frozen.splitlines()}
    code, text, err = gpusetup("export", "requirements.txt", "--env", "course")
    assert code == 0, err
    lines = {each.split(" ;")[0] for each in text.splitlines() if each[0] not in "#-"}
    assert lines == installed
    assert f"--extra-index-url {wheels.url}/whl/cu126" in text

    (home / "pyproject.toml").write_text(gpusetup("export", "pyproject.toml", "--env", "course")[1])
    uv("lock", "--project", str(home), "--no-config", "--no-cache", "--python", sys.executable,
       "--default-index", f"{wheels.url}/simple")  # fmt: skip
    locked = tomllib.loads((home / "uv.lock").read_text())
    found = {f"{e['name']}=={e['version']}" for e in locked["package"] if "registry" in e["source"]}
    assert found == installed


def test_an_environment_of_somebody_else_is_refused(gpusetup: Any, home: Path) -> None:
    bare_environment(home / "gpu-envs" / "theirs")
    code, out, err = gpusetup("export", "pixi.toml", "--env", "theirs")
    assert (code, out) == (3, "")
    assert "not made by gpusetup" in err


def _environment(gpusetup: Any, prefix: Path, wheels: lab.Index) -> None:
    """As `init` leaves it: stub wheels from both indexes, our files, the record."""
    from gpusetup.basics.versions import Version
    from gpusetup.choosing.choice import Choice
    from gpusetup.compat_files import packaged_or_configured
    from gpusetup.engines.uv import project_text
    from gpusetup.request import Engine, Origin, Request
    from gpusetup.road.existing import record_step

    [row] = [
        each for each in packaged_or_configured({}, None).builds_for("linux-x86_64")
        if (str(each.torch), each.build, each.origin) == ("2.14.1", "cu126", Origin.WHEEL_INDEX)
    ]  # fmt: skip
    choice = Choice(row, Version.parse(_MINOR), Engine.UV, row.confidence)
    site = bare_environment(prefix)
    folder = prefix / "gpusetup"
    folder.mkdir()
    project = folder / "pyproject.toml"
    project.write_text(project_text(choice, ("numpy",), (), f"{wheels.url}/whl"))
    uv("pip", "install", "--no-config", "--no-cache", "--python", str(interpreter(prefix)),
       "--default-index", f"{wheels.url}/simple", "-r", str(project))  # fmt: skip
    version = "__version__ = '2.14.1+cu126'\ncuda: Optional[str] = '12.6'\n"
    (site / "torch" / "version.py").write_text(version)
    record = record_step(str(prefix), "run", prefix.name, choice, Request(), "cuda")
    Path(record.path).write_text(record.content)
