"""Where torch must compute after an installation, from the build and the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, expected_device
from gpusetup.machine import Absence, Arch, Driver, Gpu, Machine, Os, PciGpu
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.profiles.reading import machine_from_text
from gpusetup.request import Engine, Origin

V = Version.parse
MACHINES = Path(__file__).parent.parent / "machines"


def taken(build: str, platform: str = "linux-x86_64") -> Choice:
    runtime = None if build == "cpu" else V("12.8")
    found = Build(
        torch=V("2.8.0"), build=build, origin=Origin.PYPI, platform=platform,
        cuda_runtime=runtime, architectures=(), ptx=(), pythons=(V("3.12"),),
    )  # fmt: skip
    return Choice(found, V("3.12"), Engine.UV, Confidence.HIGH)


@pytest.mark.parametrize(
    ("profile", "build", "expected"),
    [
        ("rtx-5090", "cu128", "cuda"),
        ("nouveau-3060", "cu128", "cuda"),  # the card is there, its driver is not yet
        ("debian-no-gpu", "cu128", "cpu"),  # the package index has no build without CUDA
        ("slurm-login", "cu128", "cpu"),  # the GPUs are on the compute nodes
        ("rtx-5090", "cpu", "cpu"),
    ],
)
def test_a_cuda_build_must_use_cuda_where_a_gpu_is(profile: str, build: str, expected: str) -> None:
    path = MACHINES / f"{profile}.yaml"
    machine = machine_from_text(path.read_text(encoding="utf-8"), str(path))
    assert expected_device(taken(build), machine) == expected


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (Machine(Os.LINUX, Arch.X86_64), "cpu"),
        (Machine(Os.LINUX, Arch.X86_64, driver=Absence.NOT_THERE), "cpu"),
        (Machine(Os.LINUX, Arch.X86_64, driver=Driver(V("570.86"))), "cuda"),
        (Machine(Os.LINUX, Arch.X86_64, driver=Driver(V("570.86")), gpus=()), "cpu"),
        (Machine(Os.LINUX, Arch.X86_64, gpus=(Gpu(0, "NVIDIA L4"),)), "cuda"),
    ],
)
def test_gpus_that_could_not_be_read_are_expected_behind_a_driver(
    machine: Machine, expected: str
) -> None:
    assert expected_device(taken("cu128"), machine) == expected


def test_a_card_that_was_handed_on_is_not_expected() -> None:
    card = PciGpu(device_id="2684", bound_driver="vfio-pci")
    machine = Machine(Os.LINUX, Arch.X86_64, gpus=(), pci_gpus=(card,))
    assert expected_device(taken("cu128"), machine) == "cpu"


def test_apples_gpu_is_expected_on_apple_silicon() -> None:
    machine = Machine(Os.MACOS, Arch.ARM64)
    assert expected_device(taken("cpu", "macos-arm64"), machine) == "mps"
