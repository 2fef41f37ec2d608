"""Failure texts are facts; and where there is nothing, the reason is said."""

from __future__ import annotations

import pytest

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.machine import GpuState, Mig, Status
from gpusetup.messages import say, sentences
from gpusetup.reports import decode, read_report
from gpusetup.reports.errors_text import FAILURES
from tests.reports.reading import numbers, sample

NOT_LOADED = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that"
    " the latest NVIDIA driver is installed and running."
)
TEXTS = [
    (NOT_LOADED, "driver.not-loaded", "nvidia-smi", Status.ERROR),
    (NOT_LOADED.replace("'", "’"), "driver.not-loaded", "nvidia-smi", Status.ERROR),
    (
        "Failed to initialize NVML: Driver/library version mismatch",
        "driver.library-mismatch",
        "nvidia-smi",
        Status.ERROR,
    ),
    (
        "Failed to initialize NVML: GPU access blocked by the operating system",
        "wsl.gpu-blocked",
        "nvidia-smi",
        Status.ERROR,
    ),
    (
        "Failed to initialize NVML: Unknown Error",
        "container.gpu-lost",
        "nvidia-smi",
        Status.ERROR,
    ),
    (
        "Failed to initialize NVML: Insufficient Permissions",
        "driver.no-permission",
        "nvidia-smi",
        Status.ERROR,
    ),
    (
        "Failed to initialize NVML: ERROR_LIBRARY_NOT_FOUND",
        "driver.nvml-failed",
        "nvidia-smi",
        Status.ERROR,
    ),
    ("No devices were found", "gpu.none-found", "nvidia-smi", Status.ERROR),
    (
        "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.",
        "driver.not-installed",
        "nvidia-smi",
        Status.ABSENT,
    ),
    (
        'docker: Error response from daemon: could not select device driver "" with capabilities:'
        " [[gpu]].",
        "container.toolkit-missing",
        "docker",
        Status.ABSENT,
    ),
    (
        "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.0, please update"
        " your driver",
        "container.driver-too-old",
        "docker",
        Status.ERROR,
    ),
    (
        "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
        "driver.secure-boot",
        "kernel-module",
        Status.ERROR,
    ),
    (
        "modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.1.0-18-amd64",
        "driver.module-missing",
        "kernel-module",
        Status.ABSENT,
    ),
    (
        "[    8.1] NVRM: The NVIDIA probe routine was not called for 1 device(s).",
        "driver.nouveau-bound",
        "kernel-module",
        Status.ERROR,
    ),
    (
        "NVRM: Xid (PCI:0000:05:00): 79, pid=1007, GPU has fallen off the bus.",
        "gpu.lost",
        "nvidia-smi",
        Status.ERROR,
    ),
    (
        "NVRM: Xid (PCI:0000:05:00): 119, pid=1007, Timeout after 6s of waiting for RPC response",
        "gpu.gsp-failed",
        "kernel-module",
        Status.ERROR,
    ),
    (
        "RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 802: system not yet"
        " initialized (Triggered internally at CUDAFunctions.cpp:109.)",
        "fabric-manager.not-running",
        "libcuda",
        Status.ERROR,
    ),
    (
        "Error 803: system has unsupported display driver / cuda driver combination",
        "driver.cuda-mismatch",
        "libcuda",
        Status.ERROR,
    ),
    (
        "Error 804: forward compatibility was attempted on non supported HW",
        "driver.forward-compatibility",
        "libcuda",
        Status.ERROR,
    ),
    ("Error 34: CUDA driver is a stub library", "driver.stub-library", "libcuda", Status.ERROR),
    (
        "RuntimeError: CUDA error: all CUDA-capable devices are busy or unavailable",
        "gpu.busy",
        "libcuda",
        Status.ERROR,
    ),
    ("RuntimeError: No CUDA GPUs are available", "gpu.not-visible", "libcuda", Status.ERROR),
    (
        "RuntimeError: CUDA error: no kernel image is available for execution on the device",
        "gpu.architecture-missing",
        "torch",
        Status.ERROR,
    ),
    (
        "AssertionError: Found no NVIDIA driver on your system. Please check",
        "driver.not-installed",
        "torch",
        Status.ABSENT,
    ),
]
NOT_INSTALLED = [
    "bash: nvidia-smi: command not found",
    "-bash: nvidia-smi：未找到命令",
    "zsh: command not found: nvidia-smi",
    "bash: nvidia-smi: 未找到命令",
    "找不到命令：nvidia-smi",
    "Command 'nvidia-smi' not found, but can be installed with:",
    "'nvidia-smi' 不是内部或外部命令，也不是可运行的程序",
    "'nvidia-smi' is not recognized as an internal or external command,",
    "nvidia-smi : 无法将“nvidia-smi”项识别为 cmdlet、函数、脚本文件或可运行程序的名称。",
    "The term 'nvidia-smi' is not recognized as the name of a cmdlet, function, script file",
    "/bin/sh: 1: nvidia-smi: not found",
    "bash: nvidia-smi: Kommando nicht gefunden.",
    "bash: nvidia-smi : commande introuvable",
    "sudo: nvidia-smi: command not found",
    'exec: "nvidia-smi": executable file not found in $PATH: unknown',
]


