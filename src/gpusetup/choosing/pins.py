"""Known defects: pins that avoid them, and builds that must not be taken."""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import Iterable

from gpusetup.basics.patterns import pattern
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason
from gpusetup.choosing.targets import Card
from gpusetup.matrix.rows import Build, Matrix, Trap

_LIMIT = pattern(r"\s*(==|!=|<=|>=|<|>)\s*(\d+(?:\.\d+)*)\s*")
_HOLDS = {
    "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip


def pins_for(build: Build, python: Version, matrix: Matrix) -> tuple[str, ...]:
    """The requirement lines that must stand beside a build."""
    found = (
        pin
        for trap in matrix.traps
        if not trap.pythons or python.minor() in trap.pythons
        if _concerns(trap, build)
        for pin in trap.pins
    )
    return tuple(dict.fromkeys(found))


def refusing_traps(matrix: Matrix) -> tuple[Trap, ...]:
    """The defects that rule a build out."""
    return tuple(trap for trap in matrix.traps if trap.refuse)


def trapped(build: Build, cards: Iterable[Card], traps: Iterable[Trap]) -> Reason | None:
    """The defect that rules a build out on these cards."""
    for trap in traps:
        if not _concerns(trap, build):
            continue
        card = next((card for card in cards if card.capability in trap.architectures), None)
        if card is not None or not trap.architectures:
            facts = {
                "defect": trap.id,
                "note": trap.note,
                "note_zh": trap.note_zh or trap.note,
                "gpu": str(card) if card else "-",
            }
            return Reason("choose.known-defect", facts)
    return None


def _concerns(trap: Trap, build: Build) -> bool:
    if trap.builds and build.build not in trap.builds:
        return False
    if trap.platforms and build.platform not in trap.platforms:
        return False
    if trap.origins and build.origin not in trap.origins:
        return False
    return is_within(trap.torch, build.torch)


@lru_cache(maxsize=1024)
def is_within(specifiers: str, version: Version) -> bool:
    """Whether a release is meant by specifiers such as ">=1.13,<=2.5.1"."""
    limits = [_LIMIT.fullmatch(each) for each in specifiers.split(",")]
    if all(limits):
        own = _without_zeros(version)
        return all(
            _HOLDS[each[1]](own, _without_zeros(Version.parse(each[2]))) for each in limits if each
        )
    from packaging.specifiers import SpecifierSet  # for "==2.3.*"; a tenth of `plan` to import

    return SpecifierSet(specifiers).contains(str(version), prereleases=True)


def _without_zeros(version: Version) -> tuple[int, ...]:
    """2.3.0 is the same release as 2.3."""
    numbers = version.numbers
    while numbers[-1:] == (0,):
        numbers = numbers[:-1]
    return numbers
