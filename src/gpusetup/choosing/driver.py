"""Whether a driver drives a GPU, and whether it serves a CUDA runtime."""

from __future__ import annotations

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason
from gpusetup.choosing.targets import Card, Host
from gpusetup.matrix.rows import CudaFamily, Matrix


def driver_failure(host: Host, runtime: Version, matrix: Matrix) -> Reason | None:
    """Why this host's driver cannot run this CUDA runtime, or None where it can."""
    family = matrix.cuda_family(runtime)
    if family is None:
        return Reason("choose.cuda-not-known", {"cuda": str(runtime)})
    minimum = minimum_driver(family, host.takes_windows_drivers)
    if not host.driver_known:
        return _without_driver(host, family, minimum, matrix)
    if _serves(host, family, minimum):
        return None
    facts = {
        "cuda": str(runtime),
        "minimum": str(minimum),
        "driver": show_driver(host),
    }
    return Reason("choose.driver-too-old", facts)


def undriven(host: Host, matrix: Matrix) -> Reason | None:
    """The first card that the installed driver cannot drive at all, as a reason."""
    branch = driver_branch(host, matrix)
    if branch is None:
        return None
    for card in host.cards:
        first, last = driven_by(card, matrix)
        facts = {"gpu": str(card), "driver": show_driver(host)}
        if last is not None and branch > last:
            return Reason("choose.driver-dropped-gpu", {**facts, "last": last})
        if first is not None and branch < first:
            return Reason("choose.driver-before-gpu", {**facts, "first": first})
    return None


def driven_by(card: Card, matrix: Matrix) -> tuple[int | None, int | None]:
    """The first and the last driver branch that drive a card; None: no bound known."""
    generation = matrix.generation(card.capability) if card.capability else None
    if generation is None or generation.jetson:  # a Jetson's driver comes with its system
        return None, None
    return generation.first_branch, generation.last_branch


def driver_branch(host: Host, matrix: Matrix) -> int | None:
    """The branch of the installed driver. Windows numbers run on inside one: 581 is R580."""
    if host.driver_version is None:
        return _branch_showing(host.cuda_driver_version, matrix)
    major = host.driver_version.major
    if not host.takes_windows_drivers:
        return major
    return max((row.branch for row in matrix.branches if row.branch <= major), default=major)


def newest_branch_for(host: Host, matrix: Matrix) -> int | None:
    """The newest driver branch that drives every card of a host; None: no upper bound."""
    last = [driven_by(card, matrix)[1] for card in host.cards]
    return min((branch for branch in last if branch is not None), default=None)


def minimum_driver(family: CudaFamily, windows: bool) -> Version:
    """The oldest driver for a CUDA runtime on this operating system."""
    return family.minimum_windows if windows else family.minimum_linux


def may_compile_ptx(host: Host, runtime: Version, matrix: Matrix) -> bool:
    """Whether the driver may translate this toolkit's PTX: it must be as new as the toolkit."""
    family = matrix.cuda_family(runtime)
    if family is None:
        return False
    windows = host.takes_windows_drivers
    needed = family.ptx_minimum_windows if windows else family.ptx_minimum_linux
    needed = needed or minimum_driver(family, windows)
    if host.driver_version is not None:
        return host.driver_version >= needed
    if host.cuda_driver_version is not None:
        return host.cuda_driver_version >= family.cuda_runtime
    return True  # no driver yet: the one to be installed can be new enough


def show_driver(host: Host) -> str:
    """The driver as the user knows it: its version, or the CUDA version that it shows."""
    if host.driver_version is not None:
        return str(host.driver_version)
    return f"(CUDA {host.cuda_driver_version})"


def _branch_showing(cuda: Version | None, matrix: Matrix) -> int | None:
    """The oldest branch that shows this CUDA version."""
    rows = (row.branch for row in matrix.branches if cuda and row.cuda_version == cuda)
    return min(rows, default=None)


def _serves(host: Host, family: CudaFamily, minimum: Version) -> bool:
    if host.driver_version is not None:
        return host.driver_version >= minimum
    shown = host.cuda_driver_version
    if shown is None:
        return False
    if shown >= family.cuda_runtime:
        return True
    # A driver that shows 12.x is at least 12.0's own, which is the floor of the family. R450
    # shows 11.0 below and above the floor of 11.1 to 11.8, so 11.0 alone proves nothing there.
    return not family.exact and shown.major == family.cuda_runtime.major and shown.numbers > (11, 0)


def _without_driver(
    host: Host, family: CudaFamily, minimum: Version, matrix: Matrix
) -> Reason | None:
    """With a driver still to come, only the branches that drive the cards bound the choice."""
    last = newest_branch_for(host, matrix)
    if last is None or minimum.major <= last:
        return None
    facts = {"cuda": str(family.cuda_runtime), "minimum": str(minimum), "last": last}
    return Reason("choose.no-driver-for-both", {**facts, "gpu": _oldest(host, matrix)})


def _oldest(host: Host, matrix: Matrix) -> str:
    bounded = [(driven_by(card, matrix)[1], str(card)) for card in host.cards]
    return min((last, name) for last, name in bounded if last is not None)[1]
