"""Torch against the driver and the GPUs: the build, its CUDA, its architectures."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

from gpusetup.choosing.architecture import covered_by_code, covered_by_ptx
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
    torch_words,
    windows_driver,
)
from gpusetup.machine import Absence, Arch, Gpu, Os
from gpusetup.matrix import Build, CudaFamily
from gpusetup.request import Origin
from gpusetup.versions import (
    Capability,
    Version,
    parse_architecture,
    show_architecture,
    show_capability,
)

BROKEN_IMPORTS = (
    "packages.nvjitlink-conflict",
    "packages.cuda-library-missing",
    "packages.cuda-library-conflict",
    "packages.mkl-symbol",
    "packages.cudnn-missing",
    "system.glibc-too-old",
    "system.libstdcxx-too-old",
    "system.dll-missing",
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
        "torch": case.told.torch_written or _torch_version(case),
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


def _torch_version(case: Case) -> str:
    torch = torch_of(case)
    return str(torch.version) if torch and torch.version else "torch"


def judge_gpu_too_new(case: Case) -> Iterator[Finding]:
    yield from _unsupported(case, "torch.gpu-too-new", too_new=True)


def judge_gpu_too_old(case: Case) -> Iterator[Finding]:
    yield from _unsupported(case, "torch.gpu-too-old", too_new=False)


def _unsupported(case: Case, name: str, *, too_new: bool) -> Iterator[Finding]:
    """GPUs without code in this build: by the matrix, by torch's own list, by its complaint."""
    lacking = [gpu for gpu in unserved(case) if _is_newer(case, gpu) is too_new]
    if not lacking and too_new and Seen(case).has("nvrtc-arch"):  # its compiler is the older one
        lacking = [gpu for gpu in _cards(case) if gpu.compute_capability][:1]
    if not lacking:
        return
    gpu = lacking[0]
    assert gpu.compute_capability is not None  # noqa: S101 - unserved() gives no others
    served = served_capabilities(case)
    facts = {
        "gpu": gpu.name or "GPU",
        "capability": show_capability(gpu.compute_capability),
        "architecture": show_architecture(gpu.compute_capability),
        "torch": case.told.torch_written or _torch_version(case),
        "served": ", ".join(show_architecture(each) for each in served) or "?",
    }
    words = lines_of(case, "torch.gpu-unsupported") or gpu_words(case) + torch_words(case)
    yield Finding(name, _how_bad(case, gpu), facts, words[:4])


def _how_bad(case: Case, gpu: Gpu) -> Severity:
    """A small old card beside a served newer one is not what anybody computes on."""
    served = [
        each
        for each in case.machine.gpus or ()
        if each.compute_capability and each not in unserved(case)
    ]
    newest = max(
        (each.compute_capability for each in served if each.compute_capability), default=None
    )
    mine = gpu.compute_capability
    if newest is not None and mine is not None and newest > mine and available(case) is not False:
        return Severity.INFO
    return Severity.ERROR


def _is_newer(case: Case, gpu: Gpu) -> bool:
    """Whether the card is newer than all code of the build."""
    mine, served = gpu.compute_capability, served_capabilities(case)
    if mine is None:
        return False
    if served:
        return mine > max(served)
    return mine >= (8, 0)


def unserved(case: Case) -> tuple[Gpu, ...]:
    """The GPUs that the torch build surely has no code for."""
    builds = builds_of(case)
    cards = [gpu for gpu in _cards(case) if gpu.compute_capability]
    if builds:
        return tuple(gpu for gpu in cards if not any(_covers(gpu, each) for each in builds))
    if not Seen(case).has("no-kernel-image", "arch-not-compatible", "arch-too-old", "nvrtc-arch"):
        return ()
    if Seen(case).has("extension-arch", "extension-arch-in-traceback"):
        return ()
    complained = _complained(case)
    return tuple(gpu for gpu in cards if not complained or gpu.compute_capability in complained)


def _cards(case: Case) -> tuple[Gpu, ...]:
    """The GPUs known, with those that only a complaint names."""
    known = case.machine.gpus or case.told.mentioned
    have = {gpu.compute_capability for gpu in known}
    more = tuple(Gpu(None, None, each) for each in _complained(case) if each not in have)
    return (*known, *more)


def _complained(case: Case) -> tuple[Capability, ...]:
    """The capabilities that torch itself complains about."""
    found: list[Capability] = []
    for sighting in case.hints("torch.gpu-unsupported"):
        if "sm" in sighting.facts:
            found.append(parse_architecture(f"sm_{sighting.facts['sm']}"))
        if "dotted" in sighting.facts:
            major, _, minor = sighting.facts["dotted"].partition(".")
            found.append((int(major), int(minor)))
    return tuple(dict.fromkeys(found))


