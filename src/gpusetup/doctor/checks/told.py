"""Checks whose only evidence is a line: of an installer, of the loader, of a tool that gave up.

The rows of compat/symptoms.yaml say which line stands for which of these; a line makes the finding.
"""

from __future__ import annotations

from typing import Iterator

from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.facts import CPU_BUILDS, Seen, available, lines_of, sees_gpu


def only_told(_case: Case) -> Iterator[Finding]:
    """Nothing but a line shows it."""
    return iter(())


def judge_no_gpu_visible(case: Case) -> Iterator[Finding]:
    """CUDA sees no GPU, and nothing else tells why."""
    lines = lines_of(case, "torch.no-gpu-visible")
    if lines and available(case) is not True:
        yield Finding("torch.no-gpu-visible", evidence=lines[:3])


def judge_own_memory(case: Case) -> Iterator[Finding]:
    """The program itself filled the card: nothing is wrong with the installation."""
    lines = lines_of(case, "gpu.out-of-memory")
    if lines and not case.seen("gpu.memory-taken"):
        yield Finding("harmless.out-of-memory", Severity.INFO, evidence=lines[:1])


def judge_smi_elsewhere(case: Case) -> Iterator[Finding]:
    """nvidia-smi is not there, and CUDA works all the same."""
    if Seen(case).has("smi-not-there", "nvml-absent") and available(case):
        lines = lines_of(case, "driver.not-installed")
        yield Finding("harmless.no-nvidia-smi", Severity.INFO, evidence=lines[:1])


def judge_no_gpu(case: Case) -> Iterator[Finding]:
    """A machine without an NVIDIA GPU, and nobody who wants one: computing on the processor."""
    if not case.reported or sees_gpu(case) or available(case) is not False:
        return
    if case.machine.reading("collect-env") is not None and not case.sightings:
        yield Finding("harmless.no-gpu", Severity.INFO, evidence=("CUDA available: False",))


def _told(name: str, area: Area, *explained_by: str) -> Check:
    return Check(name, area, only_told, reads=(Fact.TEXT,), explained_by=explained_by)


MACHINE = (
    _told("machine.macos", Area.GPU),
    _told("machine.amd-gpu", Area.GPU),
    _told("machine.intel-gpu", Area.GPU),
)
SYSTEM = (
    _told("system.glibc-too-old", Area.ENVIRONMENT),
    _told("system.libstdcxx-too-old", Area.ENVIRONMENT),
    _told("system.paging-file", Area.ENVIRONMENT),
    _told("system.dll-missing", Area.ENVIRONMENT, "system.paging-file"),
)
LIBRARIES = (
    _told("wsl.libcuda-path", Area.CONTAINER, "wsl.library-shadowed"),
    _told("packages.mkl-symbol", Area.PACKAGES),
    _told("packages.nvjitlink-conflict", Area.PACKAGES),
    _told("packages.cuda-library-conflict", Area.PACKAGES, "packages.nvjitlink-conflict"),
    _told("packages.cuda-library-missing", Area.PACKAGES),
    _told("packages.cudnn-missing", Area.PACKAGES, "packages.cudnn-conflict", "wsl.libcuda-path"),
)
BESIDE_TORCH = (
    _told(
        "packages.bitsandbytes-cuda",
        Area.PACKAGES,
        *CPU_BUILDS,
        "driver.not-installed",
        "wsl.libcuda-path",
        "wsl.driver-missing",
        "container.no-gpu",
    ),
    _told("packages.nvcc-too-old", Area.PACKAGES),
    _told("packages.nvcc-missing", Area.PACKAGES),
)
INSTALLING = (
    _told("conda.not-found", Area.INSTALLERS),
    _told("conda.not-initialised", Area.INSTALLERS, "conda.not-found"),
    _told("installers.mirror-unreachable", Area.INSTALLERS, "proxy.dead", "environment.no-ssl"),
    _told("installers.download-corrupt", Area.INSTALLERS, "room.disk-full"),
    _told(
        "installers.no-wheel-for-python",
        Area.INSTALLERS,
        "installers.mirror-unreachable",
        "machine.macos",
    ),
    _told(
        "installers.conda-package-not-found",
        Area.INSTALLERS,
        "installers.mirror-unreachable",
        "machine.macos",
    ),
    _told(
        "installers.conda-unsatisfiable",
        Area.INSTALLERS,
        "installers.conda-package-not-found",
        "installers.virtual-package",
    ),
)
HARMLESS = (
    Check("harmless.out-of-memory", Area.HEALTH, judge_own_memory, reads=(Fact.TEXT,)),
    Check("harmless.no-nvidia-smi", Area.DRIVER, judge_smi_elsewhere, reads=(Fact.TEXT,)),
    Check("harmless.no-gpu", Area.GPU, judge_no_gpu, reads=(Fact.TEXT,)),
    _told("harmless.image-extension", Area.PACKAGES),
    _told("harmless.nccl-plugin", Area.PACKAGES),
    _told("harmless.kernel-tainted", Area.DRIVER),
    _told("harmless.tensorflow-registration", Area.PACKAGES),
    _told("harmless.no-flash-attention", Area.TORCH),
    _told("harmless.minor-cuda-difference", Area.PACKAGES),
    _told("harmless.pynvml-renamed", Area.PACKAGES),
    _told("harmless.no-triton", Area.PACKAGES),
    _told("harmless.wsl-library-link", Area.CONTAINER),
)
ORDINAL = (_told("gpu.invalid-ordinal", Area.ENVIRONMENT, "gpu.not-visible"),)
RESIDUAL = (
    Check(
        "torch.no-gpu-visible",
        Area.TORCH,
        judge_no_gpu_visible,
        reads=(Fact.TEXT,),
        residual=True,
    ),
)
