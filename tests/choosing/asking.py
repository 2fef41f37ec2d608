"""What is chosen, or refused, for a machine of the tests."""

from __future__ import annotations

from gpusetup.choosing.choice import Choice, Refusal
from gpusetup.choosing.choose import choose
from gpusetup.choosing.sources import Sources
from gpusetup.machine import Machine
from gpusetup.request import Request
from tests.choosing.worlds import real_matrix


def answer(where: Machine, sources: Sources | None = None, **wishes: object) -> str:
    """A choice as "2.14.1+cu126 wheel-index"; a refusal as its code and its first alternative."""
    decision = choose(where, Request(**wishes), real_matrix(), sources)  # type: ignore[arg-type]
    if isinstance(decision, Choice):
        build = decision.build
        return f"{build.torch}+{build.build} {build.origin.value}"
    first = decision.nearest[0] if decision.nearest else None
    nearest = f"{first.torch}+{first.build} {','.join(first.changed)}" if first else "nothing"
    return f"{decision.code.removeprefix('choose.')}: {nearest}"


def chosen(where: Machine, sources: Sources | None = None, **wishes: object) -> Choice:
    decision = choose(where, Request(**wishes), real_matrix(), sources)  # type: ignore[arg-type]
    assert isinstance(decision, Choice), decision
    return decision


def refused(where: Machine, sources: Sources | None = None, **wishes: object) -> Refusal:
    decision = choose(where, Request(**wishes), real_matrix(), sources)  # type: ignore[arg-type]
    assert isinstance(decision, Refusal), decision
    return decision
