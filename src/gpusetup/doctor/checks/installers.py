"""What configures conda, pip and uv: files that stop them, places that are gone, wrong mixtures."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Callable, Iterator

from gpusetup.basics.redact import without_credentials
from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Finding, Severity
from gpusetup.doctor.looks import finding
from gpusetup.environments.facts import ConfigFile

# Given in guides for years, and gone: conda's `free` and `pro` channels are nowhere copied any
# more (tuna/issues #732, #1572), the index of Douban is closed, a folder `pytorch/whl` has never
# been at TUNA, and what Huawei serves as Anaconda is a page of HTML.
_DEAD = (
    re.compile(r"/anaconda/pkgs/(?:free|pro)(?:/|$)"),
    re.compile(r"^https?://pypi\.douban(?:io)?\.com|^https?://pypi\.doubanio\.com"),
    re.compile(r"^https?://mirrors\.tuna\.tsinghua\.edu\.cn/pytorch/"),
    re.compile(r"^https?://repo\.huaweicloud\.com/anaconda/"),
)
_HOST = re.compile(r"https?://(?:[^/]*@)?([^/?#]+)")
_WHEEL_FOLDER = re.compile(r"/whl/(?:cu\d+|cpu|rocm[\d.]+)/?$")


def _files(case: Case, tool: str) -> Iterator[ConfigFile]:
    return (each for each in case.surroundings.config_files if each.tool == tool and each.is_read)


def _broken(tool: str) -> Callable[[Case], Finding | None]:
    """A look for a file that the tool cannot read: every command of it fails."""

    def look(case: Case) -> Finding | None:
        for file in _files(case, tool):
            if file.error is not None:
                place = f"{file.path}:{file.line}" if file.line else file.path
                line = _line(file)
                return finding(
                    f"{tool}.config-broken", f"{place}: {file.error}", line,
                    path=file.path, error=file.error, line=file.line or "?",
                )  # fmt: skip
        return None

    return look


def _line(file: ConfigFile) -> str | None:
    lines = (file.text or "").splitlines()
    if file.line is None or not 0 < file.line <= len(lines):
        return None
    return without_credentials(lines[file.line - 1])


def is_dead(url: str, dead_hosts: tuple[str, ...] = ()) -> bool:
    """Whether an address is known to be gone, or its host takes no connection."""
    host = _HOST.match(url)
    return any(each.search(url) for each in _DEAD) or (host is not None and host[1] in dead_hosts)


def dead_settings(case: Case, file: ConfigFile) -> tuple[tuple[str, str], ...]:
    """The settings of a file that lead to places that are gone."""
    hosts = case.surroundings.dead_hosts
    return tuple(pair for pair in file.settings if is_dead(pair[1], hosts))


def unknown_settings(case: Case, file: ConfigFile) -> tuple[tuple[str, str], ...]:
    """The settings of a file whose host nobody knows here: a VPN may be off, nothing is gone."""
    hosts = case.surroundings.unknown_hosts
    pairs = ((pair, _HOST.match(pair[1])) for pair in file.settings)
    return tuple(pair for pair, host in pairs if host is not None and host[1] in hosts)


def _dead(tool: str, id_: str) -> Callable[[Case], Finding | None]:
    def look(case: Case) -> Finding | None:
        for file in _files(case, tool):
            gone = dead_settings(case, file)
            if gone:
                return _about(gone, file, finding(id_))
        for file in _files(case, tool):
            unknown = unknown_settings(case, file)
            if unknown:
                bare = finding(id_, severity=Severity.WARNING, variant="unknown-host")
                return _about(unknown, file, bare)
        return None

    return look


def _about(pairs: tuple[tuple[str, str], ...], file: ConfigFile, bare: Finding) -> Finding:
    words = tuple(f"{file.path}: {key}: {without_credentials(value)}" for key, value in pairs)
    facts = {"path": file.path, "url": without_credentials(pairs[0][1])}
    return replace(bare, evidence=words[:3], facts=facts)


def look_channels(case: Case) -> Finding | None:
    """`channel_alias` to a mirror sends every channel there, also those that it does not have."""
    for file in _files(case, "conda"):
        for key, value in file.settings:
            if key == "channel_alias" and "conda.anaconda.org" not in value:
                url = without_credentials(value)
                return finding(
                    "conda.channel-alias", f"{file.path}: channel_alias: {url}",
                    severity=Severity.WARNING, path=file.path, url=url,
                )  # fmt: skip
    return None


def look_mixed_channels(case: Case) -> Finding | None:
    """`defaults` and conda-forge without strict priority: builds of both get mixed."""
    pairs = [(file, key, value) for file in _files(case, "conda") for key, value in file.settings]
    channels = [value for _file, key, value in pairs if key == "channels"]
    is_strict = any(key == "channel_priority" and value == "strict" for _f, key, value in pairs)
    has_forge = any("conda-forge" in each for each in channels)
    others = [each for each in channels if each == "defaults" or "/pkgs/main" in each]
    if not has_forge or not others or is_strict:
        return None
    paths = dict.fromkeys(file.path for file, key, _value in pairs if key == "channels")
    return finding(
        "conda.conflicting-channels", *(f"{path}: channels" for path in paths),
        severity=Severity.INFO, channels=", ".join(channels), path=next(iter(paths)),
    )  # fmt: skip


def look_pip_indexes(case: Case) -> Finding | None:
    """The folder of one build of PyTorch in pip's own configuration, for all packages, for ever."""
    for tool in ("pip", "uv"):
        for file in _files(case, tool):
            for key, value in file.settings:
                if not _WHEEL_FOLDER.search(value):
                    continue
                url = without_credentials(value)
                only = key.endswith("index-url") and "extra" not in key
                return finding(
                    "pip.conflicting-indexes", f"{file.path}: {key}: {url}",
                    severity=Severity.WARNING, variant="only" if only else None,
                    path=file.path, url=url,
                )  # fmt: skip
    return None


