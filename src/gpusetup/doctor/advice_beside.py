"""What to do about compilers, other packages' parts and installers around torch. Pure."""

from __future__ import annotations

from typing import Callable, Mapping

from gpusetup.basics.versions import Version
from gpusetup.doctor.advice import best_here
from gpusetup.doctor.advice_words import advice, install_words
from gpusetup.doctor.check import Case, Finding, Need, Remedy
from gpusetup.doctor.facts import torch_of
from gpusetup.machine import Os

Advisor = Callable[[Case, Finding], Remedy]
_NETWORK = (Need.NETWORK,)
_WITHOUT_FUNCTIONAL_TENSOR = Version.parse("0.17")  # the torchvision that took it out
_WITHOUT_OLD_NAMES = Version.parse("2.0")  # took out torch._six and the last of 1.9's names
_WEIGHTS_ONLY = Version.parse("2.6")  # torch.load refuses what is more than weights
_GRAPHS = ("torch-scatter", "torch-sparse", "torch-cluster", "torch-spline-conv", "pyg-lib")


def _plain(*commands: tuple[str, ...], needs: tuple[Need, ...] = ()) -> Advisor:
    return lambda _case, finding: advice(finding, *commands, needs=needs)


def _apt(case: Case, *packages: str) -> tuple[str, ...]:
    """In a container one is root, and there is no sudo."""
    words = ("apt", "install", *packages)
    is_root = bool(case.machine.container or case.surroundings.is_root)
    return words if is_root else ("sudo", *words)


def _variable(case: Case, setting: str) -> tuple[str, ...]:
    return ("set" if case.machine.os is Os.WINDOWS else "export", setting)


def _static_tls(_case: Case, finding: Finding) -> Remedy:
    library = finding.facts.get("library")
    commands = (("export", f"LD_PRELOAD={library}"),) if library else ()
    return advice(finding, *commands)


def _cpu_too_old(_case: Case, finding: Finding) -> Remedy:
    if finding.variant == "arm":
        return advice(finding, ("export", "OPENBLAS_CORETYPE=ARMV8"), variant="arm")
    return advice(finding, ("lscpu",), ("export", "ATEN_CPU_CAPABILITY=default"))


def _no_exec(_case: Case, finding: Finding) -> Remedy:
    file = str(finding.facts.get("file") or ".")
    return advice(finding, ("findmnt", "-T", file), ("ulimit", "-v"))


def _library_missing(case: Case, finding: Finding) -> Remedy:
    package = finding.facts.get("package")
    commands = [_apt(case, str(package))] if package else []
    return advice(finding, *commands, needs=(Need.ROOT, Need.NETWORK))


def _compiler(case: Case, finding: Finding) -> Remedy:
    variant = finding.variant
    if variant == "windows-compiler":
        tools = ("winget", "install", "Microsoft.VisualStudio.2022.BuildTools")
        return advice(finding, tools, variant=variant, needs=(Need.WINDOWS, *_NETWORK))
    if variant == "windows-headers":
        return advice(finding, variant=variant)
    python = finding.facts["python"]
    conda = ("conda", "install", "-c", "conda-forge", "gxx")
    if variant == "headers":
        return advice(finding, _apt(case, f"python{python}-dev"), variant=variant, needs=_NETWORK)
    return advice(finding, _apt(case, "build-essential"), conda, needs=_NETWORK)


def _host_compiler(case: Case, finding: Finding) -> Remedy:
    newest = finding.facts.get("newest")
    if newest is None:
        return advice(finding)
    commands = (
        _apt(case, f"gcc-{newest}", f"g++-{newest}"),
        ("export", f"CC=gcc-{newest}", f"CXX=g++-{newest}"),
        ("export", f"NVCC_PREPEND_FLAGS=-ccbin g++-{newest}"),
    )
    return advice(finding, *commands, variant="gcc", needs=_NETWORK)


def _triton(_case: Case, finding: Finding) -> Remedy:
    if finding.variant == "windows":
        return advice(
            finding, ("pip", "install", "triton-windows"), variant="windows", needs=_NETWORK
        )
    return advice(finding, ("pip", "check"), needs=_NETWORK)


def _openmp(case: Case, finding: Finding) -> Remedy:
    return advice(finding, ("gpusetup", "init"), _variable(case, "KMP_DUPLICATE_LIB_OK=TRUE"))


def _torch_too_old(case: Case, finding: Finding) -> Remedy:
    """A newer torch, if one runs here; else an older release of what asks for it."""
    build = best_here(case)
    if build is None:
        return advice(finding, ("pip", "install", "--upgrade", "torch"), needs=_NETWORK)
    needed = str(finding.facts.get("needed") or "")
    facts: dict[str, object] = {"best": str(build.torch), "build": build.build}
    if needed[:1].isdigit() and build.torch < Version.parse(needed):
        return advice(finding, variant="older", needs=(), **facts)
    return advice(finding, install_words(build), variant="build", needs=_NETWORK, **facts)


