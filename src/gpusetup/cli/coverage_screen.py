"""Machines that share one build or do not: which one serves most, and who falls out."""

from __future__ import annotations

from collections import Counter
from typing import Any, Sequence

from gpusetup.choosing.coverage import Coverage, cover
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Matrix
from gpusetup.messages import listed, say
from gpusetup.request import Request
from gpusetup.terminal import show
from gpusetup.terminal.show import Mark


def show_left_out(names: Sequence[str], coverage: Coverage) -> None:
    """What runs on most of them, and why not on the others."""
    build = coverage.build
    left = listed(names[each.position] for each in coverage.left_out)
    if build is None:
        show.item(Mark.BAD, say("nodes.nothing"))
    else:
        facts = {"torch": build.torch, "build": build.build, "hosts": left}
        show.item(Mark.WARN, say("nodes.all-but", **facts))
    for each in coverage.left_out:
        reason = say(each.reason.code, **each.reason.facts)
        show.item(Mark.WARN, say("nodes.because", host=names[each.position], reason=reason))


def explain_refusal(machine: Machine, matrix: Matrix, request: Request) -> None:
    """Where one build for all compute nodes was refused: which of them stands in the way."""
    if len(machine.compute_nodes) < 2:
        return
    names, coverage = names_of(machine.compute_nodes), cover(machine.compute_nodes, matrix, request)
    show.blank()
    show_left_out(names, coverage)
    if coverage.build is not None:
        left = listed(names[each.position] for each in coverage.left_out)
        show.hint(say("nodes.apart.next", hosts=left))


def refusal_nodes(machine: Machine, matrix: Matrix, request: Request) -> dict[str, Any]:
    """The same for the document of a plan: the key `nodes`."""
    if len(machine.compute_nodes) < 2:
        return {}
    names, coverage = names_of(machine.compute_nodes), cover(machine.compute_nodes, matrix, request)
    return {"nodes": coverage_document(names, coverage)}


def coverage_document(names: Sequence[str], coverage: Coverage) -> dict[str, Any]:
    build = coverage.build
    told = build and {
        "torch": str(build.torch), "build": build.build, "origin": build.origin.value,
    }  # fmt: skip
    return {
        "build": told,
        "names": list(names),
        "left_out": [
            {
                "name": names[left.position],
                "code": left.reason.code,
                "text": say(left.reason.code, **left.reason.facts),
            }
            for left in coverage.left_out
        ],
    }


def names_of(nodes: Sequence[Machine]) -> list[str]:
    """As the profile names them, else by number and cards."""
    return [
        each.name or say("nodes.unnamed", number=number, cards=cards_of(each))
        for number, each in enumerate(nodes, 1)
    ]


def cards_of(machine: Machine) -> str:
    """ "4 × NVIDIA A100-SXM4-40GB": what is there, and of which nothing is known."""
    names = Counter(_short(gpu.name or say("detect.gpu.unnamed")) for gpu in machine.gpus or ())
    if not names:
        names = Counter(_short(card.name or card.chip or "?") for card in machine.pci_gpus or ())
    if not names:
        return say("hosts.not-known" if machine.gpus is None else "hosts.no-gpu")
    return listed(
        say("detect.gpu.many", count=count, gpu=name) if count > 1 else name
        for name, count in names.items()
    )


def _short(name: str) -> str:
    """The maker is the same everywhere."""
    return name.replace("NVIDIA ", "", 1)
