"""Every conda row of the matrix: its planned specs give its own build, and no other, when solved.

The channels hold all builds of the matrix at once, so that neighbours and CPU builds are there to
be taken by mistake.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Companion
from gpusetup.compat_files import packaged_or_configured
from gpusetup.engines import specs
from gpusetup.engines.solved import Solved
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.request import Engine, Origin
from tests.lab.solving import Answer, Job, solve_all
from tests.lab.torch_channels import SUBDIRS, torch_build, write_channels

V = Version.parse
_DRIVER = {8: "8.0", 9: "9.2", 10: "10.2", 11: "11.8", 12: "12.9", 13: "13.0"}
# cudatoolkit 8.0 and 9.0 are in no channel that we name (conda-forge begins at 9.2)
_WITHOUT_TOOLKIT = {("1.0.1", "cu80"), ("1.0.1", "cu90"), ("1.1.0", "cu90")}


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return packaged_or_configured({}, None)


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory, matrix: Matrix) -> Path:
    folder = tmp_path_factory.mktemp("channels")
    write_channels(folder, [each for each in matrix.builds if each.origin.is_conda])
    return folder


def rows(matrix: Matrix) -> list[Build]:
    """The CUDA builds of channels whose build strings are known."""
    return [
        each
        for each in matrix.builds
        if each.origin.is_conda and not each.is_cpu and each.platform in SUBDIRS
        if (str(each.torch), each.build) not in _WITHOUT_TOOLKIT
    ]


def choice_of(build: Build, matrix: Matrix) -> Choice:
    from gpusetup.choosing.pins import pins_for

    python = max(build.pythons)
    found = (("torchvision", build.torchvision), ("torchaudio", build.torchaudio))
    companions = tuple(Companion(name, version) for name, version in found if version)
    return Choice(
        build, python, Engine.RATTLER, build.confidence, companions, pins_for(build, python, matrix)
    )


def job(choice: Choice, channels: Path, *, by_override: bool) -> Job:
    wanted = specs.wanted(choice, ("numpy", "pip"), ())
    build = choice.build
    assert build.cuda_runtime
    return Job(
        tuple((channels / each).as_uri() for each in wanted.channels), wanted.specs,
        SUBDIRS[build.platform], _DRIVER[build.cuda_runtime.major], by_override,
    )  # fmt: skip


@pytest.mark.parametrize("by_override", [False, True], ids=["driver seen", "override"])
def test_the_specs_of_every_row_give_its_build(
    channels: Path, matrix: Matrix, by_override: bool
) -> None:
    choices = [choice_of(build, matrix) for build in rows(matrix)]
    answers = solve_all([job(each, channels, by_override=by_override) for each in choices])
    wrong = [
        f"{each.build.origin.value} {each.build.torch} {each.build.build} {each.build.platform}: {why}"
        for each, answer in zip(choices, answers)
        for why in [_wrong(each, answer)]
        if why
    ]
    print(f"tried {len(choices)}, right {len(choices) - len(wrong)}")  # shown with -rP
    assert not wrong, f"{len(wrong)} of {len(choices)}:\n" + "\n".join(wrong)
    assert len(choices) > 300


def test_the_cpu_builds_are_had_where_they_are_chosen(channels: Path, matrix: Matrix) -> None:
    """Also on a machine with a driver, where conda-forge would give its CUDA builds."""
    found = [each for each in matrix.builds if each.origin.is_conda and each.is_cpu]
    choices = [choice_of(each, matrix) for each in found if each.platform in SUBDIRS]
    jobs = []
    for each in choices:
        wanted = specs.wanted(each, ("numpy", "pip"), ())
        urls = tuple((channels / name).as_uri() for name in wanted.channels)
        driver = "12.9" if each.build.platform.startswith("linux") else None
        jobs.append(Job(urls, wanted.specs, SUBDIRS[each.build.platform], driver))
    wrong = [
        f"{each.build.origin.value} {each.build.torch} {each.build.platform}: {answer.text}"
        for each, answer in zip(choices, solve_all(jobs))
        if answer.refusal or specs.judge(each, answer.packages)
    ]
    print(f"tried {len(choices)}, right {len(choices) - len(wrong)}")
    assert not wrong, "\n".join(wrong)
    assert len(choices) == len(found) > 150


def _wrong(choice: Choice, answer: Answer) -> str | None:
    if answer.refusal:
        return f"{answer.refusal} {answer.text}"
    reason = specs.judge(choice, answer.packages)
    if reason:
        return f"{reason.code} {dict(reason.facts)}"
    return _wrong_build(choice, {each.name: each for each in answer.packages})


def _wrong_build(choice: Choice, found: dict[str, Solved]) -> str | None:
    """Held against the names as people's environments list them, not against our own specs."""
    build = choice.build
    torch = found["pytorch"]
    if build.origin is Origin.PYTORCH:
        return None if torch.build == torch_build(build, choice.python) else torch.build
    digits = str(build.cuda_runtime).replace(".", "")
    short = f"py{str(choice.python).replace('.', '')}h"
    fits = torch.build.startswith(f"cuda{digits}") and short in torch.build.replace("_h", "h")
    return None if fits else torch.build


