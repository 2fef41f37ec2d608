"""Shared libraries of CUDA: those that an environment brings, and those that come before them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Iterator

from gpusetup.basics.versions import Version
from gpusetup.environments.facts import CudaLibrary, Environment, Library, TorchFacts
from gpusetup.probe.world import World, join

_OURS = re.compile(
    r"lib(cudart|cudnn|cublas|cublasLt|cufft|curand|cusolver|cusparse|nvJitLink|nvrtc|nccl|cupti"
    r"|stdc\+\+|torch|torch_cuda|c10)\.so(?:\.(\d+(?:\.\d+)*))?"
)
_WHEEL = re.compile(r"nvidia-[a-z]+(?:-runtime|-nvrtc|-cupti)?(?:-cu\d+)?")
_STUBS, _COMPAT, _WSL = "/stubs/", "/compat/", "/usr/lib/wsl/"
_SYSTEM_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64/nvidia", "/usr/lib64",
    "/usr/lib", "/usr/local/nvidia/lib64", "/run/opengl-driver/lib",
)  # fmt: skip


def brought_libraries(found: Environment) -> tuple[Library, ...]:
    """The libraries in the wheels of NVIDIA, and the C++ library of a conda environment."""
    libraries = []
    for each in found.distributions or ():
        if _WHEEL.fullmatch(each.name) and each.location:
            libraries.append(Library(each.name, each.location, each.number, each.name))
    return (*libraries, *_own_cpp(found))


def _own_cpp(found: Environment) -> Iterator[Library]:
    path = Path(found.prefix or "", "lib", "libstdc++.so.6")
    if found.prefix and path.exists():
        yield Library("libstdc++", str(path), _version_behind(path), "conda")


def loaded_first(world: World, found: Environment) -> tuple[Library, ...]:
    """What LD_LIBRARY_PATH puts before the environment's own: first hit per library."""
    own = found.torch.location if isinstance(found.torch, TorchFacts) else None
    prefix = found.prefix or own or "/nowhere"
    libraries: dict[str, Library] = {}
    for folder in _library_path(found):
        if _is_within(folder, prefix):
            continue
        for name in world.names(folder):
            match = _OURS.fullmatch(name)
            if match and _says_something(match[1]):
                path = join(folder, name)
                library = Library(f"lib{match[1]}", path, _number(world, path, match[2]), "path")
                libraries.setdefault(library.name, library)
    return tuple(libraries.values())


def _library_path(found: Environment) -> list[str]:
    value = found.variable("LD_LIBRARY_PATH") or ""
    return [each for each in value.split(":") if each]


def _is_within(folder: str, prefix: str) -> bool:
    return os.path.realpath(folder).startswith(os.path.realpath(prefix) + os.sep)


def _says_something(name: str) -> bool:
    """The toolkit's cudart and nvrtc beside a wheel's are harmless: they have other names."""
    return name not in ("cudart", "nvrtc", "cupti")


def _number(world: World, path: str, suffix: str | None) -> Version | None:
    """The longest version that the file's name, or the one behind its links, carries."""
    behind = re.search(r"\.so\.(\d+(?:\.\d+)*)$", world.resolved(path))
    text = behind[1] if behind else suffix
    return Version.parse(text) if text else None


def _version_behind(path: Path) -> Version | None:
    found = re.search(r"\.so\.(\d+(?:\.\d+)+)$", os.path.realpath(path))
    return Version.parse(found[1]) if found else None


def cuda_libraries(world: World, library_path: str | None) -> tuple[CudaLibrary, ...]:
    """Every libcuda.so.1 that the loader could take, in its order: the first one is taken."""
    found: dict[str, CudaLibrary] = {}
    for folder, how in _places(world, library_path):
        path = join(folder, "libcuda.so.1")
        if world.is_file(path) or world.exists(path):
            real = world.resolved(path)
            if real not in found:
                found[real] = CudaLibrary(path, _number(world, path, None), _kind(path, real), how)
    return tuple(found.values())


def _places(world: World, library_path: str | None) -> Iterator[tuple[str, str]]:
    for folder in (library_path or "").split(":"):
        if folder:
            yield folder, "LD_LIBRARY_PATH"
    for path in _cached(world):
        yield path.rpartition("/")[0], "cache"
    if world.is_folder(_WSL + "lib"):
        yield _WSL + "lib", "folder"
    for folder in _SYSTEM_FOLDERS:
        yield folder, "folder"


def _cached(world: World) -> list[str]:
    try:
        raw = world.at("/etc/ld.so.cache").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(path) for path in re.findall(rb"\0(/[^\0]*/libcuda\.so\.1)(?=\0)", raw)]


def _kind(path: str, real: str) -> str:
    both = f"{path} {real}"
    if _STUBS in both or real.endswith("/libcuda.so"):
        return "stub"
    if _COMPAT in both:
        return "compat"
    return "wsl" if _WSL in both else "driver"
