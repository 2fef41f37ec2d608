"""conda, mamba and micromamba: the first found, the activated one before the usual places."""

from __future__ import annotations

import re
import sys
from typing import Iterator

from gpusetup.machine import Absence, Conda, Reading, Status
from gpusetup.probe.world import World, join

_KINDS = ("conda", "mamba", "micromamba")
_PATIENCE_S = 5.0  # conda itself needs a second, on a network disk more
HOME_ROOTS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "miniconda", "anaconda")
SHARED_ROOTS = (
    "/opt/conda", "/opt/miniconda3", "/opt/miniforge3", "/opt/anaconda3", "/root/miniconda3",
)  # fmt: skip
_CASKS = ("/opt/homebrew/Caskroom", "/usr/local/Caskroom")  # Homebrew's, on macOS
_LIBMAMBA_SINCE = (23, 10)  # the release in which conda's default solver changed


def read_conda(world: World) -> tuple[Conda | Absence, Reading]:
    """One conda, with its root and version where they can be read."""
    for path in dict.fromkeys(_candidates(world)):
        if world.is_file(path):
            return _described(world, path)
    return Absence.NOT_THERE, Reading("conda", Status.ABSENT)


def _candidates(world: World) -> Iterator[str]:
    environ = world.environ
    for name in ("CONDA_EXE", "MAMBA_EXE"):
        if environ.get(name):
            yield environ[name]
    for kind in _KINDS:
        path = world.which(kind)
        if path:
            yield path
    roots = [join(world.home, each) for each in HOME_ROOTS]
    if sys.platform == "win32":
        for folder in (environ.get("LOCALAPPDATA"), environ.get("PROGRAMDATA")):
            roots += [join(folder, each) for each in HOME_ROOTS] if folder else []
        yield from (join(root, "Scripts", "conda.exe") for root in roots)
    else:
        casks = [f"{cask}/{name}/base" for cask in _CASKS for name in ("miniforge", "miniconda")]
        yield from (join(root, "bin", "conda") for root in (*roots, *SHARED_ROOTS, *casks))
        yield join(world.home, ".local", "bin", "micromamba")


def _described(world: World, path: str) -> tuple[Conda, Reading]:
    name = re.split(r"[\\/]", path)[-1].lower()
    kind = next((each for each in reversed(_KINDS) if name.startswith(each)), "conda")
    root = _root(world, path, kind)
    version = _installed_version(world, root, kind) if root else None
    reading = Reading("conda", Status.OK, path)
    if version is None:
        version, reading = _said_version(world, path)
    solver = _solver(world, root, version) if kind == "conda" else None
    return Conda(path, kind, version, root, solver), reading


def _root(world: World, path: str, kind: str) -> str | None:
    """The base environment: two folders above the program, which may be a link into it."""
    if kind == "micromamba":
        return world.environ.get("MAMBA_ROOT_PREFIX") or join(world.home, "micromamba")
    for each in (path, world.resolved(path)):
        root = re.sub(r"[\\/][^\\/]+[\\/][^\\/]+$", "", each)
        if root and world.is_folder(join(root, "conda-meta")):
            return root
    return None


def _installed_version(world: World, root: str, kind: str) -> str | None:
    """From the names of the package records: conda-24.1.2-py311h06a4308_0.json."""
    for name in reversed(world.names(join(root, "conda-meta"))):
        found = re.fullmatch(rf"{kind}-(\d[\w.]*)-[^-]+\.json", name)
        if found:
            return found[1]
    return None


def _said_version(world: World, path: str) -> tuple[str | None, Reading]:
    try:
        said = world.said([path, "--version"], _PATIENCE_S)
    except TimeoutError as error:
        return None, Reading("conda", Status.TIMEOUT, str(error))
    except OSError as error:
        return None, Reading("conda", Status.ERROR, f"{path}: {error}")
    found = re.search(r"\b(\d+\.\d+[\w.]*)", said)  # "conda 24.1.2", "1.5.8", "mamba 1.5.8\n..."
    status = Status.OK if found else Status.PARTIAL
    return found[1] if found else None, Reading("conda", status, path)


def _solver(world: World, root: str | None, version: str | None) -> str | None:
    """CONDA_SOLVER, then `solver` in the settings, the strongest first, then the default."""
    wish = world.environ.get("CONDA_SOLVER")
    if wish:
        return wish
    from gpusetup.probe.search_paths import condarc_paths

    for path in reversed([*condarc_paths(world, root)]):
        found = re.search(
            r"^(?:experimental_)?solver:\s*['\"]?(\w+)", world.text(path) or "", re.MULTILINE
        )
        if found:
            return found[1]
    numbers = re.match(r"(\d+)\.(\d+)", version or "")
    if not numbers:
        return None
    return "libmamba" if (int(numbers[1]), int(numbers[2])) >= _LIBMAMBA_SINCE else "classic"
