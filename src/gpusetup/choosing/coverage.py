"""One build for many machines: which one runs on all, or on most, and who falls out and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Sequence

from gpusetup.choosing.choice import Reason, Refusal
from gpusetup.choosing.choose import best_build, choose, objections
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.request import Request


@dataclass(frozen=True)
class LeftOut:
    """A machine, by its position, on which the build does not run."""

    position: int
    reason: Reason


@dataclass(frozen=True)
class Coverage:
    """`build` None: nothing runs on any of them."""

    build: Build | None
    left_out: tuple[LeftOut, ...] = ()


def cover(machines: Sequence[Machine], matrix: Matrix, request: Request | None = None) -> Coverage:
    """The build for all of them; where there is none, the one that serves the most machines."""
    wish = request or Request()
    alike = [without_extent(each) for each in machines]
    kinds = tuple(dict.fromkeys(alike))
    build = _for_all(kinds, matrix, wish)
    if build is not None:
        return Coverage(build)
    against = {kind: _against(kind, matrix, wish) for kind in kinds}
    build = _for_most(kinds, alike, against, matrix, wish)
    return Coverage(build, tuple(_left_out(build, alike, against, matrix, wish)))


def without_extent(machine: Machine) -> Machine:
    """What builds care about: machines that are equal then get the same answer."""
    gpus = machine.gpus and tuple(
        replace(each, index=None, uuid=None, pci_bus_id=None, memory_used_mib=None)
        for each in machine.gpus
    )
    return Machine(
        os=machine.os,
        arch=machine.arch,
        os_version=machine.os_version,
        libc=machine.libc,
        wsl=machine.wsl,
        driver=machine.driver,
        gpus=gpus and tuple(dict.fromkeys(gpus)),
        pci_gpus=machine.pci_gpus
        and tuple(dict.fromkeys(replace(each, bus_id=None) for each in machine.pci_gpus)),
        readings=tuple(
            each for each in machine.readings if each.source in ("kernel-module", "nvml")
        ),
    )


def together(machines: Sequence[Machine]) -> Machine:
    """A machine whose compute nodes they are, and that adds no condition of its own."""
    first = machines[0]
    return Machine(os=first.os, arch=first.arch, compute_nodes=tuple(machines))


def _for_all(kinds: Sequence[Machine], matrix: Matrix, wish: Request) -> Build | None:
    return best_build(together(kinds), wish, matrix) if kinds else None


_Against = dict[int, "Reason | None"]  # id of a build -> the first thing against it


def _against(kind: Machine, matrix: Matrix, wish: Request) -> _Against:
    return {
        id(build): reasons[0] if reasons else None
        for build, reasons in objections(together([kind]), wish, matrix)
    }


def _for_most(
    kinds: Sequence[Machine],
    alike: Sequence[Machine],
    against: dict[Machine, _Against],
    matrix: Matrix,
    wish: Request,
) -> Build | None:
    """Sets of kinds that share a build, the one with the most machines first."""
    sets: dict[tuple[Machine, ...], int] = {}
    for number in {number for each in against.values() for number in each}:
        served = tuple(kind for kind in kinds if against[kind].get(number, Reason("")) is None)
        sets[served] = sum(alike.count(kind) for kind in served)
    for served in sorted(sets, key=lambda each: -sets[each]):
        build = _for_all(served, matrix, wish)
        if build is not None:
            return build
    return None


def _left_out(
    build: Build | None,
    alike: Sequence[Machine],
    against: dict[Machine, _Against],
    matrix: Matrix,
    wish: Request,
) -> list[LeftOut]:
    found = []
    for position, kind in enumerate(alike):
        reason = against[kind].get(id(build), Reason("choose.other-platform")) if build else None
        if build is None or kind.platform not in build.platform:
            reason = _own_reason(kind, matrix, wish)
        if reason is not None:
            named = {"torch": str(build.torch), "build": build.build} if build else {}
            found.append(LeftOut(position, Reason(reason.code, {**named, **reason.facts})))
    return found


def _own_reason(kind: Machine, matrix: Matrix, wish: Request) -> Reason:
    """Why nothing runs there, or that it is another platform."""
    decision = choose(together([kind]), wish, matrix)
    if isinstance(decision, Refusal):
        return Reason(decision.code, decision.facts)
    return Reason("choose.other-platform", {"platform": kind.platform})
