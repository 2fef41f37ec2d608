"""Failure texts that stand for a fact by themselves: which source failed, how, and its finding."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gpusetup.machine import Gpu, Reading, Status
from gpusetup.reports.part import BUS_ID, bus_id, state_of
from gpusetup.reports.text import squeeze


@dataclass(frozen=True)
class FailureText:
    """A text of a tool. `finding` is the doctor's name for what is behind it."""

    finding: str
    source: str
    status: Status
    pattern: str
    no_gpus: bool = False  # the tool looked, and there are none


@dataclass(frozen=True)
class Failure:
    """A failure text as it was met."""

    known: FailureText
    line: str

    @property
    def reading(self) -> Reading:
        return Reading(self.known.source, self.known.status, self.line)


_SMI = "nvidia-smi"
_ERROR = Status.ERROR
_ABSENT = Status.ABSENT

# The more telling first: of one line only the first match counts.
FAILURES: tuple[FailureText, ...] = (
    FailureText("driver.not-loaded", _SMI, _ERROR, r"couldn.?t communicate with the NVIDIA driver"),
    FailureText("driver.library-mismatch", _SMI, _ERROR, r"Driver/library version mismatch"),
    FailureText("wsl.gpu-blocked", _SMI, _ERROR, r"GPU access blocked by the operating system"),
    FailureText("container.gpu-lost", _SMI, _ERROR, r"Failed to initialize NVML: Unknown Error"),
    FailureText(
        "driver.no-permission", _SMI, _ERROR, r"Failed to initialize NVML: Insufficient Permissions"
    ),
    FailureText("driver.not-loaded", _SMI, _ERROR, r"Failed to initialize NVML: Driver Not Loaded"),
    FailureText(
        "driver.not-installed",
        _SMI,
        _ABSENT,
        r"couldn.?t find libnvidia-ml\.so|NVML Shared Library Not Found"
        r"|NVML library in your system",
    ),
    FailureText("driver.nvml-failed", _SMI, _ERROR, r"Failed to initialize NVML"),
    FailureText("gpu.none-found", _SMI, _ERROR, r"No devices were found", no_gpus=True),
    FailureText(
        "gpu.lost", _SMI, _ERROR, r"\bGPU is lost\b|has fallen off the bus|\bXid\b.{0,60}: 79,"
    ),
    FailureText("gpu.no-handle", _SMI, _ERROR, r"Unable to determine the device handle for gpu"),
    FailureText(
        "gpu.gsp-failed",
        "kernel-module",
        _ERROR,
        r"\bXid\b.{0,60}: 1(?:19|20),|RmInitAdapter failed",
    ),
    FailureText(
        "container.toolkit-missing",
        "docker",
        _ABSENT,
        r"could not select device driver .{0,20}with capabilities: \[\[gpu\]\]"
        r"|unknown or invalid runtime name: nvidia|Unknown runtime specified nvidia",
    ),
    FailureText(
        "container.driver-too-old",
        "docker",
        _ERROR,
        r"requirement error: unsatisfied condition: cuda",
    ),
    FailureText(
        "container.host-driver-missing",
        "docker",
        _ABSENT,
        r"initialization error: load library failed: libnvidia-ml",
    ),
    FailureText("container.host-driver-broken", "docker", _ERROR, r"nvidia-container-cli: .*error"),
    FailureText(
        "driver.secure-boot",
        "kernel-module",
        _ERROR,
        r"Key was rejected by service|Required key not",
    ),
    FailureText(
        "driver.module-missing",
        "kernel-module",
        _ABSENT,
        r"(?:Module|module) '?nvidia'? not found|FATAL: Module nvidia",
    ),
    FailureText("driver.library-mismatch", "kernel-module", _ERROR, r"NVRM: API mismatch"),
    FailureText(
        "driver.open-module-unsupported",
        "kernel-module",
        _ERROR,
        r"not supported by open\s+nvidia\.ko|required GPU System Processor",
    ),
    FailureText(
        "driver.too-old-for-gpu",
        "kernel-module",
        _ERROR,
        r"is not supported by the NVIDIA .{0,60}driver release"
        r"|supported through the NVIDIA [\d.x]+ Legacy drivers",
    ),
    FailureText(
        "driver.nouveau-bound",
        "kernel-module",
        _ERROR,
        r"probe routine was not called for \d+ device|obtained ownership of the NVIDIA device"
        r"|Nouveau kernel driver is currently in use",
    ),
    FailureText(
        "gpu.bar-unassigned",
        "kernel-module",
        _ERROR,
        r"PCI I/O region assigned to your NVIDIA device is invalid",
    ),
    FailureText("driver.too-old", "torch", _ERROR, r"NVIDIA driver on your system is too old"),
    FailureText("driver.not-installed", "torch", _ABSENT, r"Found no NVIDIA driver on your system"),
    FailureText(
        "fabric-manager.not-running", "libcuda", _ERROR, r"802: system not yet initialized"
    ),
    FailureText(
        "driver.cuda-mismatch", "libcuda", _ERROR, r"803: system has unsupported display driver"
    ),
    FailureText(
        "driver.forward-compatibility",
        "libcuda",
        _ERROR,
        r"forward compatibility was attempted on non supported HW",
    ),
    FailureText("driver.stub-library", "libcuda", _ERROR, r"CUDA driver is a stub library"),
    FailureText(
        "gpu.busy",
        "libcuda",
        _ERROR,
        r"CUDA-capable device(?:\(s\) is/are|s are) busy or unavailable",
    ),
    FailureText(
        "gpu.not-visible",
        "libcuda",
        _ERROR,
        r"no CUDA-capable device is detected|No CUDA GPUs are available",
    ),
    FailureText("gpu.architecture-missing", "torch", _ERROR, r"no kernel image is available"),
    FailureText(
        "driver.unknown-error", "libcuda", _ERROR, r"999\)?: unknown error|CUDA unknown error"
    ),
    FailureText(
        "driver.uvm-missing", "kernel-module", _ERROR, r"/dev/nvidia-uvm.{0,40}No such file"
    ),
    FailureText(
        "driver.not-installed",
        _SMI,
        _ABSENT,
        r"nvidia-smi['\"\u2018\u2019\u201c\u201d]?\s?[:：]?.{0,20}?(?:command not found|not found"
        r"|未找到命令|找不到命令|未找到|沒有此一命令|无法将|不是内部或外部命令|not recognized"
        r"|No such file or directory|Kommando nicht gefunden|Befehl (?:wurde )?nicht gefunden"
        r"|commande introuvable|orden no encontrada|no se encontró la orden"
        r"|command non trovato|comando não encontrado|コマンドが見つかりません|명령어를 찾을 수"
        r"|команда не найдена)"
        r"|(?:command not found|未找到命令|找不到命令|unknown command) ?: ?nvidia-smi",
    ),
)
_COMPILED = tuple((each, re.compile(each.pattern, re.I)) for each in FAILURES)

