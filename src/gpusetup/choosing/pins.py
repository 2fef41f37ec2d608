"""Known defects that a pin beside torch avoids."""

from __future__ import annotations

from gpusetup.matrix import Build, Matrix, Trap
from gpusetup.versions import Version


def pins_for(build: Build, python: Version, matrix: Matrix) -> tuple[str, ...]:
    """The requirement lines that must stand beside a build."""
    found = (pin for trap in matrix.traps if _applies(trap, build, python) for pin in trap.pins)
    return tuple(dict.fromkeys(found))


def _applies(trap: Trap, build: Build, python: Version) -> bool:
    if trap.platforms and build.platform not in trap.platforms:
        return False
    if trap.origins and build.origin not in trap.origins:
        return False
    if trap.pythons and python.minor() not in trap.pythons:
        return False
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(trap.torch).contains(str(build.torch), prereleases=True)