def _torch_too_new(case: Case, finding: Finding) -> Remedy:
    """The last torch before the change, of those that the matrix has for this system."""
    before = _WEIGHTS_ONLY if finding.variant == "weights" else _WITHOUT_OLD_NAMES
    rows = case.matrix.builds_for(case.machine.platform)
    last = max((row.torch for row in rows if row.torch < before), default=None)
    commands = [("gpusetup", "init", "--torch", str(last))] if last else []
    facts: dict[str, object] = {"last": str(last or "?")}
    if finding.variant == "weights":
        force = _variable(case, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1")
        return advice(finding, force, *commands, variant="weights", needs=(), **facts)
    return advice(finding, *commands, variant=None, needs=(), **facts)


def _torchvision_too_new(case: Case, finding: Finding) -> Remedy:
    rows = case.matrix.builds_for(case.machine.platform)
    before = [
        row.torch
        for row in rows
        if row.torchvision is not None and row.torchvision < _WITHOUT_FUNCTIONAL_TENSOR
    ]
    last = max(before, default=None)
    commands = [("gpusetup", "init", "--torch", str(last))] if last else []
    return advice(finding, *commands, last=str(last or "?"))


def _without_cuda(case: Case, finding: Finding) -> Remedy:
    """Their own indexes have the wheels with CUDA; the package index has the rest."""
    package = str(finding.facts.get("package") or "")
    torch = torch_of(case)
    if package in _GRAPHS and torch and torch.version and torch.local:
        page = f"https://data.pyg.org/whl/torch-{torch.version}+{torch.local}.html"
        return advice(
            finding, ("pip", "install", "--force-reinstall", "--no-deps", package, "-f", page),
            needs=_NETWORK,
        )  # fmt: skip
    if package == "mmcv":
        return advice(
            finding, ("pip", "install", "openmim"), ("mim", "install", "mmcv"), needs=_NETWORK
        )
    return advice(finding, needs=_NETWORK)


def _wrong_name(case: Case, finding: Finding) -> Remedy:
    build = best_here(case)
    command = install_words(build) if build else ("pip", "install", "torch")
    return advice(finding, command, needs=_NETWORK)


def _conda_override(case: Case, finding: Finding) -> Remedy:
    if finding.variant == "glibc":
        return advice(finding, variant="glibc")
    return advice(finding, _variable(case, f"CONDA_OVERRIDE_CUDA={finding.facts['cuda']}"))


def _init(*more: tuple[str, ...]) -> Advisor:
    return _plain(("gpusetup", "init"), *more)


_LONG_PATHS = (
    "New-ItemProperty", "-Path", r"HKLM:\SYSTEM\CurrentControlSet\Control\FileSystem",
    "-Name", "LongPathsEnabled", "-Value", "1", "-PropertyType", "DWORD", "-Force",
)  # fmt: skip
_IS_AVAILABLE = (
    "python", "-c",
    "import torch; print(torch.__version__, torch.version.cuda, torch.cuda.is_available())",
)  # fmt: skip
_TERMS = "https://repo.anaconda.com/pkgs/main"
ADVISORS: Mapping[str, Advisor] = {
    "system.static-tls": _static_tls,
    "system.cpu-too-old": _cpu_too_old,
    "system.no-exec": _no_exec,
    "system.library-missing": _library_missing,
    "packages.build-isolation": _plain(
        ("pip", "install", "setuptools", "wheel", "packaging", "ninja"),
        ("pip", "install", "--no-build-isolation", "PACKAGE"),
        needs=_NETWORK,
    ),
    "packages.compiler-missing": _compiler,
    "packages.host-compiler": _host_compiler,
    "packages.triton-missing": _triton,
    "packages.openmp-twice": _openmp,
    "packages.torch-too-old": _torch_too_old,
    "packages.torch-too-new": _torch_too_new,
    "packages.torchvision-too-new": _torchvision_too_new,
    "packages.torchcodec": _plain(
        ("conda", "install", "-c", "conda-forge", "ffmpeg"),
        ("pip", "install", "--upgrade", "torchcodec"),
        needs=_NETWORK,
    ),
    "packages.onnxruntime-cuda": _plain(
        ("pip", "install", "--upgrade", "onnxruntime-gpu[cuda,cudnn]"), needs=_NETWORK
    ),
    "packages.extension-without-cuda": _without_cuda,
    "gpu.format-unsupported": _plain(),
    "packages.library-not-started": _plain(
        ("nvidia-smi",), ("unset", "LD_LIBRARY_PATH"), ("export", "CUDA_LAUNCH_BLOCKING=1")
    ),
    "torch.computing-on-cpu": _plain(_IS_AVAILABLE),
    "environment.no-ssl": _plain(("conda", "activate", "base")),
    "installers.wrong-name": _wrong_name,
    "installers.externally-managed": _init(),
    "installers.long-paths": _plain(_LONG_PATHS, needs=(Need.WINDOWS,)),
    "installers.file-in-use": _plain(),
    "installers.no-permission": _init(),
    "installers.conda-terms": _plain(
        ("conda", "create", "-n", "NAME", "--override-channels", "-c", "conda-forge", "python"),
        ("conda", "tos", "accept", "--override-channels", "--channel", _TERMS),
    ),
    "installers.virtual-package": _conda_override,
}
