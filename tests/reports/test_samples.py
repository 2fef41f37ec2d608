"""Each layout of each tool: driver, CUDA version, indices and names come out as printed."""

from __future__ import annotations

import pytest

from gpusetup.basics.versions import Version
from gpusetup.machine import Arch, GpuState, Os, Status
from tests.reports.reading import SAMPLES, names, numbers, read

GTX_1080_TI = "GeForce GTX 108..."

READ = {
    "table-331.txt": ("331.62", None, [(0, "Tesla K20c"), (1, "GeForce GTX 650")]),
    "table-384.txt": (
        "384.130",
        None,
        [(0, GTX_1080_TI), (1, GTX_1080_TI), (3, "TITAN X (Pascal)")],
    ),
    "table-440.txt": ("440.33.01", "10.2", [(0, "Tesla V100-SXM2...")]),
    "table-460-windows-tcc.txt": ("461.33", "11.2", [(0, "Tesla P40"), (1, "Quadro P620")]),
    "table-470-holes.txt": (
        "470.82.01",
        "11.4",
        [(0, "NVIDIA GeForce ..."), (2, "NVIDIA TITAN RTX"), (5, "Quadro RTX 8000")],
    ),
    "table-515-mig.txt": ("515.65.01", "11.7", [(0, "NVIDIA A30"), (1, "NVIDIA A30")]),
    "table-535.txt": (
        "535.154.05",
        "12.2",
        [(0, "NVIDIA GeForce RTX 4090"), (1, "NVIDIA GeForce RTX 4050 ...")],
    ),
    "table-550-errors.txt": ("550.144.03", "12.4", [(0, "NVIDIA GeForce RTX 3090"), (1, "ERR!")]),
    "table-580-unified.txt": ("580.95.05", "13.0", [(0, "NVIDIA Thor")]),
    "table-580-cuda-err.txt": ("580.65.06", None, [(0, "NVIDIA RTX PRO 6000 Blac...")]),
    "table-590-mig.txt": ("590.44.01", "13.1", [(0, "NVIDIA B200")]),
    "table-591-windows.txt": ("591.59", "13.1", [(0, "NVIDIA GeForce RTX 5070 ...")]),
    "table-615-wsl.txt": ("616.10", "13.4", [(0, "NVIDIA GeForce RTX 5090")]),
    "table-620.txt": ("620.20.01", "14.0", [(0, "NVIDIA RTX 2000 Ada Gene...")]),
    "lost-gpu.txt": (
        "560.35.03",
        "12.6",
        [(0, "NVIDIA RTX A6000"), (2, "NVIDIA RTX A6000"), (None, None)],
    ),
    "listing-mig.txt": (
        None,
        None,
        [(0, "NVIDIA A100-PCIE-40GB"), (1, "NVIDIA TITAN X (Pascal)")],
    ),
    "query-header.csv": ("570.172.08", None, [(0, "NVIDIA L4"), (1, None), (2, "NVIDIA H100 NVL")]),
    "query-bare.csv": ("525.147.05", None, [(0, "Tesla P100-PCIE-16GB"), (1, None)]),
    "query-command.txt": (
        "550.54.15",
        None,
        [(None, "NVIDIA GeForce RTX 2080 Ti"), (None, "NVIDIA GeForce RTX 2080 Ti")],
    ),
    "version-610.txt": ("611.20.01", "13.3", []),
    "query-535.txt": (
        "535.129.03",
        "12.2",
        [(0, "NVIDIA A100-SXM4-80GB"), (1, "NVIDIA A100-SXM4-80GB")],
    ),
    "query-610.txt": ("612.10", "13.3", [(0, "NVIDIA GeForce RTX 5060")]),
    "log-535.xml": (
        "535.146.02",
        "12.2",
        [(0, "NVIDIA A100-PCIE-40GB"), (1, "NVIDIA GeForce GTX 1080")],
    ),
    "collect-env.txt": (
        "552.22",
        None,
        [(0, "NVIDIA GeForce RTX 4060 Laptop GPU"), (1, "NVIDIA GeForce RTX 3060")],
    ),
    "collect-env-windows.txt": (None, None, []),
    "forum-post.txt": (
        "470.82.01",
        "11.4",
        [(0, "NVIDIA GeForce ..."), (2, "NVIDIA TITAN RTX"), (5, "Quadro RTX 8000")],
    ),
    "module-mismatch.txt": ("560.35.05", None, []),
}


def test_every_sample_is_listed_here() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(READ)


@pytest.mark.parametrize("name", READ)
def test_driver_cuda_version_and_gpus_are_read_as_printed(name: str) -> None:
    machine = read(name).machine
    assert (*numbers(machine), names(machine)) == READ[name]


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        ("table-331.txt", [(4799, 11), (1023, 160)]),
        ("table-515-mig.txt", [(None, None), (24576, 0)]),
        ("table-590-mig.txt", [(183359, 120)]),
        ("table-580-unified.txt", [(None, None)]),
        ("query-header.csv", [(23034, 1), (None, None), (95830, None)]),
        ("query-535.txt", [(81920, 50), (81920, 0)]),
        ("log-535.xml", [(40960, 38), (8192, 2)]),
    ],
)
def test_memory_is_the_gpus_own_and_not_that_of_a_slice(
    name: str, memory: list[tuple[int | None, int | None]]
) -> None:
    gpus = read(name).machine.gpus or ()
    assert [(gpu.memory_mib, gpu.memory_used_mib) for gpu in gpus] == memory


def test_free_memory_is_not_taken_for_all_memory() -> None:
    assert [gpu.memory_mib for gpu in read("query-command.txt").machine.gpus or ()] == [None, None]


