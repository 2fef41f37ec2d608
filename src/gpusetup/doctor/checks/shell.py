"""What the shell sets before Python starts: library paths above all."""

from __future__ import annotations

import re

from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.looks import finding
from gpusetup.environments.facts import Environment, Library, ShellLine

_LIBRARY_PATH = "LD_LIBRARY_PATH"
# Errors of the loader and of the libraries, by the proof's own words for them.
_LOADING = ("cudnn", "cublas", "mixed-files", "missing-library", "old-system")


def overwriting(case: Case) -> tuple[ShellLine, ...]:
    """Lines that throw away what others have put into LD_LIBRARY_PATH."""
    lines = case.surroundings.shell_lines
    return tuple(each for each in lines if each.variable == _LIBRARY_PATH and each.overwrites)


def look_overwritten(case: Case) -> Finding | None:
    lines = overwriting(case)
    if not lines:
        return None
    line = lines[0]
    words = tuple(f"{each.path}:{each.number}: {each.text}" for each in lines)
    return finding(
        "shell.library-path-overwritten", *words, severity=Severity.WARNING,
        variant="dead" if line.points_to_nothing else None, path=line.path, line=line.number,
    )  # fmt: skip


def look_dead_path(case: Case) -> Finding | None:
    """A folder that is gone: harmless, and a sign that nobody needs the line."""
    for line in case.surroundings.shell_lines:
        if line.points_to_nothing and not (line.overwrites and line.variable == _LIBRARY_PATH):
            words = f"{line.path}:{line.number}: {line.text}"
            return finding(
                "shell.dead-path", words, severity=Severity.INFO,
                path=line.path, line=line.number, variable=line.variable,
            )  # fmt: skip
    return None


def look_shadowed(case: Case) -> Finding | None:
    """Libraries on LD_LIBRARY_PATH that are loaded instead of those that torch was built with."""
    environment = case.environment
    if environment is None or environment.torch is None:
        return None
    telling = [each for each in environment.loaded_first if _differs(each, environment)]
    if not telling:
        return None
    words = looks.run_failed(case, *_LOADING)
    first = telling[0]
    lines = [each for each in case.surroundings.shell_lines if each.variable == _LIBRARY_PATH]
    places = tuple(f"{each.path}:{each.number}: {each.text}" for each in lines[:1])
    paths = tuple(each.path for each in telling[:3])
    module = module_of(first.path, case.surroundings.modules)
    loaded = f"module load {module}" if module else None
    return finding(
        "environment.library-shadowed", words, *paths, loaded, *places,
        severity=Severity.ERROR if words else Severity.WARNING,
        variant="module" if module else "failing" if words else None,
        library=first.name, path=first.path, version=str(first.version or "?"), module=module or "",
    )  # fmt: skip


def module_of(path: str, modules: tuple[str, ...]) -> str | None:
    """The module of `module load` that a library is from: "cuda/11.8" and "/apps/cuda/11.8/lib".

    Its name must stand in the path, and of several with that name the one with the version too.
    """
    folders = path.lower().rpartition("/")[0]
    named = [each for each in modules if each.lower().split("/")[0] in folders]
    exact = [each for each in named if _version_in(each, folders)]
    return (exact or named)[0] if len(exact) == 1 or len(named) == 1 else None


def _version_in(module: str, folders: str) -> bool:
    version = module.rpartition("/")[2].lower()
    return bool(re.search(rf"(?<![\d.]){re.escape(version)}(?![\d])", folders))


def _differs(library: Library, environment: Environment) -> bool:
    """Whether it is surely another one than the environment's own. An unknown version is not."""
    if library.name in ("libtorch", "libtorch_cuda", "libc10"):
        return True
    stem = library.name[3:].lower().replace("cublaslt", "cublas")
    own = [each for each in environment.libraries if each.name.startswith(f"nvidia-{stem}")]
    if not own or own[0].version is None or library.version is None:
        return False
    count = min(len(library.version.numbers), len(own[0].version.numbers), 3)
    return library.version.numbers[:count] != own[0].version.numbers[:count]


_AREA = Area.ENVIRONMENT
CHECKS: tuple[Check, ...] = (
    looks.check("shell.library-path-overwritten", _AREA, look_overwritten),
    looks.check("shell.dead-path", _AREA, look_dead_path),
    looks.check(
        "environment.library-shadowed", _AREA, look_shadowed, (Fact.ENVIRONMENT,),
        explained_by=("shell.library-path-overwritten",),
    ),
)  # fmt: skip
