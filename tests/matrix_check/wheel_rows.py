"""Rows of wheels that are true of the stub index, and the comparison of both."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from gpusetup.basics.versions import Version
from gpusetup.cli.matrix_checking import check_package_index, check_wheel_index
from gpusetup.indexes.client import Client
from gpusetup.matrix.rows import Build, Companion, Matrix
from gpusetup.matrix_check.values import Difference
from gpusetup.request import Origin
from tests.lab.index import Index
from tests.lab.wheels import make_wheel

V = Version.parse

LINUX = Build(
    torch=V("2.7.1"),
    build="cu126",
    origin=Origin.PYPI,
    platform="linux-x86_64",
    cuda_runtime=V("12.6"),
    architectures=((9, 0),),
    ptx=(),
    pythons=(V("3.12"), V("3.13")),
    glibc=V("2.28"),
    cudnn="9.5.1.17",
    nccl="2.26.2",
    torchvision=V("0.22.1"),
)
CPU = replace(LINUX, build="cpu", cuda_runtime=None, architectures=(), cudnn=None, nccl=None)
WINDOWS = replace(CPU, platform="windows-x86_64", glibc=None, pythons=(V("3.12"),))
MAC = replace(CPU, platform="macos-arm64", glibc=None, macos=V("11.0"), pythons=(V("3.12"),))
FOLDER = replace(LINUX, origin=Origin.WHEEL_INDEX, local="cu126", page="whl/cu126")
VISION = Companion("torchvision", V("0.22.1"), "linux-x86_64", (V("3.12"),), (V("3.12.1"),))
ROWS = (LINUX, WINDOWS, MAC, FOLDER)
COMPANIONS = (
    VISION,
    replace(VISION, platform="windows-x86_64"),
    replace(VISION, platform="macos-arm64"),
)

PINS = (
    "nvidia-cudnn-cu12==9.5.1.17; platform_system == 'Linux' and platform_machine == 'x86_64'",
    "nvidia-nccl-cu12==2.26.2; platform_system == 'Linux' and platform_machine == 'x86_64'",
)
TAGS = (
    ("cp312-cp312-manylinux_2_28_x86_64", "12.6"),
    ("cp313-cp313-manylinux_2_28_x86_64", "12.6"),
    ("cp313-cp313t-manylinux_2_28_x86_64", "12.6"),
    ("cp312-cp312-win_amd64", None),
    ("cp312-none-macosx_11_0_arm64", None),
)


def torch_wheel(
    folder: Path, tag: str, cuda: str | None, version: str = "2.7.1", pins: tuple[str, ...] = PINS
) -> None:
    text = f"__version__ = '{version}'\ncuda: Optional[str] = {cuda!r}\n"
    make_wheel(folder, "torch", version, tag=tag, requires=pins, files={"torch/version.py": text})


def vision_wheel(folder: Path, tag: str, version: str = "0.22.1", torch: str = "2.7.1") -> None:
    make_wheel(folder, "torchvision", version, tag=tag, requires=[f"torch=={torch}"])


def matrix(
    rows: tuple[Build, ...] = ROWS, companions: tuple[Companion, ...] = COMPANIONS
) -> Matrix:
    return Matrix(builds=rows, cuda=(), companions=companions)


def of_pypi(index: Index, known: Matrix | None = None) -> tuple[Difference, ...]:
    checked = check_package_index(Client(), known or matrix(), f"{index.url}/simple")
    assert checked.is_checked
    assert checked.unread == ()
    return checked.differences


def of_wheel_index(index: Index, known: Matrix | None = None) -> tuple[Difference, ...]:
    checked = check_wheel_index(Client(), known or matrix(), f"{index.url}/whl")
    assert checked.is_checked
    assert checked.unread == ()
    return checked.differences


def told(differences: tuple[Difference, ...]) -> set[tuple[str, str, str, str]]:
    return {(each.code, each.platform, each.expected, each.found) for each in differences}


def page_of(root: Path, package: str, attributes: str = "", uploaded: str = "2025-06-04") -> bytes:
    links = [
        f'<a href="/simple/{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}" '
        f'data-upload-time="{uploaded}T10:00:00Z" {attributes}>x</a>'
        for path in (root / "simple").glob(f"{package}-*.whl")
    ]
    return "<html>{}</html>".format("".join(links)).encode()


def serve_pages(index: Index, root: Path, attributes: str = "") -> None:
    """Pages as PyPI's: with hashes and days."""
    from tests.lab.index import Fault

    for package in ("torch", "torchvision"):
        index.faults[f"/simple/{package}/"] = Fault(body=page_of(root, package, attributes))
