"""Where the environments of this machine lie: conda's lists and folders, ours, the usual places."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Iterator, Mapping

from gpusetup.effects import runner
from gpusetup.effects.home_folder import home_to_read
from gpusetup.effects.places import ENVIRONMENTS, environments_folder
from gpusetup.effects.spelling import place_key
from gpusetup.effects.targets import environment_folders, listed_by_conda
from gpusetup.machine import Conda, Reading, Status
from gpusetup.probe.conda import HOME_ROOTS, SHARED_ROOTS, read_conda
from gpusetup.probe.installed import is_environment
from gpusetup.probe.search_paths import condarc_paths
from gpusetup.probe.world import World, at_once

_PATIENCE_S = 5.0  # conda needs a second, on a network disk more; its files tell the same
_FOLDERS_OF_VENVS = (
    ".virtualenvs", ".venvs", "venvs", "envs", "virtualenvs", ".local/share/virtualenvs",
    ".cache/pypoetry/virtualenvs", ".pyenv/versions",
)  # fmt: skip
_NAMES_IN_PROJECTS = (".venv", "venv", "env")

Source = tuple[str, Callable[[], Iterable[Path]]]


def find_environments(
    environ: Mapping[str, str], made: Iterable[str] = ()
) -> tuple[tuple[Path, ...], tuple[Reading, ...]]:
    """All environments, each once, and one reading per source.

    made: the places that our own journals name.
    """
    conda, _ = read_conda(World(environ))
    program = conda.executable if isinstance(conda, Conda) else None
    sources: list[Source] = [
        ("journal", lambda: map(Path, made)),
        ("active", lambda: _active(environ)),
        ("gpusetup", lambda: _below(_our_folders(environ))),
        ("environments.txt", listed_by_conda),
        ("conda folders", lambda: _of_conda(environ, conda)),
        ("usual places", _usual_places),
        ("projects", _projects),
    ]
    if program:
        sources.append(("conda env list", lambda: _asked(program)))
    found = at_once([partial(_read, name, places) for name, places in sources])
    paths = [path for each, _ in found for path in each]
    return _once(paths), tuple(reading for _, reading in found)


def conda_root(environ: Mapping[str, str]) -> Path | None:
    """The base environment of the conda that is found."""
    conda, _ = read_conda(World(environ))
    return Path(conda.root) if isinstance(conda, Conda) and conda.root else None


def _read(name: str, places: Callable[[], Iterable[Path]]) -> tuple[list[Path], Reading]:
    try:
        found = [path for path in places() if is_environment(path)]
    except TimeoutError as error:
        return [], Reading(name, Status.TIMEOUT, str(error))
    except (OSError, ValueError, RuntimeError) as error:
        return [], Reading(name, Status.ERROR, str(error))
    return found, Reading(name, Status.OK if found else Status.ABSENT, str(len(found)))


def _once(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Each environment by the first path that leads to it."""
    seen: dict[str, Path] = {}
    for path in paths:
        seen.setdefault(place_key(str(path)), Path(os.path.abspath(path)))  # noqa: PTH100
    return tuple(seen.values())


def _active(environ: Mapping[str, str]) -> Iterator[Path]:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environ.get(name):
            yield Path(environ[name])
    if sys.prefix != sys.base_prefix:
        yield Path(sys.prefix)


def _our_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    yield environments_folder(environ, home=home_to_read)
    yield environments_folder(environ, "autodl", home_to_read)
    yield home_to_read() / ENVIRONMENTS


def _of_conda(environ: Mapping[str, str], conda: object) -> Iterator[Path]:
    roots = [Path(conda.root)] if isinstance(conda, Conda) and conda.root else []
    roots += [home_to_read() / each for each in (*HOME_ROOTS, "micromamba")]
    roots += map(Path, SHARED_ROOTS)
    roots = [each for each in roots if _is_folder(each)]
    yield from roots
    folders = [each / "envs" for each in roots] + [*environment_folders(environ)]
    yield from _below([*folders, *_configured(roots)])


def _is_folder(path: Path) -> bool:
    """Also where one may not look. Each that is none saves a dozen questions."""
    return os.path.isdir(path)  # noqa: PTH112 - Path raises


def _configured(roots: Iterable[Path]) -> Iterator[Path]:
    """`envs_dirs` of the settings, without reading YAML whole: a list of paths."""
    world = World(os.environ)
    some = [*roots] or [Path(SHARED_ROOTS[0])]  # the user may have settings all the same
    paths = [path for root in some for path in condarc_paths(world, str(root), mamba=True)]
    for path in dict.fromkeys(paths):
        text = world.text(path) or ""
        listed = re.search(r"^envs_dirs:\s*\n((?:[ \t]*-.*\n?)+)", text, re.MULTILINE)
        for entry in re.findall(r"-\s*(.+)", listed[1]) if listed else ():
            yield Path(os.path.expandvars(entry.strip(" \t'\""))).expanduser()


def _usual_places() -> Iterator[Path]:
    home = home_to_read()
    folders = [home / each for each in _FOLDERS_OF_VENVS]
    if os.environ.get("WORKON_HOME"):
        folders.append(Path(os.environ["WORKON_HOME"]))
    yield from _below(folders)


def _projects() -> Iterator[Path]:
    """`.venv` in this folder, in those above it, and in the folders of the home."""
    try:
        here = Path.cwd()
        above = (here, *here.parents)
    except OSError:  # deleted while somebody stands in it
        above = ()
    for folder in dict.fromkeys((*above, *_folders_in(home_to_read()))):
        yield from (folder / name for name in _NAMES_IN_PROJECTS)
        yield from _folders_in(folder / ".pixi" / "envs")


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in dict.fromkeys(folders):
        yield from _folders_in(folder)


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            return sorted(Path(each.path) for each in found if each.is_dir())
    except OSError:
        return []


def _asked(program: str) -> list[Path]:
    """What conda itself says, which knows settings that we do not read.

    Raises:
        TimeoutError: it takes too long.
        ValueError: its answer is none.
    """
    ended = runner.run((program, "env", "list", "--json"), timeout_s=_PATIENCE_S)
    if ended.returncode is None:
        raise TimeoutError(f"no answer in {_PATIENCE_S:.0f} s")
    text = ended.output[ended.output.find("{") : ended.output.rfind("}") + 1]
    return [Path(each) for each in json.loads(text)["envs"]]
