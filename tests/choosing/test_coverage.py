"""One build for many machines, and who falls out."""

from __future__ import annotations

import pytest

from gpusetup.choosing.coverage import Coverage, cover
from gpusetup.compat_files import packaged_or_configured
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Matrix
from gpusetup.profiles.reading import machine_from_text


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return packaged_or_configured({})


def host(driver: str, capability: str, arch: str = "x86_64", glibc: str = "2.35") -> Machine:
    text = f"""
os: linux
arch: {arch}
libc: {{name: glibc, version: "{glibc}"}}
driver: {{version: "{driver}"}}
gpus: [{{index: 0, name: GPU, compute_capability: "{capability}"}}]
"""
    return machine_from_text(text, "host")


V100, A100 = host("570.86.10", "7.0"), host("535.161.08", "8.0")
RTX5090, K80 = host("580.95.05", "12.0"), host("470.57.02", "3.7")
GRACE = host("580.95.05", "9.0", arch="aarch64")
OLD = host("535.161.08", "8.0", glibc="2.12")


def left(coverage: Coverage) -> list[tuple[int, str]]:
    return [(each.position, each.reason.code) for each in coverage.left_out]


def test_a_v100_and_an_a100_share_a_build(matrix: Matrix) -> None:
    found = cover([V100, A100], matrix)
    assert found.build is not None
    assert (found.build.cuda_runtime is not None, found.left_out) == (True, ())


def test_the_lowest_driver_counts_for_all(matrix: Matrix) -> None:
    alone, together = cover([RTX5090], matrix), cover([RTX5090, V100, A100], matrix)
    assert alone.build
    assert together.build
    assert together.build.torch < alone.build.torch
    assert together.left_out == ()


def test_what_serves_the_most_machines_is_taken_and_the_others_are_named(matrix: Matrix) -> None:
    found = cover([RTX5090, K80, RTX5090], matrix)
    assert left(found) == [(1, "choose.driver-too-old")]
    found = cover([K80, RTX5090, K80], matrix)
    assert found.build is not None
    assert [position for position, _code in left(found)] == [1]


def test_the_order_of_the_machines_does_not_matter(matrix: Matrix) -> None:
    first, second = cover([RTX5090, RTX5090, K80], matrix), cover([K80, RTX5090, RTX5090], matrix)
    assert first.build == second.build


def test_another_processor_falls_out(matrix: Matrix) -> None:
    found = cover([GRACE, A100, A100], matrix)
    assert left(found) == [(0, "choose.other-platform")]


def test_where_nothing_runs_each_machine_has_its_own_reason(matrix: Matrix) -> None:
    found = cover([OLD, OLD], matrix)
    assert found.build is None
    assert {code for _position, code in left(found)} == {"choose.glibc-too-old"}
    mixed = cover([OLD, A100], matrix)
    assert mixed.build is not None
    assert left(mixed) == [(0, "choose.glibc-too-old")]
