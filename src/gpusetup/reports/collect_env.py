"""The report of `python -m torch.utils.collect_env`, and of programs that extend it.

PyTorch version: 2.1.0+cu118
CUDA used to build PyTorch: 11.8
OS: Ubuntu 22.04.3 LTS (x86_64)
GPU models and configuration: GPU 0: NVIDIA GeForce RTX 3090
[pip3] torch==2.1.0+cu118
"""

from __future__ import annotations

import re

from gpusetup.basics.versions import Version
from gpusetup.machine import Arch, Libc, Os, Python, Reading, Status
from gpusetup.reports.listing import listed_gpus
from gpusetup.reports.part import Host, Part, version_in

KIND = "collect-env"

_PAIR = re.compile(r"^[ ]*([A-Za-z][\w ./-]{1,40}?)[ ]*:[ ]*(.*)$", re.M)
_PACKAGE = re.compile(r"^[ ]*\[(pip|conda)\d?\][ ]+([\w.-]+)(?:==|[ ]+)(\S.*?)[ ]*$", re.M)
_CUDNN = re.compile(
    r"libcudnn\.so\.(\d+(?:\.\d+)+)|cudnn64_(\d+)\.dll|cudnn.{0,40}?(\d+\.\d+\.\d+)"
)
_GPUS = re.compile(r"GPU models and configuration[^\n]*(?:\n[ ]*GPU \d[^\n]*)*")
_ARCHES = {
    "x86_64": Arch.X86_64,
    "amd64": Arch.X86_64,
    "aarch64": Arch.AARCH64,
    "arm64": Arch.AARCH64,
}
# report's key -> key in `Report.environment`
_FACTS = {
    "PyTorch version": "torch",
    "CUDA used to build PyTorch": "torch-cuda",
    "ROCM used to build PyTorch": "torch-rocm",
    "Is debug build": "debug-build",
    "OS": "os",
    "Libc version": "libc",
    "GCC version": "gcc",
    "Python version": "python",
    "Python platform": "python-platform",
    "Is CUDA available": "cuda-available",
    "CUDA runtime version": "cuda-toolkit",
    "CUDA_MODULE_LOADING set to": "cuda-module-loading",
    "Nvidia driver version": "driver",
    "cuDNN version": "cudnn",
}
_DISTRIBUTIONS = {
    "ubuntu": "ubuntu",
    "debian": "debian",
    "fedora": "fedora",
    "centos": "centos",
    "red hat": "rhel",
    "rocky": "rocky",
    "alma": "almalinux",
    "amazon": "amzn",
    "arch": "arch",
    "manjaro": "manjaro",
    "opensuse": "opensuse",
    "suse": "sles",
    "linux mint": "linuxmint",
    "gentoo": "gentoo",
    "oracle": "ol",
    "nixos": "nixos",
}


def read_collect_env(text: str) -> Part | None:
    """The facts of the report; the GPUs if it names any."""
    facts = _facts(text)
    if "torch" not in facts and "torch-cuda" not in facts:
        return None
    listed = _GPUS.search(text)
    gpus = listed_gpus(listed[0]) if listed else ()
    driver = version_in(facts.get("driver"))
    # it never tells the driver's CUDA version
    return Part(
        kind=KIND,
        driver_version=driver,
        gpus=gpus or None,
        host=_host(facts),
        readings=(Reading(KIND, Status.PARTIAL, facts.get("torch")),),
        environment={**facts, **_packages(text)},
    )


def _facts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in _PAIR.findall(text):
        name = _FACTS.get(key.strip())
        if name and value.strip() not in ("", "Could not collect"):
            found.setdefault(name, value.strip()[:300])
    cudnn = _CUDNN.search(text)
    if "cudnn" in found and not found["cudnn"][0].isdigit():
        del found["cudnn"]
        if cudnn:
            found["cudnn"] = next(each for each in cudnn.groups() if each)
    return found


def _packages(text: str) -> dict[str, str]:
    """ "pip:torch" -> "2.1.0+cu118"; conda's with build and channel, as printed."""
    found: dict[str, str] = {}
    for tool, name, version in _PACKAGE.findall(text):
        found.setdefault(f"{tool}:{name.lower()}", " ".join(version.split())[:120])
    return {key: value for key, value in found.items() if value != "not collect"}


def _host(facts: dict[str, str]) -> Host:
    line = facts.get("os", "")
    platform = facts.get("python-platform", "")
    system = _os(line, platform)
    version = re.search(r"\b(\d+(?:\.\d+)*)\b", line)
    return Host(
        os=system,
        arch=_arch(system, f"{line} {platform}"),
        wsl=_wsl(platform),
        distribution=_distribution(line) if system is Os.LINUX else None,
        os_version=version[1] if version else None,
        libc=_libc(facts.get("libc", "") or platform),
        kernel=_kernel(platform),
        python=_python(facts.get("python", "")),
    )


def _os(line: str, platform: str) -> Os | None:
    both = f"{line} {platform}".lower()
    if re.search(r"\bmicrosoft windows\b|^windows\b|\bwindows-\d", both.strip()):
        return Os.WINDOWS
    if re.search(r"\bmac ?os|\bdarwin-", both):
        return Os.MACOS
    return Os.LINUX if "linux" in both or _distribution(line) else None


def _arch(system: Os | None, text: str) -> Arch | None:
    found = re.search(r"(x86_64|amd64|aarch64|arm64)", text, re.I)
    if not found:
        return Arch.X86_64 if system is Os.WINDOWS and "64 bit" in text else None
    arch = _ARCHES[found[1].lower()]
    return Arch.ARM64 if arch is Arch.AARCH64 and system is Os.MACOS else arch


def _wsl(platform: str) -> int | None:
    if "microsoft-standard" in platform:
        return 2
    return 1 if "-Microsoft" in platform else None


def _distribution(line: str) -> str | None:
    lowered = line.lower()
    return next((name for start, name in _DISTRIBUTIONS.items() if lowered.startswith(start)), None)


def _libc(text: str) -> Libc | None:
    found = re.search(r"(glibc|musl)-?(\d+\.\d+)?", text)
    if not found:
        return None
    return Libc(found[1], Version.parse(found[2]) if found[2] else None)


def _kernel(platform: str) -> str | None:
    found = re.match(r"Linux-(\S+?)-(?:x86_64|aarch64)", platform)
    return found[1] if found else None


def _python(text: str) -> Python | None:
    version = version_in(text)
    return Python(version, "") if version else None
