"""Somebody's requirements are read as pip and conda read them, and torch is taken out."""

from __future__ import annotations

import sys
from typing import Mapping

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.basics.versions import Version
from gpusetup.requirement_files import Requirements, read_requirements
from gpusetup.requirement_files.environment_yml import _pip_specifier
from gpusetup.requirement_files.pip_file import logical_lines
from gpusetup.requirement_files.torch_family import holds_torch, part_of_torch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the paths are POSIX's")


def read(files: Mapping[str, str], name: str = "requirements.txt") -> Requirements:
    return read_requirements(f"/repo/{name}", lambda path: files[path.replace("/repo/", "")])


def of(text: str, **more: str) -> Requirements:
    return read({"requirements.txt": text, **{k.replace("_", "."): v for k, v in more.items()}})


def test_lines_are_joined_and_comments_go() -> None:
    text = "\ufeff# top\na==1 \\\n  --hash=sha256:x # why\n\n  # in\nb # c\nc#d\n"
    assert list(logical_lines(text)) == [(2, "a==1   --hash=sha256:x"), (6, "b"), (7, "c#d")]


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("torch==1.13.1", "==1.13.1"), ("torch == 1.13.1+cu117", "==1.13.1"), ("torch", None),
        ("torch>=1.7,!=1.8.0", ">=1.7,!=1.8.0"), ("torch (>=1.7)", ">=1.7"),
        ("Torch[opt]~=2.1 --hash=sha256:ab", "~=2.1"), ("torch==2.0.1; python_version>='3'", "==2.0.1"),
        ("torch==2.0.1; sys_platform=='plan9'", None), ("torch===2.0.1", "===2.0.1"),
        ("torch @ https://x.example/whl/cu118/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl", "==2.1.0"),
        ("https://x.example/torch-2.1.0-cp310-cp310-linux_x86_64.whl", "==2.1.0"),
        ("torch @ git+https://github.com/pytorch/pytorch", None),
    ],
)  # fmt: skip
def test_what_is_said_of_torch_is_a_wish_and_never_a_requirement(
    line: str, wish: str | None
) -> None:
    found = of(f"numpy\n{line}\n")
    assert found.torch == wish
    assert found.lines == ("numpy",)
    [left] = found.left_out
    assert (left.text, left.place, left.cause) == (line, "requirements.txt:2", "torch")


def test_what_comes_with_torch_goes_too_and_companions_are_remembered() -> None:
    text = "torchvision>=0.14\ntorchaudio; sys_platform=='plan9'\nnvidia-cudnn-cu12==9.1\ntriton==2.1\n"
    found = of(text)
    assert found.lines == ()
    assert found.companions == ("torchvision",)
    assert len(found.left_out) == 4


@pytest.mark.parametrize("name", ["torchmetrics", "torch-fidelity", "nvidia-ml-py", "xformers",
                                  "nvidia-dali-cuda120", "pytorch-lightning"])  # fmt: skip
def test_what_only_sounds_like_torch_stays(name: str) -> None:
    assert not part_of_torch(name)
    assert of(f"{name}==1.0\n").lines == (f"{name}==1.0",)


def test_all_that_files_say_of_torch_must_hold() -> None:
    found = of("torch>=1.8\n-r more.txt\n", more_txt="torch<2\nrich\n")
    assert found.torch == ">=1.8,<2"
    assert found.lines == ("rich",)
    assert found.left_out[1].place == "more.txt:1"


def test_constraints_bind_but_wish_nothing() -> None:
    found = of("rich\n-c limits.txt\n", limits_txt="torch<2\nscipy<1.12\n")
    assert (found.torch, found.constraints) == (None, ("scipy<1.12",))


