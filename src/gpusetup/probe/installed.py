"""Reading one environment from disk: some names, two short files. Nothing in it is started."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Mapping

from gpusetup.choosing.choice import Reason
from gpusetup.effects.targets import interpreter_of
from gpusetup.environments.installed import (
    FAMILY,
    Installed,
    Kind,
    Torch,
    conda_packages,
    family_in_conda,
    family_in_site,
    python_of_settings,
    read_torch_version,
    torch_of_conda,
    torch_wish,
)
from gpusetup.probe.torch_files import damaged_files

_MOST_BYTES = 1 << 16


def is_environment(prefix: Path) -> bool:
    """Whether a folder is an environment, whole or broken; no where one may not look."""
    # os.path, because Path raises where another user's folder may not be looked into
    if os.path.isfile(prefix / "pyvenv.cfg"):  # noqa: PTH113
        return True
    return os.path.isdir(prefix / "conda-meta")  # noqa: PTH112


def read_installed(prefix: Path) -> Installed:
    """What lies in an environment, and what is wrong with it."""
    meta = prefix / "conda-meta"
    is_conda = os.path.isdir(meta)  # noqa: PTH112
    problems = [*_python_trouble(prefix)]
    try:
        packages = conda_packages(_names(meta)) if is_conda else {}
        problems += _record_trouble(meta) if is_conda else []
        site = _site_packages(prefix)
        in_site = family_in_site(_names(site)) if site else {}
        torch, trouble = _torch(meta, packages, site, in_site)
        trouble = trouble or (_damage(prefix, site, torch) if site and torch else [])
    except PermissionError as error:
        problems.append(Reason("envs.unreadable", {"path": str(error.filename or prefix)}))
        packages, in_site, torch, trouble, site = {}, {}, None, [], None
    own = family_in_conda(packages)
    versions = {name: each[0] for name, each in own.items()}
    versions.update({name: found[-1] for name, found in in_site.items()})
    return Installed(
        prefix=str(prefix),
        kind=Kind.CONDA if is_conda else Kind.VENV,
        python=_python(prefix, packages, site),
        torch=torch,
        torch_by=_installer(own, in_site) if torch else None,
        versions=versions,
        problems=(*problems, *trouble),
    )


def wishes_of_torch(prefix: Path) -> dict[str, str]:
    """What the packages of an environment ask of torch: {"xformers 0.0.27": "==2.4.0"}."""
    site = _site_packages(prefix)
    found = {}
    for info in sorted(site.glob("*.dist-info")) if site else ():
        wish = torch_wish(_text(info / "METADATA") or "")
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        if wish and name not in FAMILY:
            found[f"{name} {version}"] = wish
    return found


def _names(folder: Path) -> list[str]:
    """What lies in a folder; nothing where there is none.

    Raises:
        PermissionError: one may not look.
    """
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except PermissionError:
        raise
    except OSError:
        return []


def _python_trouble(prefix: Path) -> list[Reason]:
    if interpreter_of(prefix):
        return []
    link = prefix / "bin" / "python"
    if os.path.islink(link):  # noqa: PTH114
        return [Reason("envs.python-gone", {"target": os.readlink(link)})]  # noqa: PTH115
    return [Reason("envs.no-python", {})]


def _record_trouble(meta: Path) -> list[Reason]:
    """A record that a crash has cut. Only the ends are read: a record can be large."""
    cut = [each for each in meta.glob("*.json") if not _is_whole(each)]
    return [Reason("envs.record-cut", {"path": str(each)}) for each in cut[:1]]


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 64))
            return stream.read().rstrip().endswith(b"}")
    except OSError:
        return False


def _site_packages(prefix: Path) -> Path | None:
    windows = prefix / "Lib" / "site-packages"
    if os.name == "nt":
        return windows if windows.is_dir() else None
    found = [prefix / "lib" / each for each in _names(prefix / "lib")]
    found = [each / "site-packages" for each in found if re.fullmatch(r"python3\.\d+t?", each.name)]
    return next((each for each in found if os.path.isdir(each)), None)  # noqa: PTH112


def _torch(
    meta: Path,
    packages: Mapping[str, tuple[str, str]],
    site: Path | None,
    in_site: Mapping[str, list[str]],
) -> tuple[Torch | None, list[Reason]]:
    """torch as its own files say; where there are none, as conda's record says."""
    text = _text(site / "torch" / "version.py") if site else None
    real = read_torch_version(text) if text else None
    conda = family_in_conda(packages).get("torch")
    listed = in_site.get("torch", [])
    if len(listed) > 1:
        return real, [Reason("envs.torch-twice", {"versions": ", ".join(listed)})]
    if real is None and (listed or (conda and _claims_torch(meta, conda))):
        version = listed[0] if listed else conda[0] if conda else "?"
        return None, [Reason("envs.torch-incomplete", {"version": version})]
    if real is not None and conda and conda[0] != real.version:
        facts = {"conda": conda[0], "pip": real.version}
        return real, [Reason("envs.torch-over", facts)]
    return real or (torch_of_conda(*conda) if conda else None), []


def _damage(prefix: Path, site: Path, torch: Torch) -> list[Reason]:
    """Files of torch that are gone or cut: it would be found, and could not be imported."""
    if not os.path.isdir(site / "torch"):  # noqa: PTH112 - conda's record alone names it
        return []
    files = damaged_files(prefix, site, torch.build)
    if not files:
        return []
    facts = {"version": torch.version, "file": files[0], "count": len(files)}
    return [Reason("envs.torch-damaged" if len(files) == 1 else "envs.torch-damaged-more", facts)]


def _claims_torch(meta: Path, conda: tuple[str, str]) -> bool:
    """Whether conda's record lists torch's own files (a package may bring them in another way)."""
    version, build = conda
    found = [*meta.glob(f"pytorch*-{version}-{build}.json")]
    return any("torch/version.py" in (_text(each, most=None) or "") for each in found)


def _installer(own: Mapping[str, object], in_site: Mapping[str, list[str]]) -> str:
    return "conda" if "torch" in own else "pip"


def _python(prefix: Path, packages: Mapping[str, tuple[str, str]], site: Path | None) -> str | None:
    if "python" in packages:
        return packages["python"][0]
    found = python_of_settings(_text(prefix / "pyvenv.cfg") or "")
    return found or (site.parent.name.removeprefix("python") if site else None)


def _text(path: Path, most: int | None = _MOST_BYTES) -> str | None:
    try:
        with path.open("rb") as stream:
            return stream.read(most if most is not None else -1).decode("utf-8", "replace")
    except OSError:
        return None
