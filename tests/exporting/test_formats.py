"""Every format leads to the very torch that `plan` chooses, for every recorded machine."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpusetup.basics.origins import WHEEL_INDEX
from gpusetup.choosing.choice import Choice
from gpusetup.cli import deciding, main, plan_output
from gpusetup.cli.exporting import comment
from gpusetup.exporting import Contents, Format, Source, text_of
from gpusetup.exporting.contents import contents_of
from gpusetup.request import Request
from tests.exporting.reading import instructions, read, runs, tomllib

MACHINES = Path(__file__).parents[1] / "machines"
PROFILES = sorted(MACHINES.glob("*.yaml"))
FORMATS = ("environment.yml", "requirements.txt", "pyproject.toml", "pixi.toml", "Dockerfile")
LAB = str(MACHINES / "lab-535-four-cards.yaml")


@pytest.fixture
def gpusetup(capsys: pytest.CaptureFixture[str], home: Path) -> Any:
    """Run a command line in this process: its exit code, standard output and standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main.run(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.mark.parametrize("machine", PROFILES, ids=lambda each: each.stem)
def test_every_format_leads_to_the_choice(gpusetup: Any, machine: Path) -> None:
    _, planned, _ = gpusetup("plan", "--machine", str(machine), "--json")
    choice = json.loads(planned)["choice"]
    written = 0
    for format in FORMATS:
        code, out, _ = gpusetup("export", format, "--machine", str(machine), "--json")
        document = json.loads(out)
        if code == 3:
            assert document["code"].startswith("export.cannot."), format
            continue
        written += 1
        assert document["torch"] == choice["torch"]
        assert document["build"] == choice["build"]
        assert document["origin"] == choice["origin"]
        found = read(format, document["text"])
        assert found.python == choice["python"]
        assert found.torch.split("+")[0] == choice["torch"]
        _check_build(found, choice)
    assert written >= 3  # a Mac has no container; a channel's torch is in no list of wheels


def _check_build(found: Any, choice: dict[str, Any]) -> None:
    """By which part of the file only this build can come."""
    digits = (choice["cuda_runtime"] or "").replace(".", "")
    if choice["origin"] in ("conda-forge", "pytorch"):
        assert digits in found.conda_build.replace(".", "")
    elif choice["origin"] == "wheel-index":
        assert found.index == f"{WHEEL_INDEX}/{choice['build']}"
        assert found.torch.endswith(f"+{choice['build']}")
    else:
        assert found.index is None
        assert "+" not in found.torch


def test_what_only_channels_have_is_refused_for_lists_of_wheels(gpusetup: Any) -> None:
    jetson = str(MACHINES / "jetson-orin.yaml")
    for format in ("requirements.txt", "pyproject.toml"):
        code, out, err = gpusetup("export", format, "--machine", jetson)
        assert (code, out) == (3, "")
        assert "environment.yml" in err


def test_two_builds_of_one_version_are_not_written_where_the_file_cannot_say_which(
    gpusetup: Any, tmp_path: Path
) -> None:
    profile = tmp_path / "arm.yaml"
    profile.write_text("os: linux\narch: aarch64\nlibc: {name: glibc, version: '2.35'}\ngpus: []\n")
    wishes = ("--machine", str(profile), "--torch", "2.5.1", "--cpu", "--origin", "wheel-index")
    for format, code in (("requirements.txt", 3), ("environment.yml", 3), ("pyproject.toml", 0)):
        assert gpusetup("export", format, *wishes)[0] == code, format
    _, text, _ = gpusetup("export", "Dockerfile", *wishes)
    assert read("Dockerfile", text).index == f"{WHEEL_INDEX}/cpu"


def test_a_windows_machine_gets_the_linux_build_in_its_container(gpusetup: Any) -> None:
    windows = str(MACHINES / "windows-3060.yaml")
    code, text, _ = gpusetup("export", "Dockerfile", "--machine", windows)
    assert code == 0
    assert "For Linux on x86_64" in text
    # the package index has only a CPU build for Windows, and for Linux only one with CUDA
    wishes = ("--machine", windows, "--cpu", "--origin", "pypi")
    code, out, err = gpusetup("export", "Dockerfile", *wishes)
    assert (code, out) == (3, "")
    assert "for Linux" in err


def test_a_mac_has_no_container_with_its_gpu(gpusetup: Any) -> None:
    mac = str(MACHINES / "mac-m2.yaml")
    code, out, err = gpusetup("export", "Dockerfile", "--machine", mac)
    assert (code, out) == (3, "")
    assert "--machine" in err


def test_a_wish_that_cannot_be_met_is_refused_as_by_plan(gpusetup: Any) -> None:
    wishes = ("--machine", LAB, "--torch", "9.9", "--json")
    assert gpusetup("export", "pixi.toml", *wishes)[:2] == gpusetup("plan", *wishes)[:2]
    assert gpusetup("export", "pixi.toml", *wishes)[0] == 3


def test_the_container_needs_no_cuda_image_no_root_and_torch_from_its_own_index(
    gpusetup: Any,
) -> None:
    wishes = ("--with", "torchvision,opencv", "--machine", LAB)
    _, text, _ = gpusetup("export", "Dockerfile", *wishes)
    steps = instructions(text)
    assert steps[0] == ("FROM", "python:3.14-slim-bookworm")
    assert [value for name, value in steps if name == "USER"] == ["user"]
    installs = [at for at, (_, value) in enumerate(steps) if value.startswith("pip install")]
    assert steps.index(("USER", "user")) < min(installs)
    first, second = [each for each in runs(text) if "pip install" in each]
    assert "--no-deps" in first
    assert f"--index-url {WHEEL_INDEX}/cu126" in first
    assert "opencv" not in first
    assert WHEEL_INDEX not in second
    assert "opencv-python" in second
    assert "--gpus all" in text
    for command in runs(text):
        subprocess.run(["bash", "-n", "-c", command], check=True)


def test_a_login_in_an_address_is_in_no_file(gpusetup: Any, tmp_path: Path) -> None:
    asked = tmp_path / "requirements.txt"
    asked.write_text("tool @ git+https://me:hunter2secret@git.example.org/tool.git\nrich\n")
    for format in FORMATS:
        wishes = ("--machine", LAB, "--requirements", str(asked))
        code, out, err = gpusetup("export", format, *wishes)
        assert code == 0, err
        assert "hunter2secret" not in out + err
        assert "git.example.org/tool.git" in out
        assert "left out" in err


def _contents(**changes: Any) -> Contents:
    """What is exported for the lab's machine, from another place."""
    known = deciding.know(deciding.read_machine(Path(LAB)), Request(), simulated=True)
    choice = deciding.decide(known, Request())
    assert isinstance(choice, Choice)
    place = plan_output.place_for(known, Request(), choice)
    found = contents_of(choice, Request(), known.machine, place, None).contents
    return replace(found, **changes)


@pytest.mark.parametrize("format", FORMATS)
def test_a_mirror_that_was_chosen_stands_in_every_file(format: str) -> None:
    source = Source("https://mirror.example.org/pytorch-wheels/cu126", flat=True)
    contents = _contents(index="https://mirror.example.org/simple", source=source)
    text = text_of(Format(format), contents, comment)
    lines = [each for each in text.splitlines() if not each.startswith("#")]
    assert source.url in "\n".join(lines)
    assert contents.index in "\n".join(lines)
    assert WHEEL_INDEX not in text
    if format == "pyproject.toml":
        [torch, usual] = tomllib.loads(text)["tool"]["uv"]["index"]
        assert (torch["format"], torch["explicit"]) == ("flat", True)
        assert usual == {"url": contents.index, "default": True}


def test_a_folder_of_wheels_is_handed_to_the_build_of_an_image() -> None:
    contents = _contents(source=Source("/data/my wheels", flat=True))
    text = text_of(Format.DOCKERFILE, contents, comment)
    assert "docker build --build-context 'wheels=/data/my wheels'" in text.replace("\n# ", " ")
    first = next(each for each in runs(text) if "pip install" in each)
    assert first.startswith("--mount=type=bind,from=wheels,target=/wheels pip install")
    assert "--no-index" in first


def test_comments_are_in_the_language_in_use_and_the_rest_is_the_same(gpusetup: Any) -> None:
    for format in FORMATS:
        english = gpusetup("export", format, "--machine", LAB, "--lang", "en")[1]
        chinese = gpusetup("export", format, "--machine", LAB, "--lang", "zh")[1]
        assert english != chinese
        assert _without_comments(english) == _without_comments(chinese)
        for text in (english, chinese):
            assert all(len(each) <= 100 for each in text.splitlines())


def _without_comments(text: str) -> list[str]:
    return [each for each in text.splitlines() if each.strip() and not each.startswith("#")]