@pytest.mark.parametrize(("text", "finding", "source", "status"), TEXTS)
def test_a_failure_text_alone_is_a_report(
    text: str, finding: str, source: str, status: Status
) -> None:
    report = read_report(text)
    assert report.findings == (finding,)
    reading = report.machine.reading(source)
    assert reading is not None
    assert reading.status is status
    assert report.partial
    assert report.machine.driver is None


@pytest.mark.parametrize("text", NOT_INSTALLED)
def test_a_missing_nvidia_smi_is_understood_in_many_tongues(text: str) -> None:
    report = read_report(text)
    assert report.findings == ("driver.not-installed",)
    assert report.machine.gpus is None


def test_a_chinese_failure_text_of_a_windows_console_is_understood() -> None:
    data = "'nvidia-smi' 不是内部或外部命令，也不是可运行的程序\r\n或批处理文件。".encode("gbk")
    assert read_report(decode(data)).findings == ("driver.not-installed",)


def test_no_devices_means_looked_for_and_not_there() -> None:
    assert read_report("No devices were found").machine.gpus == ()


def test_a_working_nvidia_smi_beside_an_error_keeps_both() -> None:
    text = "GPU 0: Tesla T4 (UUID: GPU-01234567-89ab-cdef-0123-456789abcdef)\n" + TEXTS[5][0]
    report = read_report(text)
    assert [gpu.name for gpu in report.machine.gpus or ()] == ["Tesla T4"]
    statuses = [each.status for each in report.machine.readings if each.source == "nvidia-smi"]
    assert statuses == [Status.PARTIAL, Status.ERROR]


@pytest.mark.parametrize(
    ("line", "index", "state"),
    [
        ("GPU0000:24:00.0: GPU is lost.  Reboot the system", None, GpuState.LOST),
        ("GPU 0000:24:00.0: GPU is lost.  Reboot the system", None, GpuState.LOST),
        ("gpu 0000:24:00.0: Unknown Error", None, GpuState.ERROR),
        ("GPU3: 0000:24:00.0: GPU is lost.", 3, GpuState.LOST),
        ("GPU 0000:24:00.0: Not Found", None, GpuState.ERROR),
    ],
)
def test_every_spelling_of_a_lost_gpu_gives_its_address(
    line: str, index: int | None, state: GpuState
) -> None:
    report = read_report(f"Unable to determine the device handle for {line}")
    (gpu,) = report.machine.gpus or ()
    assert (gpu.index, gpu.pci_bus_id, gpu.state) == (index, "00000000:24:00.0", state)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "report.empty"),
        (" \n\t\r\n", "report.empty"),
        ("\x00\x01\x02\x03\x04" * 50, "report.binary"),
        ("hello\nworld\n", "report.nothing"),
        ("index\nname\n3, 4, 5\n", "report.nothing"),
        ("I use an NVIDIA GeForce RTX 3090, a Tesla T4, and WSL2.", "report.nothing"),
        ("for t1, t2 in zip(a100, b1): print(t1, 4096)", "report.nothing"),
        ("<nvidia", "report.nothing"),
    ],
)
def test_where_there_is_nothing_the_reason_is_said(text: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_report(text)
    assert caught.value.code == code
    assert caught.value.exit is Exit.USAGE
    assert say(code, **caught.value.facts)
    assert f"{code}.next" in sentences()


def test_the_refusal_shows_what_was_seen_instead() -> None:
    with pytest.raises(UsageError) as caught:
        read_report("\n\nTraceback (most recent call last):\n  ...\n")
    assert caught.value.facts == {"lines": 2, "first": "Traceback (most recent call last):"}


def test_a_picture_is_binary() -> None:
    data = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8
    with pytest.raises(UsageError) as caught:
        read_report(decode(data))
    assert caught.value.code == "report.binary"


def test_of_a_long_line_the_part_that_gives_it_away_is_kept() -> None:
    line = "UserWarning: " + "x" * 300 + " Error 804: forward compatibility was attempted on non"
    (reading, *_rest) = read_report(line + " supported HW (Triggered internally)").machine.readings
    assert reading.detail is not None
    assert "forward compatibility was attempted" in reading.detail


def test_torchs_warnings_name_gpu_capability_and_cuda_version() -> None:
    report = read_report(
        "UserWarning: \nFound GPU0 GeForce GTX 770 which is of cuda capability 3.0.\n"
        "NVIDIA GeForce RTX 5080 with CUDA capability sm_120 is not compatible with the current\n"
        "The NVIDIA driver on your system is too old (found version 11040).\n"
    )
    gpus = [(gpu.index, gpu.name, gpu.compute_capability) for gpu in report.machine.gpus or ()]
    assert gpus == [(0, "GeForce GTX 770", (3, 0)), (None, "NVIDIA GeForce RTX 5080", (12, 0))]
    assert numbers(report.machine) == (None, "11.4")
    assert report.findings == ("driver.too-old",)


def test_a_mig_gpu_without_slices_is_no_failure_of_nvidia_smi() -> None:
    text = sample("table-590-mig.txt")
    empty = text[: text.index("|  0    1   0   0")] + "|  No MIG devices found   |\n| Processes: |"
    report = read_report(empty)
    assert report.findings == ()
    assert report.machine.gpus is not None
    assert report.machine.gpus[0].mig == Mig(enabled=True)


def test_findings_are_named_by_subject() -> None:
    assert all(len(known.finding.split(".")) == 2 for known in FAILURES)
