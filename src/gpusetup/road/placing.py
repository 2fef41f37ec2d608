"""Where the environment goes, and whether it may go there."""

from __future__ import annotations

import errno
import os
import re
import sys
from pathlib import Path
from typing import Mapping

from gpusetup.basics.errors import Refused
from gpusetup.basics.origins import WHEEL_INDEX
from gpusetup.basics.versions import Version
from gpusetup.effects.home_folder import home_to_read, user_name
from gpusetup.effects.places import ENVIRONMENTS, environments_folder, state_folder
from gpusetup.effects.spelling import as_spelled
from gpusetup.effects.targets import find_environment
from gpusetup.engines import conda_engine
from gpusetup.engines.uv import Place
from gpusetup.machine import Conda, Machine, Os
from gpusetup.packages import is_plain_word
from gpusetup.request import Engine, Request
from gpusetup.road.existing import free_name
from gpusetup.road.linking import check_links
from gpusetup.road.room import nearest
from gpusetup.shells import Shell, quote

DEFAULT_NAME = "torch"


def wheel_index(environ: Mapping[str, str]) -> str:
    """The base of the PyTorch wheel index; GPUSETUP_WHEEL_INDEX names a copy of it."""
    return environ.get("GPUSETUP_WHEEL_INDEX") or WHEEL_INDEX


def prefix_of(request: Request, machine: Machine, environ: Mapping[str, str]) -> Path:
    """The folder of the environment: the wish, or NAME in the environments folder.

    One that is there is named as the disk spells it: `Torch` may be the same as `torch`.
    """
    return Path(as_spelled(str(_wished_prefix(request, machine, environ))))


def _wished_prefix(request: Request, machine: Machine, environ: Mapping[str, str]) -> Path:
    if request.prefix:
        return Path(request.prefix)
    if request.into and os.sep in request.into:
        return Path(request.into).expanduser().absolute()
    if request.into:
        found = _named(request.into, machine, environ)
        if found:
            return found.absolute()
    name = request.into or request.name or DEFAULT_NAME
    return environments_folder(environ, machine.cloud) / name


def _named(name: str, machine: Machine, environ: Mapping[str, str]) -> Path | None:
    """An environment by its name; `base` is conda's own."""
    found = find_environment(name, environ)
    if found is None and name in ("base", "root") and isinstance(machine.conda, Conda):
        return Path(machine.conda.root) if machine.conda.root else None
    return found


def channels_base(environ: Mapping[str, str]) -> str:
    """The base of a copy of the conda channels, which GPUSETUP_CHANNELS names; else empty."""
    return environ.get("GPUSETUP_CHANNELS", "")


def conda_program(engine: Engine, machine: Machine) -> str | None:
    """The program of a conda engine: the one found, else what its name leads to."""
    import shutil

    found = machine.conda
    if isinstance(found, Conda) and found.kind == engine.value:
        return found.executable
    beside = Path(found.executable).parent if isinstance(found, Conda) else None
    return (beside and shutil.which(engine.value, path=str(beside))) or shutil.which(engine.value)


def make_place(
    request: Request,
    python: Version,
    machine: Machine,
    environ: Mapping[str, str],
    engine: Engine = Engine.UV,
) -> Place:
    """All paths of the plan, for this machine."""
    prefix = str(prefix_of(request, machine, environ))
    windows = machine.os is Os.WINDOWS
    by_uv = engine is Engine.UV
    own = python_of(prefix, windows, conda=None if request.into else not by_uv)
    base = own if request.into else _base_python(python, machine)
    return Place(
        name=request.name or Path(prefix).name,
        prefix=prefix,
        python=own,
        uv=machine.installers.uv or "uv",
        base_python=base if by_uv else str(python),
        conda=conda_program(engine, machine) or engine.value,
        channels=channels_base(environ),
        package_cache=_cache(machine, environ, conda_engine(engine).cache_variable),
        wheel_cache=_cache(machine, environ, "UV_CACHE_DIR", "uv"),
        wheel_index=wheel_index(environ),
        pythons_folder=str(state_folder(environ) / "pythons"),
        separator="\\" if windows else "/",
    )


def _cache(machine: Machine, environ: Mapping[str, str], variable: str, *below: str) -> str:
    """On AutoDL beside the environments: the system disk is small, and links need one disk.

    Elsewhere, and where the user has said it, the installer's own.
    """
    if machine.cloud != "autodl" or environ.get(variable):
        return ""
    return str(environments_folder(environ, machine.cloud).joinpath(".packages", *below))


def place_elsewhere(
    request: Request, python: Version, machine: Machine, engine: Engine = Engine.UV
) -> Place:
    """The paths on a machine that is only a profile: below its home folder, whatever that is."""
    windows = machine.os is Os.WINDOWS
    separator = "\\" if windows else "/"
    name = request.into or request.name or DEFAULT_NAME
    # cmd and PowerShell do not expand ~ in arguments: there it is relative
    home = "" if windows else "/root/autodl-tmp/" if machine.cloud == "autodl" else "~/"
    prefix = request.prefix or f"{home}{ENVIRONMENTS}{separator}{name}"
    conda = machine.conda
    same = isinstance(conda, Conda) and conda.kind == engine.value and _is_named(conda)
    return Place(
        name=name,
        prefix=prefix,
        python=python_of(prefix, windows, conda=engine is not Engine.UV),
        uv="uv",
        base_python=_base_python(python, machine) if engine is Engine.UV else str(python),
        package_cache=f"{home}{ENVIRONMENTS}/.packages" if machine.cloud == "autodl" else "",
        wheel_cache=f"{home}{ENVIRONMENTS}/.packages/uv" if machine.cloud == "autodl" else "",
        conda=conda.executable if isinstance(conda, Conda) and same else engine.value,
        wheel_index=WHEEL_INDEX,
        pythons_folder=f"{home}{ENVIRONMENTS}{separator}.pythons",
        separator=separator,
    )


