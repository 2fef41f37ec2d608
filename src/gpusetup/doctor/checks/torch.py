"""Torch against the driver and the GPUs: the build, its CUDA, its architectures."""

from __future__ import annotations

from typing import Iterator

from gpusetup.basics.versions import Version
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.facts import (
    Seen,
    available,
    cuda_wanted,
    gpu_words,
    lines_of,
    others_gpu,
    sees_gpu,
    torch_of,
    torch_version,
    torch_words,
    windows_driver,
)
from gpusetup.machine import Absence, Arch, Os
from gpusetup.matrix.rows import CudaFamily

BROKEN_IMPORTS = (
    "torch.damaged",
    "packages.nvjitlink-conflict",
    "packages.cuda-library-missing",
    "packages.cuda-library-conflict",
    "packages.mkl-symbol",
    "packages.cudnn-missing",
    "system.glibc-too-old",
    "system.libstdcxx-too-old",
    "system.dll-missing",
    "system.static-tls",
    "system.no-exec",
)
"""What keeps an installed torch from being imported."""


def judge_not_installed(case: Case) -> Iterator[Finding]:
    environment = case.environment
    if environment is None or environment.torch is not Absence.NOT_THERE:
        return
    lines = lines_of(case, "torch.not-installed")
    told = ("PyTorch version: N/A",) if case.reported else ()
    yield Finding(
        "torch.not-installed",
        evidence=lines or told or _python_words(case),
        facts={"python": environment.python or "python"},
    )


def _python_words(case: Case) -> tuple[str, ...]:
    environment = case.environment
    return (f"{environment.python}: torch -",) if environment and environment.python else ()


def judge_damaged(case: Case) -> Iterator[Finding]:
    """Files of torch itself are gone or cut, or its libraries are of two installations."""
    torch = torch_of(case)
    files = torch.damaged if torch else ()
    seen = [each for each in case.sightings if each.finding == "torch.damaged"]
    if not files and not seen:
        return
    told = {name: value for each in seen for name, value in each.facts.items()}
    evidence = (*lines_of(case, "torch.damaged"), *files)[:4]
    file = files[0] if files else told.get("file")
    mixed = file is None and Seen(case).has("torch-own-symbol")
    variant = "mixed" if mixed else "" if file else "unnamed"
    facts = {"file": file or told.get("mixed") or ("torch/_C" if mixed else "torch/__init__.py")}
    yield Finding("torch.damaged", facts=facts, evidence=evidence, variant=variant or None)


def judge_cpu_build(case: Case) -> Iterator[Finding]:
    """The wheel for processors, where a GPU is there or wanted."""
    if _cpu_kind(case) == "torch.cpu-build":
        yield from _cpu_finding(case, "torch.cpu-build")


def judge_conda_cpu_build(case: Case) -> Iterator[Finding]:
    if _cpu_kind(case) == "torch.conda-cpu-build":
        yield from _cpu_finding(case, "torch.conda-cpu-build")


def judge_arm_cpu_wheel(case: Case) -> Iterator[Finding]:
    if _cpu_kind(case) == "torch.arm-cpu-wheel":
        yield from _cpu_finding(case, "torch.arm-cpu-wheel")
    elif case.told.jetson and torch_of(case) is None and available(case) is False:
        # nobody says which torch it is: pip's own is the one that sees nothing on a Jetson
        evidence = ("Jetson", "CUDA available: False")
        yield Finding("torch.arm-cpu-wheel", Severity.ERROR, {"torch": "torch"}, evidence)


def _cpu_kind(case: Case) -> str | None:
    """Which of the three ways to have a CPU build this is."""
    torch = torch_of(case)
    is_cpu = torch.is_cpu if torch else None
    complaint = Seen(case).has("torch-not-compiled")
    if is_cpu is None and not complaint:
        return None
    if is_cpu is False and not complaint:
        return None
    if _conda_says_cpu(case):
        return "torch.conda-cpu-build"
    if case.machine.arch is Arch.AARCH64 and case.machine.os is Os.LINUX:
        return "torch.arm-cpu-wheel"
    return "torch.cpu-build"


def _conda_says_cpu(case: Case) -> bool:
    environment = case.environment
    if environment is None:
        return False
    torch = torch_of(case)
    build = torch.build if torch else None
    mutex = environment.distribution("pytorch-mutex")
    only = environment.distribution("cpuonly")
    return bool(
        only
        or (mutex and mutex.build == "cpu")
        or (build and "cpu" in build and "cuda" not in build)
    )


def _cpu_finding(case: Case, name: str) -> Iterator[Finding]:
    severity = _cpu_severity(case)
    if severity is None:
        return
    torch = torch_of(case)
    words = lines_of(case, "torch.cpu-build") + torch_words(case) + gpu_words(case)
    facts = {"torch": str(torch.version) if torch and torch.version else "torch"}
    yield Finding(name, severity, facts, words[:4])


def _cpu_severity(case: Case) -> Severity | None:
    """An error where a GPU is there or somebody wants CUDA; nothing where there is none."""
    if available(case):
        return None
    if sees_gpu(case) or cuda_wanted(case) or case.told.jetson:
        return Severity.ERROR
    if case.machine.node_role == "login" and case.surroundings.gpu_queues:
        return Severity.WARNING  # the nodes of this cluster have GPUs
    looked = case.machine.reading("collect-env") is not None or case.machine.gpus == ()
    if not case.reported:
        return None
    return None if looked or others_gpu(case) or case.machine.os is Os.MACOS else Severity.WARNING


