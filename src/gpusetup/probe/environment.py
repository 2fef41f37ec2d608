"""An environment from outside: its own Python lists what it would import (`inside/examine.py`)."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping

from gpusetup.basics.versions import Version
from gpusetup.environments.facts import Distribution, Environment, Kind, Shadow, TorchFacts
from gpusetup.machine import Absence, Reading, Status
from gpusetup.probe.child import Child, crash_name
from gpusetup.probe.disk import slow_disk_of
from gpusetup.probe.libraries import brought_libraries, loaded_first
from gpusetup.probe.requirements import missing, was_made_with
from gpusetup.probe.world import World

SOURCE = "environment"
TIMEOUT_S = 15.0
_SLOW_DISK_S = 90.0  # a site-packages folder that comes through a network
_MARK = "gpusetup-examine "
# What a beginner calls a script of his own, and torch or numpy import at their start.
_SHADOWED = ("torch", "numpy", "torchvision", "random", "types", "typing", "queue", "logging")


def read_environment(
    python: str, world: World, folder: Path | None, timeout_s: float | None = None
) -> Environment:
    """What is installed beside an interpreter, and what would be taken instead.

    Args:
        folder: where the user stands: a `torch.py` there is imported first. None: not looked at.
    """
    script = Path(__file__).parents[1] / "inside" / "examine.py"
    if timeout_s is None:
        timeout_s = _SLOW_DISK_S if slow_disk_of(str(Path(python).parent)) else TIMEOUT_S
    environ = {**world.environ, "PYTHONIOENCODING": "utf-8"}
    try:
        child = Child([python, "-B", str(script)], environ)
    except OSError as error:
        return _unread(python, Status.ERROR, error.strerror or str(error))
    if not child.wait(timeout_s):
        child.stop()
        return _unread(python, Status.TIMEOUT, f"{timeout_s:g} s")
    line = next((each for each in child.lines if each.startswith(_MARK)), None)
    if line is None:
        words = child.text.strip().splitlines()
        reason = crash_name(child.exit or 0) or (words[-1] if words else f"exit {child.exit}")
        return _unread(python, Status.ERROR, reason)
    found = environment_from(json.loads(line[len(_MARK) :]))
    return replace(
        found,
        torch=_with_damage(found),
        shadows=(*found.shadows, *(_in_folder(folder) if folder else ())),
        libraries=brought_libraries(found),
        loaded_first=loaded_first(world, found),
        writable=_is_writable(found),
    )


def _with_damage(found: Environment) -> TorchFacts | Absence | None:
    """torch with the files of it that are missing, as its installer has listed them."""
    from gpusetup.probe.torch_files import damaged_files

    torch = found.torch
    if not isinstance(torch, TorchFacts) or not torch.location or not found.prefix:
        return torch
    site, build = Path(torch.location).parent, torch.local or ""
    try:
        return replace(torch, damaged=damaged_files(Path(found.prefix), site, build))
    except PermissionError:
        return torch


def _unread(python: str, status: Status, detail: str) -> Environment:
    return Environment(python=python, readings=(Reading(SOURCE, status, detail),))


def environment_from(told: Mapping[str, Any]) -> Environment:
    """The script's document as values."""
    conda = told["conda"]
    distributions = _distributions(told, conda)
    first = _with_missing(told, {each.name: each for each in reversed(distributions)})
    return Environment(
        python=told["python"],
        version=Version.parse(told["version"]),
        kind=_kind(told),
        prefix=told["prefix"],
        name=Path(told["prefix"]).name,
        site_packages=told["site_packages"],
        torch=_torch(told, first, conda),
        distributions=tuple(sorted(first.values(), key=lambda each: each.name)),
        duplicates=_duplicates(distributions),
        user_site=told["user_site"],
        shadows=_shadows(told),
        pth_files=tuple(path for path, _lines in told["pth"]),
        variables=tuple(sorted(told["variables"].items())),
        externally_managed=told["externally_managed"],
        readings=(Reading(SOURCE, Status.OK),),
    )


def _kind(told: Mapping[str, Any]) -> Kind:
    if told["conda"] is not None:
        return Kind.CONDA
    return Kind.VENV if told["prefix"] != told["base_prefix"] else Kind.SYSTEM


def normalised(name: str) -> str:
    """flash_attn, Flash.Attn -> flash-attn."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _distributions(
    told: Mapping[str, Any], conda: list[list[Any]] | None
) -> tuple[Distribution, ...]:
    """The installed packages in the order of the path; conda's own with their builds."""
    builds = {normalised(each[0]): each for each in conda or ()}
    found = [_distribution(raw, builds) for raw in told["distributions"] if raw["name"]]
    known = {each.name for each in found}
    for name, each in builds.items():  # libraries, which have no Python metadata
        if name not in known:
            found.append(Distribution(name, each[1], None, "conda", each[2], each[3] or None))
    return tuple(found)