def test_the_rows_that_are_not_solved_are_known(matrix: Matrix) -> None:
    """Counted apart: two old toolkits, and Jetsons, whose channel has a name of its own."""
    cuda = [each for each in matrix.builds if each.origin.is_conda and not each.is_cpu]
    left = [each for each in cuda if each not in rows(matrix)]
    assert {each.platform for each in left} == {
        "linux-x86_64", "windows-x86_64", "linux-aarch64-tegra",
    }  # fmt: skip
    assert len(left) == 10


def test_without_a_driver_and_without_an_override_nothing_is_planned(
    channels: Path, matrix: Matrix
) -> None:
    """A login node: conda would take a CPU build in silence."""
    newest = [
        each
        for each in rows(matrix)
        if each.torch >= V("2.5") and each.origin is not Origin.PYTORCH
    ]
    jobs = [job(choice_of(each, matrix), channels, by_override=True) for each in newest]
    blind = [Job(each.channels, each.specs, each.subdir, None) for each in jobs]
    assert {answer.refusal for answer in solve_all(blind)} == {"conda.no-cuda"}


CARELESS = {
    "conda.cpu-by-toolkit": (
        ("pytorch", "conda-forge"), ("python=3.10", "pytorch=1.13.1", "cudatoolkit=11.6"), ("1.13.1", "cu116"),
    ),
    "conda.cpu-without-nvidia": (
        ("pytorch", "conda-forge"), ("python=3.12", "pytorch=2.5.1"), ("2.5.1", "cu121"),
    ),
    "conda.cpu-without-driver": (
        ("conda-forge",), ("python=3.12", "pytorch=2.8.0"), ("2.8.0", "cu129"),
    ),
    "conda.cpu-by-priority": (
        ("conda-forge", "pytorch", "nvidia"), ("python=3.11", "pytorch=2.1.2"), ("2.1.2", "cu121"),
    ),
    "conda.cpu-by-marker": (
        ("pytorch", "nvidia", "conda-forge"), ("python=3.11", "pytorch=2.1.2", "cpuonly"), ("2.1.2", "cu121"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", CARELESS)
def test_the_ways_to_a_cpu_build_are_stopped_by_name(
    channels: Path, matrix: Matrix, way: str
) -> None:
    names, careless, (torch, build) = CARELESS[way]
    urls = tuple((channels / each).as_uri() for each in names)
    cuda = None if "driver" in way else "12.9"
    [answer] = solve_all([Job(urls, careless, "linux-64", cuda)])
    assert answer.refusal is None, answer.text
    origin = Origin.CONDA_FORGE if names == ("conda-forge",) else Origin.PYTORCH
    row = next(
        each for each in rows(matrix)
        if (str(each.torch), each.build, each.origin) == (torch, build, origin)
        and each.platform == "linux-x86_64"
    )  # fmt: skip
    python = V(careless[0].split("=")[1])
    chosen = Choice(row, python, Engine.CONDA, row.confidence)
    reason = specs.judge(chosen, answer.packages)
    assert reason is not None
    assert reason.code == way
    assert "cpu" in str(reason.facts["found"])
