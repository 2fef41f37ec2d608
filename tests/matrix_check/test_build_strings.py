"""What build strings and the ranges of dependencies say."""

from __future__ import annotations

import pytest

from gpusetup.indexes.channels import channel_url
from gpusetup.indexes.conda_records import (
    Package,
    Record,
    is_library,
    lower_bound,
    takes,
    understood,
)
from gpusetup.request import Origin
from tests.matrix_check.channel_rows import V


def package(build: str, *depends: str, name: str = "pytorch", origin: Origin = Origin.PYTORCH) -> Package:  # fmt: skip
    (found,) = understood(origin, [Record(name, "1.12.1", build, 0, "linux-64", depends)])
    return found


@pytest.mark.parametrize(
    ("build", "label", "runtime", "python", "cudnn"),
    [
        ("py3.8_cuda11.0.221_cudnn8.0.5_0", "cu110", "11.0", "3.8", "8.0.5"),
        ("py3.7_cuda92_cudnn7_0", "cu92", "9.2", "3.7", "7"),
        ("py3.6_cuda90_cudnn7he774522_1", "cu90", "9.0", "3.6", "7"),
        ("py3.10_cuda12.1_cudnn8.9.2_0", "cu121", "12.1", "3.10", "8.9.2"),
        ("py3.10_cpu_0", "cpu", None, "3.10", None),
        ("py3.7_cuda0.0_cudnn0.0_1", "cpu", None, "3.7", "0.0"),
        ("cuda112py310he33e0d6_201", "cu112", "11.2", "3.10", None),
        ("cuda126_generic_py312_h4c5d6e7_200", "cu126", "12.6", "3.12", None),
        ("cpu_mkl_py39h1234567_103", "cpu", None, "3.9", None),
        ("py3.11_0", "cpu", None, "3.11", None),
    ],
)
def test_a_build_string_is_understood(
    build: str, label: str, runtime: str | None, python: str, cudnn: str | None
) -> None:
    found = package(build)
    assert (found.build, found.python) == (label, V(python))
    assert (str(found.runtime) if found.runtime else None) == runtime
    assert (str(found.cudnn) if found.cudnn else None) == cudnn


def test_what_a_record_depends_on_says_it_more_exactly() -> None:
    found = package(
        "h0_0", "python >=3.10,<3.11.0a0", "pytorch-cuda >=11.7,<11.8", "__glibc >=2.17,<3.0.a0"
    )
    assert (found.build, found.python, found.runtime) == ("cu117", V("3.10"), V("11.7"))
    assert found.glibc == V("2.17")


def test_what_the_matrix_does_not_describe_is_left_out() -> None:
    records = [
        Record("pytorch", "2.7.0.rc1", "cpu_py312_0", 0, "linux-64", ()),
        Record("pytorch", "2.7.0", "rocm64_py312_0", 0, "linux-64", ()),
        Record("pytorch", "2.7.0", "cpu_py313_0", 0, "linux-64", ("python_abi 3.13.* *_cp313t",)),
    ]
    assert understood(Origin.CONDA_FORGE, records) == ()


def test_builds_for_tegra_stand_apart() -> None:
    depends = (("arm-variant * sbsa",), ("arm-variant * tegra",), ())
    records = [
        Record("pytorch", "2.7.0", "cuda129_py312_0", 0, "linux-aarch64", each) for each in depends
    ]
    assert [each.platform for each in understood(Origin.CONDA_FORGE, records)] == [
        "linux-aarch64",
        "linux-aarch64-tegra",
        "linux-aarch64",
    ]


@pytest.mark.parametrize(
    ("spec", "bound"),
    [(">=12.4,<12.5", "12.4"), ("12.4.*", "12.4"), ("11.0|11.0.*", "11.0"), ("<13,>=12", "12"),
     ("=12.4", "12.4"), ("*", None), ("<13", None)],
)  # fmt: skip
def test_a_range_has_a_lower_bound(spec: str, bound: str | None) -> None:
    assert lower_bound(spec) == (V(bound) if bound else None)


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        ("2.5.1", "2.5.1", "2.5.10"),
        ("==2.5.1", "2.5.1", "2.5.0"),
        ("2.5.*", "2.5.1", "2.6.0"),
        ("=2.5", "2.5.1", "2.50.1"),
        (">=2.6.0,<2.7.0a0", "2.6.1", "2.7.0"),
        (">=2.6,!=2.6.1", "2.7.0", "2.6.1"),
        ("1.0.0|1.0.1", "1.0.1", "1.1.0"),
        ("~=2.6.0", "2.6.1", "2.7.0"),
    ],
)
def test_a_range_takes_what_conda_takes(spec: str, inside: str, outside: str) -> None:
    assert takes(spec, V(inside))
    assert not takes(spec, V(outside))


def test_cuda_libraries_are_told_from_other_dependencies() -> None:
    names = ("libcublas", "cudnn", "nccl", "cuda-cudart", "libtorch", "libnvjitlink", "cudatoolkit")
    others = ("cuda-version", "libcxx-x", "numpy", "libcurl-y", "python")
    assert [each for each in (*names, *others) if is_library(each)] == list(names)


def test_a_copy_of_the_channels_is_asked_instead() -> None:
    assert channel_url("pytorch", "https://mirror/conda/") == "https://mirror/conda/pytorch"
    assert channel_url("pytorch").endswith(".org/pytorch")
