"""What the `conda` for tests knows: its base, settings, environments, and their histories."""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from typing import Any, Iterable


class CondaError(Exception):
    """One of conda's errors, by its own name."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


def known_environments() -> list[str]:
    """base, the envs folders, and environments.txt as far as they are there."""
    below = [str(p) for folder in envs_dirs() for p in sorted(Path(folder).glob("*"))]
    found = [str(base_folder()), *below, *registered()]
    return [p for p in dict.fromkeys(found) if Path(p, "conda-meta", "history").is_file()]


def base_folder() -> Path:
    return Path(os.environ.get("CONDA_SHIM_ROOT", "/nowhere"))


def envs_dirs() -> list[str]:
    wish = os.environ.get("CONDA_ENVS_DIRS") or os.environ.get("CONDA_ENVS_PATH") or ""
    own = [str(base_folder() / "envs"), str(Path.home() / ".conda" / "envs")]
    own = own if os.access(base_folder(), os.W_OK) else own[::-1]
    return [*filter(None, wish.split(os.pathsep)), *settings_of().get("envs_dirs", []), *own]


def pkgs_dirs() -> list[str]:
    wish = filter(None, os.environ.get("CONDA_PKGS_DIRS", "").split(os.pathsep))
    return [*wish, *settings_of().get("pkgs_dirs", [])] or [str(base_folder() / "pkgs")]


def configured_channels() -> list[str]:
    return list(settings_of().get("channels", ["defaults"]))


def prefix_named(name: str) -> str:
    if "/" in name:
        return os.path.abspath(name)  # noqa: PTH100
    if name in ("base", "root"):
        return str(base_folder())
    places = [Path(folder, name) for folder in envs_dirs()]
    return str(next((each for each in places if each.is_dir()), places[0]))


def records_of(prefix: str) -> list[Any]:
    from rattler import PrefixRecord

    return [
        PrefixRecord.from_path(each) for each in sorted(Path(prefix, "conda-meta").glob("*.json"))
    ]


def asked_for(prefix: str) -> list[str]:
    """What was asked for, the last word on each name."""
    path = Path(prefix, "conda-meta", "history")
    text = path.read_text() if path.is_file() else ""
    found: dict[str, str] = {}
    for verb, line in re.findall(r"^# (update|remove) specs: (.+)$", text, re.MULTILINE):
        for spec in json.loads(line.replace("'", '"')):
            found.pop(name_of(spec), None)
            if verb == "update":
                found[name_of(spec)] = spec
    return list(found.values())


def remember(prefix: str, specs: Iterable[str], verb: str = "update") -> None:
    with Path(prefix, "conda-meta", "history").open("a") as stream:
        stream.write(f"==> now <==\n# cmd: conda\n# {verb} specs: {json.dumps(list(specs))}\n")
    listed = environments_file()
    if prefix not in registered():
        listed.parent.mkdir(exist_ok=True)
        with listed.open("a") as stream:
            stream.write(f"{prefix}\n")


def pins_of(prefix: str) -> list[str]:
    path = Path(prefix, "conda-meta", "pinned")
    return (
        [line for line in path.read_text().splitlines() if line.strip()] if path.is_file() else []
    )


def environments_file() -> Path:
    return Path.home() / ".conda" / "environments.txt"


def registered() -> list[str]:
    listed = environments_file()
    return [line for line in listed.read_text().splitlines() if line] if listed.exists() else []


def rc_file(options: argparse.Namespace | None = None) -> Path:
    if options is not None and options.file:
        return Path(options.file)
    if options is not None and options.system:
        return base_folder() / ".condarc"
    return Path(os.environ.get("CONDARC") or Path.home() / ".condarc")


def settings_of(path: Path | None = None) -> dict[str, Any]:
    import yaml

    path = path or rc_file()
    try:
        return dict(yaml.safe_load(path.read_text()) or {}) if path.is_file() else {}
    except yaml.YAMLError as error:
        raise CondaError(
            "ConfigurationLoadError", f"Unable to load configuration. {error}"
        ) from error


def name_of(spec: str) -> str:
    return re.split(r"[=<>!~ \[]", spec.rpartition("::")[2])[0].lower()