def test_hashes_addresses_and_local_paths_are_kept() -> None:
    text = (
        "rich==13 --hash=sha256:ab --hash=sha256:cd\n-e .\n./libs/x\nmine @ file:./lib\n-e ../sub\n"
        "a @ git+https://github.com/a/b@main\ngit+https://github.com/c/d#egg=d\n-f wheels\n"
    )
    assert of(text).lines == (
        "rich==13 --hash=sha256:ab --hash=sha256:cd", "-e /repo", "/repo/libs/x", "mine @ /repo/lib",
        "-e /repo/../sub", "a @ git+https://github.com/a/b@main", "git+https://github.com/c/d#egg=d",
        "-f /repo/wheels",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("--extra-index-url https://download.pytorch.org/whl/cu118", "index"),
        ("-f https://download.pytorch.org/whl/torch_stable.html", "index"),
        ("--find-links=https://data.pyg.org/whl/torch-2.1.0+cu121.html", "index"),
        ("--extra-index-url https://mirror.nju.edu.cn/pytorch/whl/cu121", "index"),
        ("-i https://mirror.example/simple", "index"), ("--trusted-host x", "option"),
        ("--no-binary torch", "option"), ("--pre", "option"),
    ],
)  # fmt: skip
def test_no_other_place_for_torch_comes_in_by_a_file(line: str, cause: str) -> None:
    found = of(f"{line}\nrich\n")
    assert found.lines == ("rich",)
    assert [(each.text, each.cause) for each in found.left_out] == [(line, cause)]


def test_other_indexes_of_a_file_stay() -> None:
    line = "--extra-index-url https://pypi.ngc.nvidia.com"
    assert not holds_torch(line)
    assert of(f"{line}\n").lines == (line,)


@pytest.mark.parametrize("line", ["import os", "numpy=1.2", "a b"])
def test_what_is_no_requirement_is_said_with_its_place(line: str) -> None:
    with pytest.raises(UsageError) as error:
        of(f"rich\n{line}\n")
    assert error.value.code == "requirements.no-requirement"
    assert error.value.facts == {"place": "requirements.txt:2", "line": line}


def test_a_circle_and_a_page_of_the_network_are_said() -> None:
    with pytest.raises(UsageError) as circle:
        of("-r more.txt\n", more_txt="-r requirements.txt\n")
    assert circle.value.code == "requirements.circle"
    with pytest.raises(UsageError) as remote:
        of("-r https://x.example/r.txt\n")
    assert (remote.value.code, remote.value.facts["url"]) == (
        "requirements.remote", "https://x.example/r.txt",
    )  # fmt: skip


ENVIRONMENT = """\
name: ldm
channels:
  - pytorch
  - defaults
  - bioconda
dependencies:
  - python=3.8.5
  - pip=20.3
  - cudatoolkit=11.3
  - pytorch=1.11.0
  - torchvision=0.12.0
  - numpy=1.19.2
  - conda-forge::ffmpeg>=4
  - pip:
    - torchmetrics==0.6.0
    - torch-fidelity==0.3.0
    - torchaudio
    - -e .
prefix: /home/them/envs/ldm
x: {y: z}
"""


def test_an_environment_file_is_read_with_its_list_for_pip() -> None:
    found = read({"environment.yml": ENVIRONMENT}, "environment.yml")
    assert found.torch == "==1.11.0"
    assert found.torch_place == "environment.yml:10"
    assert found.python == Version.parse("3.8")
    assert found.specs == ("numpy=1.19.2", "conda-forge::ffmpeg>=4")
    assert found.channels == ("bioconda",)
    assert found.companions == ("torchvision", "torchaudio")
    assert found.lines == ("torchmetrics==0.6.0", "torch-fidelity==0.3.0", "-e /repo")
    assert {each.text: each.cause for each in found.left_out} == {
        "pytorch": "channel", "cudatoolkit=11.3": "toolkit", "pytorch=1.11.0": "torch",
        "torchvision=0.12.0": "torch", "torchaudio": "torch",
    }  # fmt: skip
    assert found.needs_conda


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("", ""), ("=1.13", "==1.13.*"), ("=1.13.1", "==1.13.1"), ("==2.1.0", "==2.1.0"),
        (">=1.8,<2", ">=1.8,<2"), ("=1.13.1=py3.10_cuda11.7*", "==1.13.1"), ("1.8.*", "==1.8.*"),
        ("=2", "==2.*"), ("=*=*cuda*", ""), ("1.12.1", "==1.12.1"),
    ],
)  # fmt: skip
def test_condas_versions_are_said_as_pip_says_them(conda: str, pip: str) -> None:
    assert _pip_specifier(conda) == pip


def test_an_environment_file_with_a_mistake_is_refused_with_its_line() -> None:
    with pytest.raises(UsageError) as error:
        read({"environment.yml": "dependencies:\n  - a\n - b\n"}, "environment.yml")
    assert error.value.code == "requirements.no-environment"
    [problem] = error.value.facts["problems"]  # type: ignore[misc]
    assert problem.line == 3
