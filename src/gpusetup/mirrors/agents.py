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
    distro: tuple[str, str, str] = ("", "", "")  # name, version, id
    openssl: str = ""


def pip_agent(version: str, system: System) -> str:
    """pip's: its version, and what it tells of the system as JSON, keys in order."""
    told = {**_linehaul(system), "installer": {"name": "pip", "version": version}}
    if system.openssl:
        told["openssl_version"] = system.openssl
    return f"pip/{version} {json.dumps(told, separators=(',', ':'), sort_keys=True)}"


def uv_agent(version: str, system: System) -> str:
    """uv's: the same in its own order."""
    told: dict[str, object] = {
        "installer": {"name": "uv", "version": version, "subcommand": ["pip", "install"]},
        **_linehaul(system),
        "openssl_version": None, "setuptools_version": None, "rustc_version": None, "ci": None,
    }  # fmt: skip
    return f"uv/{version} {json.dumps(told, separators=(',', ':'))}"


def _linehaul(system: System) -> dict[str, object]:
    told: dict[str, object] = {
        "python": system.python,
        "implementation": {"name": system.implementation, "version": system.python},
        "system": {"name": system.system, "release": system.release},
        "cpu": system.cpu,
        "ci": None,
    }
    name, version, id = system.distro
    if name:
        distro: dict[str, object] = {"name": name, "version": version, "id": id}
        if system.libc[0]:
            distro["libc"] = {"lib": system.libc[0], "version": system.libc[1]}
        told["distro"] = distro
    return told


def conda_agent(kind: str, version: str, system: System) -> str:
    """conda's, where it was not asked itself; mamba and micromamba say less."""
    if kind != "conda":
        return f"{kind}/{version} libcurl/8.14.1"
    distro = f" {system.distro[2]}/{system.distro[1]}" if system.distro[2] else ""
    libc = f" {system.libc[0]}/{system.libc[1]}" if system.libc[0] else ""
    return (
        f"conda/{version} requests/2.32.5 {system.implementation}/{system.python} "
        f"{system.system}/{system.release}{distro}{libc} solver/libmamba"
    )


def pixi_agent(version: str) -> str:
    return f"pixi/{version}"