def _is_named(conda: Conda) -> bool:
    """Whether a profile's program has the name of what it is: a profile can say anything."""
    name = re.split(r"[\\/]", conda.executable)[-1].lower()
    return name in (conda.kind, f"{conda.kind}.exe", f"{conda.kind}.bat")


def python_of(prefix: str, windows: bool = os.name == "nt", *, conda: bool | None = None) -> str:
    """The interpreter of an environment. `conda` None: as the folder that is there says."""
    if not windows:
        return f"{prefix}/bin/python"
    if conda is None:
        conda = is_conda(prefix)
    return f"{prefix}\\python.exe" if conda else f"{prefix}\\Scripts\\python.exe"


def is_conda(prefix: str) -> bool:
    """Whether there is a conda environment."""
    return Path(prefix, "conda-meta").is_dir()


def activates(prefix: str, windows: bool = os.name == "nt") -> bool:
    """Whether files that activate an environment lie in it: conda itself puts none there."""
    name = ("Scripts", "Activate.ps1") if windows else ("bin", "activate")
    return Path(prefix, *name).is_file()


def _base_python(wished: Version, machine: Machine) -> str:
    """The newest interpreter of that minor on the machine, else the version for uv to fetch."""
    known = [*([machine.python] if machine.python else []), *machine.other_pythons]
    paths = [each for each in known if each.path and is_plain_word(each.path)]
    fitting = [each for each in paths if each.version.starts_with(wished)]
    if not fitting:
        return str(wished)
    return max(fitting, key=lambda each: each.version).path


def check_place(request: Request, prefix: Path) -> None:
    """The place must be free, or meant.

    Raises:
        Refused: something is there and neither --into nor --replace was said; no environment is
            there and --into was; the folder cannot be written.
    """
    _check_length(prefix)
    # os.path here, because Path raises where another user's folder may not be looked into
    if request.into:
        marks = (prefix / "pyvenv.cfg", prefix / "conda-meta")
        if not any(map(os.path.exists, marks)):
            raise Refused("plan.into-missing", prefix=str(prefix))
        if not os.access(prefix, os.W_OK | os.X_OK):
            raise Refused("plan.into-unwritable", prefix=str(prefix))
        return
    if os.path.lexists(prefix) and not request.replace:
        free = free_name(prefix.parent, prefix.name)
        if request.prefix:  # a name alone would lead to the environments folder
            shell = Shell.POWERSHELL if os.name == "nt" else Shell.BASH
            free = f"--prefix {quote(str(prefix.parent / free), shell)}"
        raise Refused("plan.name-taken", prefix=str(prefix), free=free)
    if request.replace and holds_more_than_an_environment(prefix):
        raise Refused("plan.not-movable", prefix=str(prefix))
    check_writable(prefix)
    check_links(prefix)


def holds_more_than_an_environment(prefix: Path) -> bool:
    """A home folder, what stands above it or above us, or a whole disk: never moved aside."""
    held = (home_to_read(), *_here(), Path(sys.prefix), state_folder(os.environ))
    place = prefix.resolve()
    above = any(place in (each.resolve(), *each.resolve().parents) for each in held)
    return above or os.path.ismount(prefix)


def _here() -> tuple[Path, ...]:
    """Where the user stands; nowhere, if that folder was deleted."""
    try:
        return (Path.cwd(),)
    except OSError:
        return ()


def foreign_owner(prefix: Path) -> str | None:
    """Whose folder root would make something in, if not root's own: `sudo` leads there."""
    if os.name != "posix" or os.geteuid() != 0:
        return None
    try:
        owner = nearest(str(prefix)).stat().st_uid
    except OSError:
        return None
    return None if owner == 0 else user_name(owner)


def _check_length(prefix: Path) -> None:
    try:
        prefix.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise Refused("plan.prefix-too-long", prefix=str(prefix)) from error


def check_writable(prefix: Path) -> None:
    """Whether something can be made there.

    Raises:
        Refused: the first folder above that is there is none, or may not be written.
    """
    folder = prefix.parent
    while not os.path.exists(folder) and folder != folder.parent:  # noqa: PTH110
        folder = folder.parent
    if not os.path.isdir(folder):  # noqa: PTH112
        raise Refused("plan.prefix-unwritable", folder=str(folder), cause="not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        cause = "read-only" if _is_read_only(folder) else "no permission"
        raise Refused("plan.prefix-unwritable", folder=str(folder), cause=cause)


def _is_read_only(folder: Path) -> bool:
    """Whether nobody may write there, whatever their permissions."""
    if not hasattr(os, "statvfs"):
        return False
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
