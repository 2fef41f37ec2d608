"""What the user's pip is configured to use, read as pip reads it (`pip config debug`).

uv reads none of this, so what stands here is passed to it.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Iterable, Mapping

from gpusetup.basics.values import dataclass
from gpusetup.machine import Installers, Reading, Status
from gpusetup.probe.world import World, join

SOURCE = "pip-config"
_YES = ("y", "yes", "t", "true", "on", "1")
_NO = ("n", "no", "f", "false", "off", "0")


@dataclass(frozen=True)
class _File:
    """A configuration file: its settings as "section.key", or why pip cannot read it."""

    path: str
    settings: Mapping[str, str]
    error: str | None = None


def read_pip(world: World) -> tuple[Installers, tuple[Reading, ...]]:
    """index-url, find-links and the rest, from files and PIP_* variables; the stronger win."""
    files = [_read(world, path) for path in config_paths(world) if world.is_file(path)]
    merged: dict[str, str] = {}
    for each in files:
        merged.update(each.settings)
    effective = _effective(merged, world.environ)
    installers = _installers(world, effective, tuple(each.path for each in files))
    return installers, _readings(files, effective)


def config_paths(world: World) -> tuple[str, ...]:
    """Every file that pip would read, the weakest first. PIP_CONFIG_FILE replaces the user's."""
    wish = world.environ.get("PIP_CONFIG_FILE")
    if wish == os.devnull:
        return ()
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    folder = _environment(world)
    paths = [*_global_paths(world)]
    if not (wish and world.exists(world.expanded(wish))):
        paths += user_paths(world)
    paths += [join(folder, name)] if folder else []
    return tuple(dict.fromkeys([*paths, *([world.expanded(wish)] if wish else [])]))


def _global_paths(world: World) -> list[str]:
    if sys.platform == "win32":
        return [join(world.environ.get("PROGRAMDATA", "C:\\ProgramData"), "pip", "pip.ini")]
    if sys.platform == "darwin":
        return ["/Library/Application Support/pip/pip.conf"]
    folders = (world.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    return [*(join(each, "pip", "pip.conf") for each in folders if each), "/etc/pip.conf"]


def user_paths(world: World) -> list[str]:
    """The old place first: the new one is stronger."""
    home, environ = world.home, world.environ
    if sys.platform == "win32":
        modern = join(environ.get("APPDATA") or join(home, "AppData", "Roaming"), "pip")
        return [join(home, "pip", "pip.ini"), join(modern, "pip.ini")]
    modern = join(environ.get("XDG_CONFIG_HOME") or join(home, ".config"), "pip")
    support = join(home, "Library", "Application Support", "pip")
    if sys.platform == "darwin" and world.is_folder(support):
        modern = support
    return [join(home, ".pip", "pip.conf"), join(modern, "pip.conf")]


def _environment(world: World) -> str | None:
    """The environment whose pip the user would call: the activated one."""
    active = world.environ.get("VIRTUAL_ENV") or world.environ.get("CONDA_PREFIX")
    return active or (sys.prefix if str(world.root) == "/" else None)


def _read(world: World, path: str) -> _File:
    import configparser

    parser = configparser.RawConfigParser()  # pip's own: no interpolation, so % stays %
    try:
        parser.read_string(_decoded(world.at(path).read_bytes()), path)
    except configparser.Error as error:
        return _File(path, {}, _reason(error))
    except UnicodeDecodeError as error:
        return _File(path, {}, f"not {error.encoding}, byte {error.start}")
    except OSError as error:
        return _File(path, {}, error.strerror or str(error))
    settings = {}
    for section in parser.sections():
        for key, value in parser.items(section):
            settings[f"{section}.{_normal(key)}"] = value or ""
    return _File(path, settings)


def _decoded(raw: bytes) -> str:
    """UTF-8, else what the system prefers (pip reads with that alone).

    Raises:
        UnicodeDecodeError: neither; pip stops with every command.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        import locale

        return raw.decode(locale.getpreferredencoding(False))


def _reason(error: Exception) -> str:
    """configparser's word with its line, without the path in front, which the reading has."""
    line = getattr(error, "lineno", None)
    errors = getattr(error, "errors", None)
    if errors:
        line = errors[0][0]
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.replace("Error", "")).lower()
    return f"line {line}: {kind}" if line else kind


def _normal(key: str) -> str:
    """Index_URL -> index-url."""
    key = key.lower().replace("_", "-")
    return key[2:] if key.startswith("--") else key


def _effective(merged: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """[global], then [install], then the environment. Empty values do not count, as in pip."""
    found: dict[str, str] = {}
    for section in ("global", "install"):
        for key, value in merged.items():
            if value and key.startswith(f"{section}."):
                found[key.partition(".")[2]] = value
    for name, value in environ.items():
        if value and name.startswith("PIP_"):
            found[_normal(name[4:])] = value
    return found


def _installers(world: World, settings: Mapping[str, str], paths: tuple[str, ...]) -> Installers:
    def words(key: str) -> tuple[str, ...]:
        return tuple(settings.get(key, "").split())

    cert = settings.get("cert")
    return Installers(
        pip_config_files=paths,
        index_url=settings.get("index-url") or settings.get("pypi-url"),
        extra_index_urls=words("extra-index-url"),
        find_links=tuple(map(world.expanded, words("find-links"))),
        no_index=settings.get("no-index", "").lower() in _YES,
        cert=world.expanded(cert) if cert else None,
        proxy=settings.get("proxy"),
        trusted_hosts=words("trusted-host"),
    )


def _readings(files: Iterable[_File], settings: Mapping[str, str]) -> tuple[Reading, ...]:
    broken = [
        Reading(SOURCE, Status.ERROR, f"{each.path}: {each.error}") for each in files if each.error
    ]
    flag = settings.get("no-index", "no")
    if flag.lower() not in _YES + _NO:
        broken.append(Reading(SOURCE, Status.ERROR, f"no-index: {flag}"))
    if broken:
        return tuple(broken)
    return (Reading(SOURCE, Status.OK if settings else Status.ABSENT),)
