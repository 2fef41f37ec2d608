"""Environment modules: which of CUDA, cuDNN, conda and Python there are, and which are loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping

from gpusetup.probe.world import World, join

_OURS = re.compile(
    r"(?:^|/)(cuda|cudatoolkit|cuda-?toolkit|nvhpc|cudnn|nccl|a?n?a?conda\d?|miniconda\d?|"
    r"miniforge\d?|mambaforge|mamba|micromamba|python\d?)(?:/|$)",
    re.IGNORECASE,
)
_BUNDLED = re.compile(r"lib(?:cudart|cudnn|cublas|cublasLt|nccl|nvrtc|cufft|cusparse)\.so")
_MOST_FOLDERS = 60
_MOST = 40
_DEPTH = 2


@dataclass(frozen=True)
class Modules:
    """ "cuda/12.4" ...: what could be loaded and what is."""

    there: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()


def read_modules(world: World) -> Modules:
    """By the files below MODULEPATH: `module` is a function of a login shell, and slow."""
    folders = [each for each in world.environ.get("MODULEPATH", "").split(":") if each]
    found: dict[str, None] = {}
    for folder in folders[:_MOST_FOLDERS]:
        for name in _below(world, folder, "", _DEPTH):
            found.setdefault(name)
    return Modules(tuple(sorted(found)[:_MOST]), loaded_modules(world.environ))


def loaded_modules(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Those of LOADEDMODULES that are about CUDA, conda or Python."""
    names = environ.get("LOADEDMODULES", "").split(":")
    return tuple(dict.fromkeys(name for name in names if _OURS.search(name)))


def cuda_folders(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Folders of LD_LIBRARY_PATH with libraries that torch brings itself."""
    folders = [each for each in environ.get("LD_LIBRARY_PATH", "").split(":") if each]
    world = World(environ)
    return tuple(
        folder
        for folder in dict.fromkeys(folders)
        if any(_BUNDLED.match(name) for name in world.names(folder))
    )


def _below(world: World, folder: str, prefix: str, depth: int) -> list[str]:
    found = []
    for name in world.names(folder):
        path, module = join(folder, name), f"{prefix}{name}"
        if name.startswith("."):
            continue
        if world.is_folder(path):
            found += _below(world, path, f"{module}/", depth - 1) if depth else []
        elif _OURS.search(module.removesuffix(".lua")):
            found.append(module.removesuffix(".lua"))
    return found
