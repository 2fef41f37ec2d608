"""Which interpreter is meant: --python, --env, or the environment that is active."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Iterator, Mapping

from gpusetup.basics.errors import UsageError
from gpusetup.effects.home_folder import home_to_read
from gpusetup.effects.places import environments_folder

# relative to an environment: POSIX, conda on Windows, venv on Windows
_INTERPRETERS = ("bin/python", "python.exe", "Scripts/python.exe", "bin/python3")
_PUT_ASIDE = re.compile(r"\.before(?:-?\d+)?$")  # the old one, after `init --replace`
_CONDA_HOMES = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda")


def resolve_python(
    env: str | None,
    python: str | None,
    environ: Mapping[str, str] | None = None,
    *,
    may_be_gone: bool = False,
) -> str:
    """The path of an interpreter. Its links stay: they say which environment it is.

    With nothing named and nothing active it is the one that `init` has made, if that is but one.

    Args:
        env: the name of an environment, or a path to one.
        python: a path to an interpreter; wins over nothing, so both is wrong usage.
        may_be_gone: a link to a Python that is gone counts too: the doctor says so itself.

    Raises:
        UsageError: there is no such interpreter, or nothing is named and nothing is active.
    """
    environ = os.environ if environ is None else environ
    if env and python:
        raise UsageError("verify.two-targets")
    if python:
        return _existing(Path(python).expanduser())
    if env:
        return _of_environment(env, environ, may_be_gone)
    active = environ.get("VIRTUAL_ENV") or environ.get("CONDA_PREFIX")
    if active:
        return _inside(Path(active), active, may_be_gone)
    made = made_by_us(environ)
    if len(made) != 1:
        raise UsageError("verify.no-target")
    return os.path.abspath(made[0])  # noqa: PTH100 - resolve() would follow the link


def made_by_us(environ: Mapping[str, str]) -> list[Path]:
    """The interpreters of the environments that lie where `init` puts them, in use today."""
    try:
        folders = sorted(environments_folder(environ).iterdir())
    except OSError:
        return []
    current = (folder for folder in folders if not _PUT_ASIDE.search(folder.name))
    return [found for folder in current if (found := interpreter_of(folder))]


def interpreter_of(prefix: Path) -> Path | None:
    """The interpreter of an environment's folder, if it is one."""
    places = (prefix / place for place in _INTERPRETERS)
    # os.path, because Path raises where another user's folder may not be looked into
    return next((place for place in places if os.path.isfile(place)), None)  # noqa: PTH113


def find_environment(name: str, environ: Mapping[str, str]) -> Path | None:
    """The folder of the environment with that name: ours first, then conda's."""
    for folder in environment_folders(environ):
        if interpreter_of(folder / name) or _dangling(folder / name):
            return folder / name
    listed = (each for each in listed_by_conda() if each.name == name)
    return next((each for each in listed if interpreter_of(each)), None)


def _dangling(prefix: Path) -> Path | None:
    """The link to the Python that an environment was made with, where that is gone."""
    place = prefix / "bin" / "python"
    is_link = os.path.islink(place) and not os.path.exists(place)  # noqa: PTH110, PTH114
    return place if is_link else None


def _of_environment(env: str, environ: Mapping[str, str], may_be_gone: bool) -> str:
    is_path = os.sep in env or "/" in env or env in (".", "..") or env.startswith("~")
    if is_path:
        return _inside(Path(env).expanduser(), env, may_be_gone)
    named = find_environment(env, environ)
    if named:
        return _inside(named, env, may_be_gone)
    if os.path.isdir(env):  # noqa: PTH112
        return _inside(Path(env), env, may_be_gone)
    folder = environments_folder(environ, home=home_to_read)
    if _was_made(folder / env, environ):
        raise UsageError("verify.environment-gone", env=env, folder=str(folder / env))
    raise UsageError("verify.no-environment", env=env, folder=str(folder))


def _was_made(prefix: Path, environ: Mapping[str, str]) -> bool:
    """A run of ours made it, nobody took that back, and the folder is gone all the same."""
    from gpusetup.effects.journal import latest_for
    from gpusetup.effects.places import state_folder

    if os.path.lexists(prefix):
        return False
    run = latest_for(state_folder(environ), str(prefix))
    return run is not None and run.state() == "finished"


def environment_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where environments with names lie: ours first, then conda's."""
    yield environments_folder(environ, home=home_to_read)
    # the cloud is not asked here; its data disk is where `init` puts environments
    yield environments_folder(environ, "autodl", home_to_read)
    for name in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"):
        yield from (Path(part) for part in environ.get(name, "").split(os.pathsep) if part)
    for name in ("MAMBA_ROOT_PREFIX", "CONDA_ROOT"):
        if environ.get(name):
            yield Path(environ[name]) / "envs"
    if environ.get("CONDA_EXE"):
        yield Path(environ["CONDA_EXE"]).parent.parent / "envs"
    yield from (home_to_read() / name / "envs" for name in _CONDA_HOMES)


def listed_by_conda() -> tuple[Path, ...]:
    """conda writes the path of every environment it makes into one file; some are long gone."""
    try:
        text = (home_to_read() / ".conda" / "environments.txt").read_text("utf-8", "replace")
    except OSError:
        return ()
    return tuple(Path(line.strip()) for line in text.splitlines() if line.strip())


def _inside(prefix: Path, named: str, may_be_gone: bool = False) -> str:
    found = interpreter_of(prefix)
    gone = _dangling(prefix) if found is None else None
    if gone is not None and not may_be_gone:
        raise UsageError("verify.python-gone", env=named, target=os.readlink(gone))  # noqa: PTH115
    found = found or gone
    if found is None:
        raise UsageError("verify.not-an-environment", env=named)
    return os.path.abspath(found)  # noqa: PTH100 - resolve() would follow the link


def _existing(path: Path) -> str:
    if not os.path.isfile(path):  # noqa: PTH113
        raise UsageError("verify.no-interpreter", path=str(path))
    return os.path.abspath(path)  # noqa: PTH100
