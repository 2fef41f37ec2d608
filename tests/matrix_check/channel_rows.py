"""Rows of conda builds that are true of the channels that the tests write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gpusetup.basics.versions import Version
from gpusetup.cli.matrix_checking_channels import check_channel
from gpusetup.matrix.rows import Build, Confidence, Matrix
from gpusetup.matrix_check.values import Checked
from gpusetup.request import Origin
from tests.lab.channel import Stub
from tests.lab.exact_channels import write_exact

V = Version.parse

FORGE = Build(
    torch=V("2.7.1"),
    build="cu126",
    origin=Origin.CONDA_FORGE,
    platform="linux-x86_64",
    cuda_runtime=V("12.6"),
    architectures=((9, 0),),
    ptx=(),
    pythons=(V("3.12"), V("3.13")),
    glibc=V("2.17"),
    torchvision=V("0.22.1"),
    confidence=Confidence.MEDIUM,
    toolkit="cuda-version",
)
FORGE_CPU = replace(
    FORGE, build="cpu", platform="macos-arm64", cuda_runtime=None, glibc=None, toolkit=None
)
OWN = replace(
    FORGE, torch=V("2.5.1"), build="cu124", origin=Origin.PYTORCH, cuda_runtime=V("12.4"),
    cudnn="9.1.0", torchvision=V("0.20.1"), torchaudio=V("2.5.1"), toolkit="pytorch-cuda",
)  # fmt: skip
OWN_CPU = replace(
    OWN, build="cpu", platform="windows-x86_64", cuda_runtime=None, cudnn=None, glibc=None,
    toolkit="cpuonly",
)  # fmt: skip
BOTH = {Origin.CONDA_FORGE: (FORGE, FORGE_CPU), Origin.PYTORCH: (OWN, OWN_CPU)}


def matrix(*rows: Build) -> Matrix:
    return Matrix(builds=rows, cuda=())


def check(folder: Path, held: tuple[Build, ...], *said: Build, more: tuple[Stub, ...] = ()) -> Checked:  # fmt: skip
    """What is said, against a channel that holds other rows."""
    url = write_exact(folder / "channel", held, more)
    return check_channel(matrix(*said), held[0].origin, url, folder / "cache")


def told(checked: Checked) -> set[tuple[str, str, str, str]]:
    assert checked.is_checked, checked.reason
    return {
        (each.code, f"{each.package} {each.version} {each.build}".strip(), each.expected, each.found)
        for each in checked.differences
    }  # fmt: skip
