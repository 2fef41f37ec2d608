"""Which versions stand together: torch, CUDA, cuDNN, NCCL, Triton, driver."""

from __future__ import print_function

import ctypes
import importlib
import re
import sys

import gpusetup_proof as proof

LIBRARIES = re.compile(r"(nvidia|triton|pytorch-triton)")
COMPANIONS = ("torchvision", "torchaudio")
EXACTLY = re.compile(r"^([A-Za-z0-9._-]+)\s*\(?==\s*([0-9A-Za-z.+]+)")


def tell(report, torch):
    cuda = torch.version.cuda
    report.emit(
        "info",
        python=".".join(str(part) for part in sys.version_info[:3]),
        torch=str(torch.__version__),
        cuda_runtime=cuda,
        cudnn=cudnn(torch) if cuda else None,
        nccl=quietly(nccl, torch) if cuda else None,
        triton=installed("triton") or installed("pytorch-triton"),
        cuda_available=quietly(torch.cuda.is_available) if not hip(torch) else None,
        cuda_driver=quietly(driver) if cuda else None,
        architectures=quietly(torch.cuda.get_arch_list) if has_arch_list(torch) else None,
        companions={name: installed(name) for name in COMPANIONS if installed(name)},
        files_say=installed("torch"),
        differing=differing(),
    )


def quietly(function, *words):
    """What a function tells, or None: to know less is no reason to stop."""
    try:
        return function(*words)
    except Exception:
        return None


def hip(torch):
    """AMD's builds call their GPUs cuda, too."""
    return getattr(torch.version, "hip", None)


def has_arch_list(torch):
    return bool(torch.version.cuda) and hasattr(torch.cuda, "get_arch_list")


def installed(name):
    """The version that the installed files claim. Imports nothing; None before Python 3.8."""
    try:
        return importlib.import_module("importlib.metadata").version(name)
    except Exception:
        return None


def differing():
    """The libraries that torch asks for by number and that are there with another one."""
    try:
        wanted = importlib.import_module("importlib.metadata").requires("torch") or ()
    except Exception:
        return []
    return [
        {"name": name, "wanted": number, "found": installed(name)}
        for name, number in exact_libraries(wanted)
        if installed(name) not in (None, number)
    ]


def exact_libraries(requirements):
    """(name, version) of NVIDIA's libraries and Triton.

    >>> exact_libraries(['nvidia-nccl-cu12==2.27.5; platform_system == "Linux"', "sympy==1.13"])
    [('nvidia-nccl-cu12', '2.27.5')]
    """
    found = [EXACTLY.match(line) for line in requirements if "extra ==" not in line]
    pairs = [(each.group(1), each.group(2)) for each in found if each]
    return [(name, number) for name, number in pairs if LIBRARIES.match(name)]


def cudnn(torch):
    """91501 -> "9.15.1", 7605 -> "7.6.5"."""
    raw = torch.backends.cudnn.version()
    if raw is None:
        return None
    major = 10000 if raw >= 90000 else 1000
    return "{0}.{1}.{2}".format(raw // major, raw % major // 100, raw % 100)


def nccl(torch):
    """(2, 27, 5), 2708 or 21005 -> "2.27.5", "2.7.8", "2.10.5"."""
    raw = torch.cuda.nccl.version()
    if isinstance(raw, int):
        major = 1000 if raw < 10000 else 10000
        raw = (raw // major, raw % major // 100, raw % 100)
    return ".".join(str(part) for part in raw)


def driver():
    """The CUDA driver API version: 12040 -> "12.4"."""
    found = ctypes.c_int(0)
    if proof.libcuda().cuDriverGetVersion(ctypes.byref(found)) != 0 or not found.value:
        return None
    return "{0}.{1}".format(found.value // 1000, found.value % 1000 // 10)