_HANDLE = re.compile(
    rf"Unable to determine the device handle for gpu ?(?:(?P<index>\d{{1,2}}) ?: ?)?"
    rf"(?P<bus>{BUS_ID}) ?: ?(?P<reason>[^\n|]{{0,100}})",
    re.I,
)


def find_failures(text: str) -> tuple[Failure, ...]:
    """Every known failure text, each kind once, in the order of the text."""
    found: dict[FailureText, Failure] = {}
    for line in dict.fromkeys(text.split("\n")):  # logs repeat themselves
        short = line[:1000]
        matches = ((each, pattern.search(short)) for each, pattern in _COMPILED)
        known, match = next(((each, hit) for each, hit in matches if hit), (None, None))
        if known and match:
            found.setdefault(known, Failure(known, _around(short, match)))
    return tuple(found.values())


def _around(line: str, match: re.Match[str]) -> str:
    """The line; of a long one, the part that gives it away."""
    return squeeze(line if len(line) <= 200 else line[max(0, match.start() - 20) :])


def lost_gpus(text: str) -> tuple[Gpu, ...]:
    """The GPUs of "Unable to determine the device handle ..." lines, each once."""
    gpus: dict[str, Gpu] = {}
    for found in _HANDLE.finditer(text):
        bus = bus_id(found["bus"]) or found["bus"]
        index = int(found["index"]) if found["index"] else None
        state = state_of(found["reason"] + " unknown error")
        gpus.setdefault(bus, Gpu(index=index, name=None, pci_bus_id=bus, state=state))
    return tuple(gpus.values())
