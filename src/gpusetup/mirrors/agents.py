"""The User-Agent of each client, as the client itself writes it. Pure.

Firewalls of mirrors judge by it: TUNA's has refused pip's full text while its short form passed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Mapping

from gpusetup.mirrors.catalogue import Client

Agents = Mapping[Client, str]

ACCEPT = {
    Client.PIP: (
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
        "text/html; q=0.01"
    ),
    Client.UV: (
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
        "text/html;q=0.01"
    ),
}


@dataclass(frozen=True)
class System:
    """What clients tell of the system that they run on."""

    python: str  # "3.11.7"
    implementation: str = "CPython"
    system: str = "Linux"
    release: str = ""
    cpu: str = "x86_64"
    libc: tuple[str, str] = ("", "")  # ("glibc", "2.36")
    distro: tuple[str, str, str] = ("", "", "")  # name, version, id or code name
    distro_id: str = ""
    openssl: str = ""
    ci: bool | None = None  # True where a variable says so; clients say nothing else


def pip_agent(version: str, system: System) -> str:
    """pip's: its version, and what it tells of the system as JSON, keys in order."""
    told = {**_linehaul("pip", version, system), "ci": system.ci}
    if system.openssl:
        told["openssl_version"] = system.openssl
    return f"pip/{version} {json.dumps(told, separators=(',', ':'), sort_keys=True)}"


def uv_agent(version: str, system: System) -> str:
    """uv's: the same in an order of its own."""
    told = _linehaul("uv", version, system)
    told["installer"] = {"name": "uv", "version": version, "subcommand": ["pip", "install"]}
    told.update(dict.fromkeys(("openssl_version", "setuptools_version", "rustc_version")))
    told["ci"] = system.ci
    return f"uv/{version} {json.dumps(told, separators=(',', ':'))}"


def _linehaul(name: str, version: str, system: System) -> dict[str, object]:
    told: dict[str, object] = {
        "installer": {"name": name, "version": version},
        "python": system.python,
        "implementation": {"name": system.implementation, "version": system.python},
    }
    if system.distro[0]:
        distro: dict[str, object] = dict(zip(("name", "version", "id"), system.distro))
        if system.libc[0]:
            distro["libc"] = {"lib": system.libc[0], "version": system.libc[1]}
        told["distro"] = distro
    told["system"] = {"name": system.system, "release": system.release}
    told["cpu"] = system.cpu
    return told


def conda_agent(kind: str, version: str, system: System) -> str:
    """conda's, where it was not asked itself; mamba and micromamba say less."""
    if kind != "conda":
        return f"{kind}/{version} libcurl/8.14.1"
    distro = f" {system.distro_id}/{system.distro[1]}" if system.distro_id else ""
    libc = f" {system.libc[0]}/{system.libc[1]}" if system.libc[0] else ""
    return (
        f"conda/{version} requests/2.32.5 {system.implementation}/{system.python} "
        f"{system.system}/{system.release}{distro}{libc} solver/libmamba"
    )


def pixi_agent(version: str) -> str:
    return f"pixi/{version}"
