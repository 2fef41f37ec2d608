"""Whether a build loads on the operating system: platform, C library, macOS version."""

from __future__ import annotations

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason
from gpusetup.machine import Machine, Os
from gpusetup.matrix.rows import Build

_TEGRA = "-tegra"


def tegra_platform(machine: Machine) -> str:
    """The key of the builds for Jetsons: other code than for the cards in ARM servers."""
    return machine.platform + _TEGRA


def platform_failure(machine: Machine, build: Build) -> Reason | None:
    """The build is for another operating system or processor than this host."""
    if machine.platform == build.platform.removesuffix(_TEGRA):
        return None
    return Reason("choose.other-platform", {"platform": machine.platform})


def system_failure(machine: Machine, build: Build) -> Reason | None:
    """Why the C library or the macOS version is too old for a build."""
    if machine.os is Os.LINUX:
        return _libc_failure(machine, build)
    if machine.os is Os.MACOS and build.macos is not None:
        found = Version.told(machine.os_version)
        if found is not None and (*found.numbers, 0) < build.macos.numbers:  # 14 is 14.0
            facts = {"minimum": str(build.macos), "found": str(found)}
            return Reason("choose.macos-too-old", facts)
    return None


def system_known(machine: Machine) -> bool:
    """Whether the facts that `system_failure` judges were found."""
    if machine.os is Os.LINUX:
        return machine.libc is not None and machine.libc.version is not None
    return machine.os is not Os.MACOS or Version.told(machine.os_version) is not None


def _libc_failure(machine: Machine, build: Build) -> Reason | None:
    libc = machine.libc
    if libc is None:
        return None
    if libc.name != "glibc":
        return Reason("choose.not-glibc", {"libc": libc.name})
    if build.glibc is None or libc.version is None or libc.version >= build.glibc:
        return None
    facts = {"minimum": str(build.glibc), "found": str(libc.version)}
    return Reason("choose.glibc-too-old", facts)