@pytest.mark.parametrize(
    ("name", "slices"),
    [
        ("table-515-mig.txt", [("gi1/ci0", 11968), ("gi5/ci0", 5952)]),
        ("table-590-mig.txt", [("gi1/ci0", 91648), ("gi9/ci0", 22528), ("gi10/ci0", 22528)]),
        ("query-535.txt", [("gi2/ci0", 40192)]),
        ("log-535.xml", [("gi3/ci0", 9856)]),
        ("listing-mig.txt", [("MIG 3g.20gb", None), ("MIG 1g.5gb+me", None)]),
    ],
)
def test_mig_slices_belong_to_their_gpu(name: str, slices: list[tuple[str, int | None]]) -> None:
    gpu, *others = read(name).machine.gpus or ()
    assert gpu.mig is not None
    assert gpu.mig.enabled
    assert [(each.name, each.memory_mib) for each in gpu.mig.instances] == slices
    assert not any(other.mig and other.mig.instances for other in others)


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("table-535.txt", (Os.LINUX, Arch.X86_64, None)),
        ("table-460-windows-tcc.txt", (Os.WINDOWS, Arch.X86_64, None)),
        ("table-591-windows.txt", (Os.WINDOWS, Arch.X86_64, None)),
        ("query-610.txt", (Os.WINDOWS, Arch.X86_64, None)),
        ("collect-env-windows.txt", (Os.WINDOWS, Arch.X86_64, None)),
        ("table-615-wsl.txt", (Os.LINUX, Arch.X86_64, 2)),
        ("collect-env.txt", (Os.LINUX, Arch.X86_64, 2)),
        ("table-580-unified.txt", (Os.LINUX, Arch.AARCH64, None)),
    ],
)
def test_the_system_is_read_or_assumed(name: str, system: tuple[Os, Arch, int | None]) -> None:
    machine = read(name).machine
    assert (machine.os, machine.arch, machine.wsl) == system


def test_what_was_assumed_stands_in_the_readings() -> None:
    reading = read("table-535.txt").machine.reading("assumed-os")
    assert reading is not None
    assert reading.detail == "linux/x86_64"
    assert read("collect-env.txt").machine.reading("assumed-os") is None


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("table-550-errors.txt", [GpuState.OK, GpuState.ERROR]),
        ("lost-gpu.txt", [GpuState.OK, GpuState.OK, GpuState.LOST]),
        ("query-header.csv", [GpuState.OK, GpuState.LOST, GpuState.OK]),
        ("query-bare.csv", [GpuState.OK, GpuState.ERROR]),
    ],
)
def test_a_lost_gpu_is_counted_and_a_dead_fan_is_no_lost_gpu(
    name: str, states: list[GpuState]
) -> None:
    report = read(name)
    assert [gpu.state for gpu in report.machine.gpus or ()] == states
    assert report.partial


def test_unified_memory_is_told_from_unknown_memory() -> None:
    (gpu,) = read("table-580-unified.txt").machine.gpus or ()
    assert gpu.unified_memory
    assert not read("table-580-unified.txt").partial


@pytest.mark.parametrize("name", ["table-440.txt", "table-620.txt", "query-535.txt", "log-535.xml"])
def test_a_whole_output_is_not_partial(name: str) -> None:
    assert not read(name).partial


@pytest.mark.parametrize("name", ["table-384.txt", "listing-mig.txt", "version-610.txt"])
def test_an_output_without_driver_cuda_version_or_gpus_is_partial(name: str) -> None:
    assert read(name).partial


def test_the_readings_detail_is_the_tools_own_line() -> None:
    reading = read("table-580-cuda-err.txt").machine.reading("nvidia-smi")
    assert reading is not None
    assert reading.status is Status.PARTIAL
    assert reading.detail == "NVIDIA-SMI 580.65.06 Driver Version: 580.65.06 CUDA Version: ERR!"


def test_a_query_log_gives_pci_ids_and_virtualization() -> None:
    machine = read("log-535.xml").machine
    cards = [(card.device_id, card.architecture, card.bus_id) for card in machine.pci_gpus or ()]
    assert cards == [
        ("20f1", "Ampere", "00000000:21:00.0"),
        ("1b80", "Pascal", "00000000:81:00.0"),
    ]
    assert [gpu.virtualization for gpu in machine.gpus or ()] == ["vgpu", None]


def test_a_collect_env_report_keeps_what_the_doctor_asks_for() -> None:
    report = read("collect-env.txt")
    facts = ("torch", "torch-cuda", "cudnn", "cuda-available", "pip:torchvision")
    assert [report.environment[fact] for fact in facts] == [
        "2.3.1+cu121",
        "12.1",
        "8.9.7",
        "True",
        "0.18.1+cu121",
    ]
    assert report.environment["conda:cudatoolkit"] == "11.3.1 h2bc3f7f_2"
    assert report.machine.distribution == "ubuntu"
    assert report.machine.os_version == "22.04.4"
    assert report.machine.libc is not None
    assert report.machine.libc.version == Version.parse("2.35")
    assert report.machine.python is not None
    assert report.machine.python.version == Version.parse("3.11.9")


def test_module_and_library_of_different_versions_are_both_there() -> None:
    report = read("module-mismatch.txt")
    assert report.findings == ("driver.library-mismatch",)
    cards = [(card.device_id, card.chip, card.name) for card in report.machine.pci_gpus or ()]
    assert cards == [("2204", "GA102", "GeForce RTX 3090"), ("2331", None, None)]
