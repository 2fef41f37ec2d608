"""The interpreters that an environment could be made with: CPython, 64 bits, released, with GIL."""

from __future__ import annotations

import json
import re
import sys
from functools import partial
from typing import Iterator, Optional

from gpusetup.basics.patterns import pattern
from gpusetup.basics.versions import Version
from gpusetup.machine import Python, Reading, Status
from gpusetup.probe.world import World, at_once, join

SOURCE = "python"
Pythons = tuple[Optional[Python], tuple[Python, ...], Reading]
_PATIENCE_S = 3.0
_MOST_STARTED = 16
_NAME = pattern(r"python(?:3(?:\.\d+)?)?(?:\.exe)?")
_MAC_FOLDERS = ("/opt/homebrew/bin", "/usr/local/bin")
_APPLES_TOOLS = "/Library/Developer/CommandLineTools"
_FRAMEWORK = "/Library/Frameworks/Python.framework/Versions"

# Python 2 does not know -I, ends with an error, and so is none of ours.
_SCRIPT = (
    "import sys, json; print(json.dumps([list(sys.version_info[:3]), sys.version_info[3], "
    "sys.version, sys.maxsize > 2**32, sys.implementation.name]))"
)


def read_pythons(world: World, conda_root: str | None) -> Pythons:
    """The default interpreter (the one below gpusetup's own), and all others, newest first."""
    default = _own(world) if str(world.root) == "/" else None
    paths = list(dict.fromkeys(_resolved(world, path) for path in _candidates(world, conda_root)))
    known = [(path, _version_known(world, path, default)) for path in paths]
    unknown = [path for path, version in known if version is None]
    started = at_once([partial(_ask, world, path) for path in unknown[:_MOST_STARTED]])
    found = [Python(version, path) for path, version in known if version is not None]
    found += [python for python, _ in started if python is not None]
    # Stable: of two with the same version the one earlier on PATH stays first.
    found.sort(key=lambda python: python.version.numbers, reverse=True)
    if default is None and found:
        default = found[0]
    others = tuple(each for each in found if default is None or not _same(world, each, default))
    late = [path for python, path in started if python is None and path]
    status = Status.TIMEOUT if late else (Status.OK if default else Status.ABSENT)
    return default, others, Reading(SOURCE, status, ", ".join(late) or None)


def _same(world: World, one: Python, other: Python) -> bool:
    return world.resolved(one.path) == world.resolved(other.path)


def _own(world: World) -> Python | None:
    """The interpreter below the environment that gpusetup runs in."""
    path = getattr(sys, "_base_executable", None) or sys.executable
    text = ".".join(map(str, sys.version_info[:3]))
    usable = _is_usable(sys.version, sys.version_info[3], sys.maxsize > 2**32, _implementation())
    # before Python 3.11 `_base_executable` can still lie in the environment
    return Python(Version.parse(text), _resolved(world, path)) if usable and path else None


def _implementation() -> str:
    return sys.implementation.name


def _is_usable(text: str, level: str, is_64_bit: bool, implementation: str) -> bool:
    """torch's wheels need all of this; a free-threaded build has wheels of its own."""
    return (
        implementation == "cpython"
        and is_64_bit
        and level == "final"
        and "free-threading" not in text
    )


def _candidates(world: World, conda_root: str | None) -> Iterator[str]:
    for folder in (*world.search_path(), "/usr/bin", "/usr/local/bin"):
        # pyenv's shims only lead to its versions, which are looked at below, or fail.
        if not re.search(r"[\\/]shims[\\/]?$", folder):
            yield from _in_folder(world, folder)
    yield from _pyenv(world)
    yield from _managed_by_uv(world)
    if conda_root:
        yield join(conda_root, "python.exe" if sys.platform == "win32" else "bin/python")
    if sys.platform == "darwin":
        for folder in (*_MAC_FOLDERS, *(f"{_FRAMEWORK}/{v}/bin" for v in world.names(_FRAMEWORK))):
            yield from _in_folder(world, folder)
    if sys.platform == "win32":
        yield from _windows(world)


