"""What lies in an environment, told from names and short texts on disk. Pure.

>>> read_torch_version("__version__ = '2.7.1+cu126'\\ncuda: Optional[str] = '12.6'\\n")
Torch(version='2.7.1', build='cu126', cuda_runtime='12.6')
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Iterable, Mapping

from gpusetup.choosing.choice import Reason

FAMILY = ("torch", "torchvision", "torchaudio")
_CONDA_NAMES = {"torch": ("pytorch", "pytorch-cpu")}


class Kind(str, Enum):
    CONDA = "conda"
    VENV = "venv"  # uv, virtualenv, python -m venv


@dataclass(frozen=True)
class Torch:
    """A torch. `build` is "cu126", "rocm6.4" or "cpu"; `cuda_runtime` None: none."""

    version: str
    build: str
    cuda_runtime: str | None


@dataclass(frozen=True)
class Installed:
    """One environment as its files tell it. `problems` break it, `notes` do not."""

    prefix: str
    kind: Kind
    python: str | None = None
    torch: Torch | None = None
    torch_by: str | None = None  # "conda" or "pip"
    versions: Mapping[str, str] = field(default_factory=dict)  # of torch's family
    problems: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()

    def version_of(self, name: str) -> str | None:
        """The version of torch, torchvision or torchaudio."""
        return self.versions.get(name)


def read_torch_version(text: str) -> Torch | None:
    """torch's own `version.py`."""
    version = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    if not version:
        return None
    runtime, hip = _value(text, "cuda"), _value(text, "hip")
    public, _, local = version[1].partition("+")
    if runtime:
        build = local if local.startswith("cu") else f"cu{runtime.replace('.', '')}"
    else:
        build = f"rocm{hip}" if hip else "cpu"
    return Torch(public, build, runtime)


def _value(text: str, name: str) -> str | None:
    """`cuda: Optional[str] = '12.6'`, `cuda = '10.2'`, `cuda = None`."""
    found = re.search(rf"^{name}\s*(?::[^=\n]*)?=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    return found[1] if found else None


def torch_of_conda(version: str, build: str) -> Torch:
    """From the build string of conda's package.

    >>> torch_of_conda("2.8.0", "cuda129_mkl_py312_h0_301").cuda_runtime
    '12.9'
    >>> torch_of_conda("1.7.1", "py3.8_cuda11.0.221_cudnn8.0.5_0").build
    'cu110'
    """
    dotted = re.search(r"cuda(\d+)\.(\d+)", build)
    joined = re.search(r"cuda(\d+)(\d)(?!\d)", build)
    found = dotted or joined
    if not found:
        return Torch(version, "cpu", None)
    return Torch(version, f"cu{found[1]}{found[2]}", f"{found[1]}.{found[2]}")


def conda_packages(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """name -> version and build, from the file names of `conda-meta`.

    >>> conda_packages(["python-3.12.9-h0_1_cpython.json", "history"])
    {'python': ('3.12.9', 'h0_1_cpython')}
    """
    found = {}
    for name in names:
        match = re.fullmatch(r"(.+)-([^-]+)-([^-]+)\.json", name)
        if match:
            found[match[1]] = (match[2], match[3])
    return found


def family_in_conda(packages: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """torch's family among conda's packages, by the names that pip knows."""
    found: dict[str, tuple[str, str]] = {}
    for name in FAMILY:
        for own in (*_CONDA_NAMES.get(name, (name,)), f"{name}-cpu"):
            if own in packages:
                found.setdefault(name, packages[own])
    return found


def family_in_site(names: Iterable[str]) -> dict[str, list[str]]:
    """The versions of torch's family in a site-packages, from `NAME-VERSION.dist-info`."""
    found: dict[str, list[str]] = {}
    for name in names:
        match = re.fullmatch(r"(torch|torchvision|torchaudio)-([^-]+)\.(?:dist|egg)-info", name)
        if match:
            found.setdefault(match[1], []).append(match[2])
    return found


def torch_wish(metadata: str) -> str | None:
    """What a package's METADATA asks of torch: ">=2.4,<2.6"; None: nothing, or only for an extra.

    >>> torch_wish("Name: xformers\\nRequires-Dist: torch (==2.4.0)\\n")
    '==2.4.0'
    """
    head = metadata.split("\n\n", 1)[0]
    for line in re.findall(r"^Requires-Dist:\s*torch(?![\w.-])(.*)$", head, re.MULTILINE):
        wish, _, marker = line.partition(";")
        wish = re.sub(r"\[.*?\]|[()\s]", "", wish)
        if wish and "extra" not in marker and "@" not in wish:
            return wish
    return None


def python_of_settings(text: str) -> str | None:
    """The version in a `pyvenv.cfg`: uv and virtualenv write version_info, venv version."""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", text, re.MULTILINE)
    return found[1] if found else None
