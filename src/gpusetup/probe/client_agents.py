"""How conda, pip, uv and pixi would introduce themselves to a server, from this machine."""

from __future__ import annotations

import json
import platform
import ssl
import sys
from typing import Callable

from gpusetup.machine import Conda, Machine
from gpusetup.mirrors.agents import (
    Agents,
    System,
    conda_agent,
    pip_agent,
    pixi_agent,
    uv_agent,
)
from gpusetup.mirrors.catalogue import Client
from gpusetup.probe.host import parse_os_release
from gpusetup.probe.world import World, at_once

# Recent ones, for a client that is not here yet.
_VERSIONS = {"pip": "25.3", "uv": "0.9.0", "conda": "25.9.1", "pixi": "0.60.0"}
_PATIENCE_S = 4.0
_CI = ("BUILD_BUILDID", "BUILD_ID", "CI", "PIP_IS_CI")  # pip's own list
_ASK_PIP = "from pip._internal.network.session import user_agent; print(user_agent())"


def read_agents(machine: Machine, world: World) -> Agents:
    """The User-Agent of each client: its own word where it is here, else put together."""
    system = read_system(world)
    asks: list[Callable[[], str]] = [
        lambda: _pip(machine, world, system),
        lambda: _conda(machine, world, system),
        lambda: _pixi(world),
    ]
    pip, conda, pixi = at_once(asks)
    uv = uv_agent(machine.installers.uv_version or _VERSIONS["uv"], system)
    return {Client.PIP: pip, Client.UV: uv, Client.CONDA: conda, Client.PIXI: pixi}


def read_system(world: World) -> System:
    """What clients tell of this system."""
    facts = parse_os_release(world.text("/etc/os-release") or "")
    libc = platform.libc_ver() if sys.platform.startswith("linux") else ("", "")
    return System(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        system=platform.system(),
        release=platform.release(),
        cpu=platform.machine(),
        libc=libc,
        distro=(
            facts.get("NAME", ""), facts.get("VERSION_ID", ""),
            facts.get("VERSION_CODENAME", "") or facts.get("ID", ""),
        ),
        distro_id=facts.get("ID", ""),
        openssl=ssl.OPENSSL_VERSION,
        ci=any(name in world.environ for name in _CI) or None,
    )  # fmt: skip


def _pip(machine: Machine, world: World, system: System) -> str:
    """pip's own word: a firewall may know one version of it from another."""
    python = machine.python.path if machine.python else sys.executable
    said = _said(world, [python, "-I", "-c", _ASK_PIP])
    return said if said.startswith("pip/") else pip_agent(_VERSIONS["pip"], system)


def _conda(machine: Machine, world: World, system: System) -> str:
    conda = machine.conda
    if not isinstance(conda, Conda):
        return conda_agent("conda", _VERSIONS["conda"], system)
    if conda.kind == "conda":
        try:
            told = json.loads(_said(world, [conda.executable, "info", "--json"])).get("user_agent")
        except (ValueError, AttributeError):
            told = None
        if told:
            return str(told)
    return conda_agent(conda.kind, conda.version or _VERSIONS["conda"], system)


def _pixi(world: World) -> str:
    path = world.which("pixi")
    version = _said(world, [path, "--version"]).rpartition(" ")[2] if path else ""
    return pixi_agent(version or _VERSIONS["pixi"])


def _said(world: World, argv: list[str]) -> str:
    try:
        return world.said(argv, _PATIENCE_S).strip()
    except OSError:  # TimeoutError is one
        return ""