def look_unread(case: Case) -> Finding | None:
    """A file at a place where pip has never looked."""
    for file in case.surroundings.config_files:
        if file.tool == "pip" and not file.is_read and file.settings:
            return finding(
                "pip.config-unread", file.path, severity=Severity.WARNING, path=file.path
            )
    return None


def look_proxy(case: Case) -> Finding | None:
    """A proxy that takes no connection: installers then say that nothing exists."""
    url = case.surroundings.dead_proxy
    return finding("proxy.dead", f"proxy: {url}", url=url) if url else None


def look_cache(case: Case) -> Finding | None:
    """Files that an installer would take from its cache and cannot use."""
    damaged = case.surroundings.damaged_caches
    if not damaged:
        return None
    packages = [each for each in damaged if each.what != "points-there"]
    words = tuple(f"{each.path}: {each.what}" for each in packages[:3])
    return finding(
        "cache.damaged",
        *words,
        severity=Severity.WARNING,
        tool=damaged[0].tool,
        count=len(packages),
    )


_AREA = Area.INSTALLERS
CHECKS: tuple[Check, ...] = (
    looks.check("conda.config-broken", _AREA, _broken("conda")),
    looks.check("pip.config-broken", _AREA, _broken("pip")),
    looks.check("uv.config-broken", _AREA, _broken("uv")),
    looks.check("proxy.dead", _AREA, look_proxy),
    looks.check("conda.dead-channel", _AREA, _dead("conda", "conda.dead-channel")),
    looks.check("pip.dead-index", _AREA, _dead("pip", "pip.dead-index")),
    looks.check("uv.dead-index", _AREA, _dead("uv", "uv.dead-index")),
    looks.check("conda.channel-alias", _AREA, look_channels),
    looks.check("conda.conflicting-channels", _AREA, look_mixed_channels),
    looks.check("pip.conflicting-indexes", _AREA, look_pip_indexes),
    looks.check("pip.config-unread", _AREA, look_unread),
    looks.check("cache.damaged", _AREA, look_cache),
)