def _distribution(raw: Mapping[str, Any], builds: Mapping[str, list[Any]]) -> Distribution:
    name = normalised(raw["name"])
    made = builds.get("pytorch" if name == "torch" else name)
    by_conda = made is not None and raw["installer"] in (None, "conda")
    return Distribution(
        name=name,
        version=raw["version"],
        location=raw["location"],
        installer="conda" if by_conda else raw["installer"],
        build=made[2] if by_conda and made else None,
        channel=made[3] if by_conda and made else None,
        pins=tuple(raw["pins"]),
        whole=raw["whole"],
    )


def _with_missing(
    told: Mapping[str, Any], first: dict[str, Distribution]
) -> dict[str, Distribution]:
    """Torch and its companions with what they lack. conda's names are others: it checks its own."""

    def is_there(name: str) -> bool:
        return normalised(name) in first

    for raw in told["distributions"]:
        own = first.get(normalised(raw["name"] or ""))
        if own is None or not raw["needs"] or own.installer == "conda":
            continue
        lacks = missing(raw["needs"], told["version"], is_there)
        numpy = own.name == "torch" and was_made_with(told["made_with"], "numpy")
        if numpy and not is_there("numpy"):
            lacks = (*lacks, "numpy")
        first[own.name] = replace(own, missing=lacks)
    return first


def _duplicates(found: tuple[Distribution, ...]) -> tuple[Distribution, ...]:
    counts = Counter(each.name for each in found if each.location)
    return tuple(each for each in found if each.location and counts[each.name] > 1)


def _torch(
    told: Mapping[str, Any], first: Mapping[str, Distribution], conda: list[list[Any]] | None
) -> TorchFacts | Absence | None:
    module, package = told["modules"]["torch"], first.get("torch")
    if module is None or (not module.get("origin") and package is None):
        return Absence.NOT_THERE
    if "error" in module:
        return None
    values = module.get("version_file") or {}
    written = values.get("__version__") or (package.version if package else "")
    number = re.match(r"\d+(?:\.\d+)*", written)
    return TorchFacts(
        version=Version.parse(number[0]) if number else None,
        local=written.partition("+")[2] or None,
        cuda=_cuda(values, written),
        hip=None if values.get("hip") in (None, "None") else values["hip"],
        location=module.get("folder") or module.get("origin"),
        build=next((each[2] for each in conda or () if each[0] in ("pytorch", "torch")), None),
        cudnn=_cudnn(first),
    )


def _cuda(values: Mapping[str, str], written: str) -> Version | Absence | None:
    """version.py's word; before it knew the word, the suffix of the version."""
    told = values.get("cuda")
    if told == "None":
        return Absence.NOT_THERE
    number = re.match(r"\d+(?:\.\d+)*", told or "")
    if number:
        return Version.parse(number[0])
    if written.endswith("+cpu"):
        return Absence.NOT_THERE
    suffix = re.search(r"\+cu(\d+)(\d)$", written)
    return Version.parse(f"{suffix[1]}.{suffix[2]}") if suffix else None


def _cudnn(first: Mapping[str, Distribution]) -> Version | None:
    names = [name for name in first if re.fullmatch(r"nvidia-cudnn-cu\d+|cudnn", name)]
    return first[names[0]].number if len(names) == 1 else None


def _shadows(told: Mapping[str, Any]) -> tuple[Shadow, ...]:
    """Modules that come from elsewhere than the environment: the user site, PYTHONPATH."""
    found = []
    paths = [each for each in (told["variables"].get("PYTHONPATH") or "").split(os.pathsep) if each]
    for name, module in told["modules"].items():
        place = (module or {}).get("folder") or (module or {}).get("origin") or ""
        if told["user_site"] and place.startswith(told["user_site"] + "/"):
            if _kind_has_own(told):
                found.append(Shadow(name, place, "user-site"))
        elif any(place.startswith(each.rstrip("/") + "/") for each in paths):
            found.append(Shadow(name, place, "pythonpath"))
    return tuple(found)


def _kind_has_own(told: Mapping[str, Any]) -> bool:
    """Whether the environment is meant to keep the user site out: the system's is not."""
    return _kind(told) is not Kind.SYSTEM


def _in_folder(folder: Path) -> tuple[Shadow, ...]:
    """Files of the user that Python imports instead, when it is started in this folder.

    By the names in its list, as Python does: TORCH.PY is none, where case does not matter either.
    """
    try:
        names = frozenset(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return ()
    found = []
    for name in _SHADOWED:
        file, package = folder / f"{name}.py", folder / name / "__init__.py"
        if file.name in names and file.is_file() and not _is_library(folder):
            found.append(Shadow(name, str(file), "current-folder"))
        elif name in names and package.is_file() and not _is_library(folder):
            found.append(Shadow(name, str(package.parent), "current-folder"))
    return tuple(found)


def _is_library(folder: Path) -> bool:
    """Somebody stands in the standard library, or in site-packages itself."""
    return folder.name == "site-packages" or (folder / "os.py").is_file()


def _is_writable(found: Environment) -> bool:
    own = found.torch.location if isinstance(found.torch, TorchFacts) else None
    place = Path(own).parent if own else Path(found.prefix or sys.prefix)
    return os.access(place, os.W_OK)