def _in_folder(world: World, folder: str) -> Iterator[str]:
    if sys.platform == "darwin" and folder == "/usr/bin" and not world.is_folder(_APPLES_TOOLS):
        return  # a stand-in that opens a dialogue to install Apple's tools
    if sys.platform == "win32":
        names: tuple[str, ...] = ("python.exe",)
    else:
        names = tuple(each for each in world.names(folder) if _NAME.fullmatch(each))
    # "\\WindowsApps\\" holds stand-ins that open the store.
    yield from (
        join(folder, each)
        for each in names
        if world.is_file(join(folder, each)) and "\\WindowsApps" not in folder
    )


def _pyenv(world: World) -> Iterator[str]:
    root = join(world.environ.get("PYENV_ROOT") or join(world.home, ".pyenv"), "versions")
    for name in world.names(root):
        path = join(root, name, "bin", "python3")
        if re.fullmatch(r"3\.\d+\.\d+", name) and world.is_file(path):
            yield path


def _managed_by_uv(world: World) -> Iterator[str]:
    environ = world.environ
    data = environ.get("XDG_DATA_HOME") or join(world.home, ".local", "share")
    if sys.platform == "win32":
        data = environ.get("APPDATA") or join(world.home, "AppData", "Roaming")
    root = environ.get("UV_PYTHON_INSTALL_DIR") or join(data, "uv", "python")
    tail = ("python.exe",) if sys.platform == "win32" else ("bin", "python3")
    for name in world.names(root):
        path = join(root, name, *tail)
        # "cpython-3.12-linux-x86_64-gnu" is a link to the newest patch release
        if re.match(r"cpython-3\.\d+\.\d+-", name) and world.is_file(path):
            yield path


def _windows(world: World) -> Iterator[str]:
    """What the `py` launcher knows: " -V:3.12 *  C:\\...\\python.exe"."""
    launcher = world.which("py")
    if launcher is None:
        return
    try:
        said = world.said([launcher, "-0p"], _PATIENCE_S)
    except OSError:  # TimeoutError is one too
        return
    yield from re.findall(r"[A-Za-z]:\\.*?python\.exe", said)


def _resolved(world: World, path: str) -> str:
    """The interpreter itself: without links, and the base of a virtual environment."""
    folder = re.sub(r"[\\/][^\\/]+[\\/][^\\/]+$", "", path)
    settings = world.text(join(folder, "pyvenv.cfg")) if folder else None
    home = re.search(r"^home\s*=\s*(.+?)\s*$", settings or "", re.MULTILINE)
    if home:
        for name in ("python3", "python", "python.exe"):
            base = join(home[1], name)
            if world.is_file(base):
                return world.resolved(base)
    return world.resolved(path)


def _version_known(world: World, path: str, own: Python | None) -> Version | None:
    """The version where no interpreter has to be started for it."""
    return own.version if own and own.path == path else _version_of_path(world, path)


def _version_of_path(world: World, path: str) -> Version | None:
    """What pyenv, uv and conda write into names; None where only the interpreter can tell."""
    found = re.search(r"[\\/](?:versions[\\/]|cpython-)(3\.\d+\.\d+)(?:[\\/]|-)", path)
    if found:
        return Version.parse(found[1])
    root = re.sub(r"[\\/]bin[\\/][^\\/]+$|[\\/]python\.exe$", "", path)
    for name in world.names(join(root, "conda-meta")) if root else ():
        # the build string of a free-threaded one ends with cp313t: then it is asked, and refused
        record = re.fullmatch(r"python-(3\.\d+\.\d+)-[^-]*(?<!t)\.json", name)
        if record:
            return Version.parse(record[1])
    return None


def _ask(world: World, path: str) -> tuple[Python | None, str | None]:
    """Start it. (None, path) if it did not answer in time, (None, None) if it is none of ours."""
    try:
        said = world.said([path, "-I", "-S", "-c", _SCRIPT], _PATIENCE_S)
    except TimeoutError:
        return None, path
    except OSError:
        return None, None
    try:
        numbers, level, text, is_64_bit, implementation = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        return None, None
    if not _is_usable(text, level, is_64_bit, implementation):
        return None, None
    return Python(Version.parse(".".join(map(str, numbers))), path), path
