"""Given this machine, this build of the packaged matrix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpusetup.machine import Driver, Gpu, GpuState, Libc, Machine, PciGpu
from gpusetup.matrix.rows import Confidence
from gpusetup.request import GpuPolicy, Origin
from tests.choosing.asking import answer, chosen, refused
from tests.choosing.worlds import machine, version


@pytest.mark.parametrize(
    ("driver", "gpus", "expected"),
    [
        # Kepler ends with driver 470, CUDA 11 and cuDNN 8
        ("384.81", "3.7", "1.1.0+cu90 pypi"),
        ("396.37", "3.5", "1.3.0+cu92 wheel-index"),
        ("440.33.01", "3.7", "1.12.1+cu102 pypi"),
        ("460.32.03", "3.7", "2.3.1+cu118 wheel-index"),
        ("470.256.02", "3.7", "2.3.1+cu118 wheel-index"),
        ("470.256.02", "3.5", "1.3.0+cu101 pypi"),
        ("470.256.02", "3.7 7.0", "2.3.1+cu118 wheel-index"),
        # CUDA before 11 wants the driver of its own toolkit
        ("410.104", "7.5", "1.7.1+cu92 wheel-index"),
        ("418.67", "7.0", "1.8.1+cu101 wheel-index"),
        ("440.33.01", "6.1", "1.12.1+cu102 pypi"),
        # 450.36 is the floor of 11.0, and 450.80 that of all later 11.x
        ("450.36.06", "8.0", "1.7.1+cu110 wheel-index"),
        ("450.51.06", "8.0", "1.7.1+cu110 wheel-index"),
        ("450.80.02", "8.0", "2.7.1+cu118 wheel-index"),
        ("455.32.00", "8.6", "2.7.1+cu118 wheel-index"),
        ("470.82.01", "8.6", "2.7.1+cu118 wheel-index"),
        ("510.47.03", "8.6", "2.7.1+cu118 wheel-index"),
        ("520.61.05", "8.9", "2.7.1+cu118 wheel-index"),
        # 525 serves all of CUDA 12, whose wheels end with 2.14.1
        ("525.60.13", "8.9", "2.14.1+cu126 wheel-index"),
        ("525.147.05", "8.0", "2.14.1+cu126 wheel-index"),
        ("535.183.01", "5.2", "2.14.1+cu126 wheel-index"),
        ("550.90.07", "7.0", "2.14.1+cu126 wheel-index"),
        ("560.35.03", "6.0", "2.14.1+cu126 wheel-index"),
        ("565.57.01", "8.9 8.9", "2.14.1+cu126 wheel-index"),
        ("550.90.07", "6.1 7.0 7.5 8.9", "2.14.1+cu126 wheel-index"),
        # cu126 has no Blackwell, cu128 ended with 2.11
        ("570.124.06", "10.0", "2.11.0+cu128 wheel-index"),
        ("575.57.08", "12.0", "2.11.0+cu128 wheel-index"),
        ("575.57.08", "10.3", "2.11.0+cu128 wheel-index"),
        # CUDA 13 from driver 580 on, and from Turing on
        ("580.65.06", "7.5", "2.15.0+cu132 pypi"),
        ("580.95.05", "8.6", "2.15.0+cu132 pypi"),
        ("580.95.05", "12.1", "2.15.0+cu132 pypi"),
        ("580.95.05", "5.0", "2.14.1+cu126 wheel-index"),
        ("580.95.05", "6.1", "2.14.1+cu126 wheel-index"),
        ("580.95.05", "7.0", "2.14.1+cu126 wheel-index"),
        ("580.95.05", "7.0 9.0", "2.14.1+cu126 wheel-index"),
        ("590.48.01", "9.0", "2.15.0+cu132 pypi"),
        ("595.71.05", "10.3", "2.15.0+cu132 pypi"),
        ("610.43.02", "8.9", "2.15.0+cu132 pypi"),
        ("615.71.09", "12.0", "2.15.0+cu132 pypi"),
        # no wheel has both Pascal and Blackwell
        ("580.65.06", "6.1 12.0", "2.13.0+cu129 conda-forge"),
        # GPUs that the driver does not drive
        ("535.183.01", "3.7", "driver-dropped-gpu: 2.3.1+cu118 driver"),
        ("590.48.01", "6.1", "driver-dropped-gpu: 2.14.1+cu126 driver"),
        ("595.71.05", "6.1 12.0", "driver-dropped-gpu: 2.15.0+cu132 gpu-policy"),
        ("535.183.01", "12.0", "driver-before-gpu: 2.15.0+cu132 driver"),
        # GPUs that no build was ever compiled for
        ("390.157", "2.1", "gpu-not-covered: 2.15.0+cpu cuda"),
        ("470.256.02", "3.0", "gpu-not-covered: 2.15.0+cpu cuda"),
    ],
)
def test_linux_gets_the_newest_torch_that_surely_runs(
    driver: str, gpus: str, expected: str
) -> None:
    assert answer(machine(driver, gpus)) == expected


@pytest.mark.parametrize(
    ("driver", "gpus", "expected"),
    [
        ("452.39", "7.5", "2.7.1+cu118 wheel-index"),
        ("472.50", "6.1", "2.7.1+cu118 wheel-index"),
        ("512.15", "8.6", "2.7.1+cu118 wheel-index"),
        ("528.33", "8.9", "2.14.1+cu126 wheel-index"),
        ("537.58", "8.6", "2.14.1+cu126 wheel-index"),
        ("576.57", "12.0", "2.11.0+cu128 wheel-index"),
        ("581.29", "8.6", "2.15.0+cu132 wheel-index"),
        ("581.29", "6.1", "2.14.1+cu126 wheel-index"),  # 581 is still branch R580
        ("591.86", "6.1", "driver-dropped-gpu: 2.14.1+cu126 driver"),
        ("617.14", "12.0", "2.15.0+cu132 wheel-index"),
    ],
)
def test_windows_gets_wheels_of_the_pytorch_index(driver: str, gpus: str, expected: str) -> None:
    assert answer(machine(driver, gpus, os="windows")) == expected


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("537.58", "2.14.1+cu126 wheel-index"),
        ("528.33", "2.14.1+cu126 wheel-index"),
        ("527.41", "2.7.1+cu118 wheel-index"),  # enough on Linux, not on Windows
        ("581.80", "2.15.0+cu132 pypi"),
    ],
)
def test_wsl_2_takes_linux_builds_by_the_windows_driver(driver: str, expected: str) -> None:
    assert answer(machine(driver, "8.9", wsl=2)) == expected


@pytest.mark.parametrize(
    ("driver", "gpus", "expected"),
    [
        ("535.129.03", "9.0", "2.14.1+cu126 wheel-index"),  # GH200
        ("570.124.06", "10.0", "2.11.0+cu128 wheel-index"),  # GB200
        ("580.95.05", "12.1", "2.15.0+cu132 pypi"),  # GB10
        ("580.95.05", "11.0", "2.15.0+cu132 pypi"),  # Thor
        ("540.4.0", "8.7", "2.13.0+cu129 conda-forge"),  # Orin: only a build of its own
        ("595.78", "8.7", "2.15.0+cu132 pypi"),  # Orin from CUDA 13.2 on: an ordinary 8.x
        ("540.4.0", "7.2", "gpu-not-covered: 2.15.0+cpu cuda"),  # Xavier
    ],
)
def test_arm_servers_and_jetsons(driver: str, gpus: str, expected: str) -> None:
    assert answer(machine(driver, gpus, arch="aarch64")) == expected


@pytest.mark.parametrize(
    ("glibc", "gpus", "expected"),
    [
        ("2.17", "8.0", "2.6.0+cu124 pypi"),
        ("2.27", "8.0", "2.6.0+cu124 pypi"),
        ("2.28", "8.0", "2.15.0+cu132 pypi"),
        ("2.17", "", "2.6.0+cpu wheel-index"),
        ("2.12", "8.0", "glibc-too-old: nothing"),
    ],
)
def test_an_old_glibc_takes_the_last_torch_that_loads_on_it(
    glibc: str, gpus: str, expected: str
) -> None:
    assert answer(machine("580.95.05" if gpus else None, gpus, glibc=glibc)) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (machine(), "2.15.0+cpu wheel-index"),
        (machine(os="windows"), "2.15.0+cpu wheel-index"),
        (machine(arch="aarch64"), "2.15.0+cpu wheel-index"),
        (machine(os="macos", arch="arm64", os_version="14"), "2.15.0+cpu pypi"),
        (machine(os="macos", arch="arm64", os_version="12.6"), "2.11.0+cpu pypi"),
        (machine(os="macos", arch="x86_64", os_version="13.1"), "2.2.2+cpu pypi"),
        (machine(os="windows", arch="aarch64"), "no-builds-for-platform: nothing"),
        (machine("550.90", "8.9", wsl=1), "2.15.0+cpu wheel-index"),
    ],
)
def test_without_a_gpu_a_small_build_for_the_processor(where: Machine, expected: str) -> None:
    assert answer(where) == expected


def test_the_default_windows_wheel_of_the_package_index_is_refused_beside_a_gpu() -> None:
    where = machine("581.29", "8.6", os="windows")
    assert answer(where, origin=Origin.PYPI) == "cpu-build-only: 2.15.0+cu132 origin"


def test_the_newest_gpu_alone_can_be_served() -> None:
    choice = chosen(machine("580.65.06", "6.1 12.0"), gpu_policy=GpuPolicy.NEWEST)
    assert str(choice.build.torch) == "2.15.0"
    left = next(each for each in choice.warnings if each.code == "choose.gpus-left-out")
    assert left.facts["gpus"] == "GPU 6.1 (6.1)"


def test_a_login_node_is_served_by_what_its_compute_nodes_have() -> None:
    nodes = (machine("570.86.15", "7.0 7.0"), machine("525.60.13", "8.0"))
    assert answer(machine(nodes=nodes)) == "2.14.1+cu126 wheel-index"


def test_the_oldest_glibc_of_login_and_compute_nodes_counts() -> None:
    old = machine("580.95.05", "8.0", glibc="2.17")
    assert answer(machine(nodes=(old,))) == "2.6.0+cu124 pypi"
    new = machine("580.95.05", "8.0")
    assert answer(machine(glibc="2.17", nodes=(new,))) == "2.6.0+cu124 pypi"


def test_a_lost_gpu_still_has_to_be_covered() -> None:
    where = machine("580.95.05", "8.9")
    lost = Gpu(1, "GTX 1080 Ti", (6, 1), state=GpuState.LOST)
    where = replace(where, gpus=(*(where.gpus or ()), lost))
    assert answer(where) == "2.14.1+cu126 wheel-index"


@pytest.mark.parametrize(
    ("capability", "expected", "minimum"),
    [
        ((6, 1), "2.14.1+cu126 wheel-index", "525.60.13"),
        ((3, 7), "2.3.1+cu118 wheel-index", "450.80.02"),
        ((12, 0), "2.15.0+cu132 pypi", "580"),
    ],
)
def test_a_card_without_driver_is_chosen_for_and_the_driver_is_named(
    capability: tuple[int, int], expected: str, minimum: str
) -> None:
    card = PciGpu("1b06", capability and "chip", None, capability)
    where = replace(machine(), pci_gpus=(card,))
    assert answer(where) == expected
    warning = next(w for w in chosen(where).warnings if w.code == "choose.no-driver-yet")
    assert warning.facts["minimum"] == minimum


@pytest.mark.parametrize(
    ("cuda", "gpus", "expected"),
    [
        ("12.2", "8.6", "2.14.1+cu126 wheel-index"),
        ("13.0", "8.6", "2.15.0+cu132 pypi"),
        ("11.0", "8.0", "1.7.1+cu110 wheel-index"),
        ("11.4", "8.0", "2.7.1+cu118 wheel-index"),
        ("10.2", "7.0", "1.12.1+cu102 pypi"),
        ("12.2", "3.7", "driver-dropped-gpu: 2.3.1+cu118 driver"),
    ],
)
def test_a_driver_known_only_by_its_cuda_version_is_a_lower_bound(
    cuda: str, gpus: str, expected: str
) -> None:
    where = replace(machine(gpus=gpus), driver=Driver(None, version(cuda)))
    assert answer(where) == expected


def test_unknown_gpus_under_a_known_driver_are_served_by_the_driver_with_a_warning() -> None:
    choice = chosen(replace(machine("535.183.01"), gpus=None))
    assert choice.build.build == "cu126"
    assert choice.confidence is Confidence.LOW
    assert [each.code for each in choice.warnings] == ["choose.gpus-unknown"]


def test_a_gpu_without_capability_is_known_by_its_name() -> None:
    where = replace(machine("580.95.05"), gpus=(Gpu(0, "NVIDIA GeForce GTX 1080 Ti"),))
    assert answer(where) == "2.14.1+cu126 wheel-index"


def test_a_gpu_that_nothing_is_known_about_lowers_the_confidence() -> None:
    choice = chosen(replace(machine("580.95.05"), gpus=(Gpu(0, "Graphics Device"),)))
    assert choice.confidence is Confidence.LOW
    assert [each.code for each in choice.warnings] == ["choose.capability-unknown"]


def test_nothing_known_gives_a_processor_build_and_says_so() -> None:
    choice = chosen(replace(machine(), driver=None, gpus=None))
    assert choice.build.is_cpu
    assert [each.code for each in choice.warnings] == ["choose.nothing-known-about-gpus"]


def test_musl_is_refused_for_all_builds() -> None:
    where = replace(machine(), libc=Libc("musl", version("1.2.4")))
    assert refused(where).code == "choose.not-glibc"
