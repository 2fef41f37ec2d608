"""A machine that reaches nothing: what is missing, and how to bring it."""

from __future__ import annotations

import re
from dataclasses import replace

from gpusetup.basics.errors import Refused
from gpusetup.choosing.choice import Choice
from gpusetup.choosing.sources import Reach, Sources
from gpusetup.cli.deciding import Known
from gpusetup.engines.bringing import FOLDER, fetching
from gpusetup.messages import listed, say
from gpusetup.plan import BASE_PACKAGES
from gpusetup.probe.reach import DEAD_PROXY, known_cause
from gpusetup.request import Engine, Origin, Request
from gpusetup.shells import Shell, command_line

_NETWORK = ("conda.unreachable", "conda.proxy", "run.unresolvable", "run.no-network")
_MISSING = re.compile(r"(?:Because|And because) (?:there are no versions of )?(\S+) was not found")


def explained(refused: Refused, known: Known, request: Request) -> Refused:
    """The same refusal, or, where nothing at all can be reached, what to bring."""
    if known.simulated or not _of_network(refused):
        return refused
    reaches = known.sources.reaches or _asked_now(known, request)
    if any(each.reached is not False for each in reaches):
        return refused
    if request.wheelhouse is None and any(each.detail == DEAD_PROXY for each in reaches):
        return Refused("run.dead-proxy", proxy=_proxy(known))
    wheel = _wheel(known, request)
    if wheel is None:
        return refused
    command = fetching(wheel, BASE_PACKAGES, known.wheel_index, flat=known.has_flat_wheels)
    return Refused(
        "run.no-network", silent=_silent(reaches, refused), missing=_missing(refused, wheel),
        python=str(wheel.python), command=command_line(command, Shell.BASH), folder=FOLDER,
    )  # fmt: skip


def _proxy(known: Known) -> str:
    from gpusetup.probe.surroundings import dead_proxy

    machine = known.machine
    return dead_proxy(machine.proxies, machine.installers.proxy) or "?"


def _wheel(known: Known, request: Request) -> Choice | None:
    """What would be taken with a network, with a Python that is here."""
    from gpusetup.choosing.choose import choose

    wished = replace(request, engine=Engine.UV, origin=None, wheelhouse=None)
    here = Sources(python_downloads=False)
    found = choose(known.machine, wished, known.matrix, here)
    return found if isinstance(found, Choice) and not found.build.origin.is_conda else None


def _of_network(refused: Refused) -> bool:
    """A solver's complaint may be a channel that was not let through."""
    output = str(refused.facts.get("output"))
    return refused.code in _NETWORK or (
        refused.code == "conda.unsolvable" and known_cause(output) is not None
    )


def _asked_now(known: Known, request: Request) -> tuple[Reach, ...]:
    """The origins of wheels, which nobody asked while torch should come from a channel."""
    from gpusetup.probe.reach import probe_sources

    anywhere = replace(request, origin=None)
    flat = known.has_flat_wheels
    return probe_sources(known.machine, anywhere, known.wheel_index, flat=flat).reaches


def _silent(reaches: tuple[Reach, ...], refused: Refused) -> str:
    """Who was asked, and why each did not answer, line by line."""
    asked = [(each.origin.value, each.detail or "?") for each in reaches]
    if refused.code.startswith("conda."):
        channel = _channel(str(refused.facts.get("url", Origin.CONDA_FORGE.value)))
        told = f"{refused.facts.get('output')}\n{refused.facts.get('cause')}"
        asked.append((channel, known_cause(told) or str(refused.facts.get("cause") or "?")))
    return "\n".join(say("plan.silent", origin=origin, cause=cause) for origin, cause in asked)


def _channel(url: str) -> str:
    """ "https://c/conda-forge/noarch/repodata.json" -> "https://c/conda-forge"."""
    return re.sub(r"/(?:noarch|linux-\w+|win-\w+|osx-\w+)/[^/]*$", "", url)


def _missing(refused: Refused, wheel: Choice) -> str:
    """The packages that are asked for in vain; torch where nobody says which."""
    found = _MISSING.findall(str(refused.facts.get("output", "")))
    return listed(dict.fromkeys(found)) if found else f"PyTorch {wheel.build.torch}"