def judge_rocm_build(case: Case) -> Iterator[Finding]:
    """A build for AMD cards on a machine with an NVIDIA one."""
    torch = torch_of(case)
    if torch and torch.hip and sees_gpu(case) and not available(case):
        yield Finding(
            "torch.rocm-build", evidence=torch_words(case), facts={"torch": str(torch.version)}
        )


def judge_driver_too_old(case: Case) -> Iterator[Finding]:
    """The driver's number against the minimum of the CUDA that torch brings."""
    seen = Seen(case)
    lines = lines_of(case, "driver.too-old")
    family, runtime = _needed(case)
    too_old = _is_too_old(case, family) if family else None
    if not lines and not (too_old and available(case) is not True):
        return
    driver = case.driver.version if case.driver else None
    found = seen.fact("torch-driver-too-old", "found")
    words = lines + (() if lines else _driver_words(case)) + torch_words(case)
    facts = {
        "driver": str(driver) if driver else _shown_cuda(found),
        "cuda": str(runtime) if runtime else "?",
        "minimum": str(_minimum(case, family)) if family else "?",
        "torch": case.told.torch_written or torch_version(case),
    }
    known = bool(family) and (driver is not None or found is not None)
    yield Finding(
        "driver.too-old", facts=facts, evidence=words[:4], variant=None if known else "unknown"
    )


def _needed(case: Case) -> tuple[CudaFamily | None, Version | None]:
    torch = torch_of(case)
    runtime = torch.cuda if torch and isinstance(torch.cuda, Version) else None
    return (case.matrix.cuda_family(runtime) if runtime else None), runtime


def _minimum(case: Case, family: CudaFamily) -> Version:
    return family.minimum_windows if windows_driver(case) else family.minimum_linux


def _is_too_old(case: Case, family: CudaFamily) -> bool | None:
    """None: nobody knows the driver. A CUDA version that is shown counts before the number."""
    driver = case.driver
    if driver is None:
        return None
    if driver.cuda_version is not None and driver.cuda_version >= family.cuda_runtime:
        return False
    if driver.version is not None:
        return driver.version < _minimum(case, family)
    if driver.cuda_version is None:
        return None
    return family.exact or driver.cuda_version.major < family.cuda_runtime.major


def _driver_words(case: Case) -> tuple[str, ...]:
    driver = case.driver
    if driver is None:
        return ()
    version = (f"Driver Version: {driver.version}",) if driver.version else ()
    return version or (f"CUDA Version: {driver.cuda_version}",)


def _shown_cuda(found: str | None) -> str:
    """ "11040" as torch prints it -> "CUDA 11.4"."""
    if not found:
        return "?"
    number = int(found)
    return f"CUDA {number // 1000}.{number % 1000 // 10}"


def judge_cuda_unavailable(case: Case) -> Iterator[Finding]:
    """A build with CUDA and a GPU, and CUDA is not available: nothing known tells why."""
    torch = torch_of(case)
    built = torch is not None and isinstance(torch.cuda, Version)
    wanted = Seen(case).has("torch-no-cuda-load") and torch is None
    if available(case) is not False and not wanted:
        return
    if not (sees_gpu(case) or cuda_wanted(case)) or not (built or torch is None):
        return
    words = lines_of(case, "torch.cuda-wanted") + torch_words(case) + gpu_words(case)
    sure = Severity.ERROR if built or available(case) is False else Severity.WARNING
    evidence = words[:4] or ("CUDA available: False",)
    yield Finding("torch.cuda-unavailable", sure, evidence=evidence)


CHECKS = (
    Check(
        "driver.too-old",
        Area.TORCH,
        judge_driver_too_old,
        reads=(Fact.DRIVER, Fact.BUILD),
        explained_by=("driver.stub-library", "environment.user-site-shadows"),
    ),
    Check(
        "torch.not-installed",
        Area.TORCH,
        judge_not_installed,
        reads=(Fact.TORCH,),
        explained_by=BROKEN_IMPORTS,
    ),
    Check(
        "torch.damaged",
        Area.TORCH,
        judge_damaged,
        reads=(Fact.TORCH,),
        explained_by=("environment.user-site-shadows", "environment.two-torches"),
    ),
    Check(
        "torch.conda-cpu-build",
        Area.TORCH,
        judge_conda_cpu_build,
        reads=(Fact.BUILD,),
        explained_by=("machine.macos", "machine.amd-gpu", "machine.intel-gpu"),
    ),
    Check(
        "torch.arm-cpu-wheel",
        Area.TORCH,
        judge_arm_cpu_wheel,
        reads=(Fact.BUILD,),
        applies=lambda case: case.machine.arch is Arch.AARCH64,
    ),
    Check(
        "torch.cpu-build",
        Area.TORCH,
        judge_cpu_build,
        reads=(Fact.BUILD,),
        explained_by=("machine.macos", "machine.amd-gpu", "machine.intel-gpu"),
    ),
    Check("torch.rocm-build", Area.TORCH, judge_rocm_build, reads=(Fact.BUILD, Fact.GPUS)),
)
"""In the order of causes."""

RESIDUAL = (
    Check(
        "torch.cuda-unavailable",
        Area.TORCH,
        judge_cuda_unavailable,
        reads=(Fact.BUILD,),
        residual=True,
    ),
)
"""Judged only where nothing else is found."""
