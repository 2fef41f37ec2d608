"""Wheels in a folder become builds."""

from __future__ import annotations

import pytest

from gpusetup.choosing.sources import WheelFile
from gpusetup.choosing.wheelhouse import companion_in, read_wheels, wheelhouse_builds
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.request import Origin
from tests.choosing.worlds import build, small_matrix, version

KNOWN = small_matrix(
    build("2.7.1", "cu126", Origin.PYPI, "sm_50 sm_80"),
    build("2.7.1", "cu128", Origin.WHEEL_INDEX, "sm_80 sm_120", local="cu128"),
    build("2.7.1", "cpu", Origin.WHEEL_INDEX, local="cpu"),
)


def builds(*names: str) -> tuple[Build, ...]:
    wheels = read_wheels([WheelFile(name, "/srv") for name in names], "linux-x86_64")
    return wheelhouse_builds(wheels, KNOWN, "linux-x86_64")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("torch-2.7.1-cp311-cp311-manylinux_2_28_x86_64.whl", "cu126"),
        ("torch-2.7.1+cu128-cp311-cp311-manylinux_2_28_x86_64.whl", "cu128"),
        ("torch-2.7.1+cpu-cp311-cp311-linux_x86_64.whl", "cpu"),
    ],
)
def test_a_known_wheel_has_the_facts_of_the_matrix(name: str, expected: str) -> None:
    (found,) = builds(name)
    assert (found.build, found.origin, found.location) == (expected, Origin.WHEELHOUSE, "/srv")
    assert found.pythons == (version("3.11"),)


def test_the_wheels_of_several_pythons_are_one_build() -> None:
    (found,) = builds(
        "torch-2.7.1+cpu-cp312-cp312-manylinux_2_28_x86_64.whl",
        "torch-2.7.1+cpu-cp311-cp311-manylinux_2_28_x86_64.whl",
    )
    assert found.pythons == (version("3.11"), version("3.12"))


@pytest.mark.parametrize(
    "name",
    [
        "torch-2.7.1+cpu-cp313-cp313t-manylinux_2_28_x86_64.whl",  # free-threaded Python
        "torch-2.7.1+cpu-cp311-cp311-win_amd64.whl",
        "torch-2.7.1+cpu-cp311-cp311-manylinux_2_28_aarch64.whl",
        "torch-2.8.0.dev20250601+cpu-cp311-cp311-manylinux_2_28_x86_64.whl",
        "torch-2.7.1.tar.gz",
        "not a wheel",
    ],
)
def test_what_does_not_fit_is_passed_over(name: str) -> None:
    assert builds(name) == ()


def test_the_tag_can_ask_for_a_newer_glibc_than_the_matrix_knows() -> None:
    (found,) = builds("torch-2.7.1+cpu-cp311-cp311-manylinux_2_34_x86_64.whl")
    assert found.glibc == version("2.34")


def test_an_unknown_wheel_is_sure_only_where_it_is_for_the_processor() -> None:
    (cpu,) = builds("torch-3.0.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl")
    (cuda,) = builds("torch-3.0.0+cu140-cp311-cp311-manylinux_2_28_x86_64.whl")
    assert (cpu.confidence, cuda.confidence) == (Confidence.MEDIUM, Confidence.LOW)
    assert str(cuda.cuda_runtime) == "14.0"


def test_a_companion_counts_only_with_the_same_local_version_and_python() -> None:
    (torch,) = builds("torch-2.7.1+cpu-cp311-cp311-manylinux_2_28_x86_64.whl")
    names = ("torchvision-0.22.1+cpu", "torchvision-0.22.0")
    files = [WheelFile(f"{name}-cp311-cp311-linux_x86_64.whl", "/srv") for name in names]
    wheels = read_wheels(files, "linux-x86_64")
    assert companion_in(wheels, "torchvision", version("0.22.1"), torch, version("3.11"))
    assert not companion_in(wheels, "torchvision", version("0.22.0"), torch, version("3.11"))
    assert not companion_in(wheels, "torchvision", version("0.22.1"), torch, version("3.12"))
