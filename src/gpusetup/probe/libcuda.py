"""libcuda: the version in its file name, and the CUDA version it says itself (asked in a child)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Mapping

from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version, parse_cuda_driver_version
from gpusetup.machine import Reading, Status
from gpusetup.probe.child import Child, crash_name

SOURCE = "libcuda"
_NAMES = ("libcuda.so.1", "libnvidia-ml.so.1")
_SHAPES = (("absent", 2), ("answer", 4))
_FOLDERS = (
    "usr/lib/wsl/lib",
    "usr/lib/x86_64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "usr/lib64",
    "usr/lib64/nvidia",
    "usr/lib",
    "usr/local/nvidia/lib64",
    "run/opengl-driver/lib",
)


@dataclass(frozen=True)
class LibraryFile:
    """One file of the driver's user-space part. `version` from the name behind the link."""

    name: str
    path: str
    version: Version | None = None

    @property
    def is_stand_in(self) -> bool:
        """A compat package or a linker stub: its version says nothing about the driver."""
        return "/compat/" in self.path or "/stubs/" in self.path


@dataclass(frozen=True)
class CudaFacts:
    reading: Reading
    cuda_version: Version | None = None
    path: str | None = None  # the file that the loader took

    @property
    def is_stand_in(self) -> bool:
        return self.path is not None and ("/compat/" in self.path or "/stubs/" in self.path)


def find_libraries(root: Path, environ: Mapping[str, str]) -> tuple[LibraryFile, ...]:
    """libcuda and libnvidia-ml as the loader would find them: first hit per name."""
    folders = [Path(each) for each in environ.get("LD_LIBRARY_PATH", "").split(":") if each]
    cached = _cached_paths(root)
    found = []
    for name in _NAMES:
        places = [folder / name for folder in folders]
        places += [root / path.lstrip("/") for path in cached if path.endswith(f"/{name}")]
        places += [root / folder / name for folder in _FOLDERS]
        place = next((each for each in places if each.exists()), None)
        if place is not None:
            found.append(LibraryFile(name, str(place), _version_behind(place)))
    return tuple(found)


def _cached_paths(root: Path) -> list[str]:
    """The loader's cache holds plain paths between zero bytes; `ldconfig -p` would be a process."""
    try:
        raw = (root / "etc/ld.so.cache").read_bytes()
    except OSError:
        return []
    paths = re.findall(rb"\0(/[^\0]*/(?:libcuda|libnvidia-ml)\.so\.1)(?=\0)", raw)
    return [os.fsdecode(path) for path in paths]


def _version_behind(path: Path) -> Version | None:
    """libcuda.so.1 -> libcuda.so.535.161.08: the version of the user-space driver."""
    return version_in(os.path.realpath(path))


def version_in(path: str) -> Version | None:
    """ "/usr/lib64/libcuda.so.535.161.08" -> 535.161.08."""
    found = re.search(r"\.so\.(\d{3,}(?:\.\d+)+)$", path)
    return Version.parse(found[1]) if found else None


def read(child: Child | None) -> CudaFacts:
    """What libcuda said, or how it failed."""
    if child is None:
        return CudaFacts(Reading(SOURCE, Status.ERROR, "no interpreter to ask it with"))
    return facts_from(child.text, child.exit)


def facts_from(text: str, exit_code: int | None) -> CudaFacts:
    """The child's one line as facts: its words with tabs between them.

    answer  0       12020   /usr/lib/x86_64-linux-gnu/libcuda.so.535.161.08
    absent  libcuda.so.1: cannot open shared object file: No such file or directory
    """
    lines = (each.split("\t", 3) for each in text.splitlines())
    told = next((each for each in lines if (each[0], len(each)) in _SHAPES), None)
    if told is None:
        if exit_code is None:
            return CudaFacts(Reading(SOURCE, Status.TIMEOUT, "cuDriverGetVersion"))
        return CudaFacts(Reading(SOURCE, Status.ERROR, crash_name(exit_code) or text.strip()))
    if told[0] == "absent":
        return CudaFacts(Reading(SOURCE, Status.ABSENT, told[1]))
    _, code, raw, path = told
    if code != "0":
        reading = Reading(SOURCE, Status.ERROR, f"cuDriverGetVersion: {code}")
        return CudaFacts(reading, path=path or None)
    version = parse_cuda_driver_version(int(raw))
    return CudaFacts(Reading(SOURCE, Status.OK, f"CUDA {version}"), version, path or None)