def _covers(gpu: Gpu, build: Build) -> bool:
    capability = gpu.compute_capability
    return capability is None or (
        covered_by_code(capability, build) or covered_by_ptx(capability, build)
    )


def served_capabilities(case: Case) -> tuple[Capability, ...]:
    """All that the build has code for, oldest first; empty where nobody knows."""
    return tuple(sorted({each for build in builds_of(case) for each in build.architectures}))


def builds_of(case: Case) -> tuple[Build, ...]:
    """The builds that this torch may be: one by its own list, else the matrix's rows."""
    torch = torch_of(case)
    run = case.environment.run if case.environment else None
    if run is not None and run.architectures:
        return (_by_its_own_list(case, run.architectures),)
    if torch is None or torch.version is None or not isinstance(torch.cuda, Version):
        return ()
    if _is_made_by_others(case):
        return ()
    minor = torch.cuda.minor()
    return tuple(
        row
        for row in case.matrix.builds_for(case.machine.platform)
        if row.torch == torch.version and row.cuda_runtime == minor and _may_be(case, row.origin)
    )


def _is_made_by_others(case: Case) -> bool:
    written = case.told.torch_written or ""
    local = written.partition("+")[2]
    return "a0" in written or ".dev" in written or (bool(local) and not local.startswith("cu"))


def _may_be(case: Case, origin: Origin) -> bool:
    """A build of conda has a build string; a wheel has none."""
    torch = torch_of(case)
    is_conda = bool(torch and torch.build) or (
        case.environment is not None and case.environment.distribution("pytorch") is not None
    )
    conda = origin in (Origin.CONDA_FORGE, Origin.PYTORCH)
    if torch and torch.local:
        return not conda
    return conda if is_conda else True


def _by_its_own_list(case: Case, names: tuple[str, ...]) -> Build:
    torch = torch_of(case)
    cuda = torch.cuda if torch and isinstance(torch.cuda, Version) else None
    code = tuple(parse_architecture(each) for each in names if each.startswith("sm_"))
    ptx = tuple(parse_architecture(each) for each in names if each.startswith("compute_"))
    empty = Build(
        torch=Version.parse("0"),
        build="",
        origin=Origin.PYPI,
        platform=case.machine.platform,
        cuda_runtime=cuda,
        architectures=code,
        ptx=ptx,
        pythons=(),
    )
    return replace(empty, torch=torch.version) if torch and torch.version else empty


def judge_no_kernel_image(case: Case) -> Iterator[Finding]:
    """The complaint, where nothing tells which way the card and the build miss each other."""
    seen = Seen(case)
    if not seen.has("no-kernel-image", "arch-not-compatible", "arch-too-old", "nvrtc-arch"):
        return
    if seen.has("extension-arch", "extension-arch-in-traceback") or unserved(case):
        return
    if builds_of(case) and any(gpu.compute_capability for gpu in _cards(case)):
        return  # torch has the code: an extension lacks it, or the warning is harmless
    yield Finding("torch.no-kernel-image", evidence=lines_of(case, "torch.gpu-unsupported"))


def judge_arch_warning(case: Case) -> Iterator[Finding]:
    """The warning about a GPU that runs the code of its older sister all the same."""
    if not Seen(case).has("arch-not-compatible") or unserved(case) or not builds_of(case):
        return
    if Seen(case).has("no-kernel-image"):
        return
    words = lines_of(case, "torch.gpu-unsupported")
    yield Finding("harmless.architecture-warning", Severity.INFO, evidence=words)


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
    yield Finding("torch.cuda-unavailable", evidence=words[:4] or ("CUDA available: False",))


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
    Check(
        "torch.gpu-too-new",
        Area.TORCH,
        judge_gpu_too_new,
        reads=(Fact.CAPABILITIES, Fact.BUILD),
        explained_by=("environment.user-site-shadows",),
    ),
    Check(
        "torch.gpu-too-old",
        Area.TORCH,
        judge_gpu_too_old,
        reads=(Fact.CAPABILITIES, Fact.BUILD),
        explained_by=("environment.user-site-shadows",),
    ),
    Check("torch.no-kernel-image", Area.TORCH, judge_no_kernel_image, reads=(Fact.TEXT,)),
    Check("harmless.architecture-warning", Area.TORCH, judge_arch_warning, reads=(Fact.TEXT,)),
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
