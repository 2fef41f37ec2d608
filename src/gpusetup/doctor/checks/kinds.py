"""One environment, several kinds of nodes: those on which its torch cannot compute."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

from gpusetup.basics.versions import Version
from gpusetup.choosing.room import NETWORK_DISKS, OWN_FOLDERS
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity, Told
from gpusetup.doctor.checks.architectures import builds_of, judge_gpu_too_new, judge_gpu_too_old
from gpusetup.doctor.checks.torch import judge_driver_too_old
from gpusetup.doctor.facts import torch_of, torch_words
from gpusetup.environments.facts import Surroundings
from gpusetup.machine import Disk, Driver, Machine, Status

_JUDGES = (judge_driver_too_old, judge_gpu_too_new, judge_gpu_too_old)


def judge_kinds(case: Case) -> Iterator[Finding]:
    """Each kind of node is judged as if torch ran there."""
    nodes = [node for node in case.machine.compute_nodes if node.gpus]
    torch = torch_of(case)
    if case.reported or torch is None or not isinstance(torch.cuda, Version) or not nodes:
        return
    found = [(node, reason) for node in nodes if (reason := _reason(case, node)) is not None]
    if not found:
        return
    is_all = len(found) == len(nodes)
    yield Finding(
        "scheduler.kinds-left-out",
        Severity.ERROR if is_all else Severity.WARNING,
        {"torch": str(torch.version), "count": str(len(found)), "kinds": str(len(nodes)),
         "names": "; ".join(dict.fromkeys(kind_name(node) for node, _reason in found))},
        (*torch_words(case), *(f"{kind_name(node)}: {reason}" for node, reason in found[:5])),
        variant="all" if is_all else None,
    )  # fmt: skip


def kind_name(node: Machine) -> str:
    """ "Tesla V100-SXM2-16GB, driver 535.161.08"; without a GPU the name that a survey gave it."""
    names = dict.fromkeys(gpu.name or "GPU" for gpu in node.gpus or ())
    version = node.driver.version if isinstance(node.driver, Driver) else None
    shown = " + ".join(names) + (f", driver {version}" if version else "")
    return shown or node.name or "?"


def _reason(case: Case, node: Machine) -> str | None:
    """Why torch does not compute on that node, in facts; None: nothing speaks against it."""
    environment = case.environment and replace(case.environment, run=None)
    there = Case(node, case.matrix, environment, Surroundings(), told=Told())
    for judge in _JUDGES:
        found = next(judge(there), None)
        if found is not None and found.severity is Severity.ERROR:
            return _in_facts(found)
    return _glibc(there)


def _in_facts(found: Finding) -> str:
    if found.id == "driver.too-old":
        return f"CUDA {found.facts['cuda']} (driver >= {found.facts['minimum']})"
    return f"{found.facts['architecture']} -; torch: {found.facts['served']}"


def _glibc(there: Case) -> str | None:
    """Older than every build that this torch may be."""
    libc, builds = there.machine.libc, builds_of(there)
    if libc is None or libc.name != "glibc" or libc.version is None or not builds:
        return None
    needs = [build.glibc for build in builds]
    least = min((each for each in needs if each is not None), default=None)
    if least is None or None in needs or libc.version >= least:
        return None
    return f"glibc {libc.version}: >= {least}"


def judge_disks(case: Case) -> Iterator[Finding]:
    """The nodes were asked for a folder above the environment and do not have it, or have another.

    What is a network disk here and a disk of its own there is another one.
    """
    environment = case.environment
    prefix = environment.prefix if environment else None
    if case.reported or not prefix:
        return
    mine = _disk_of(prefix, case.machine.disks)
    lacking = [
        (node, path)
        for node in case.machine.compute_nodes
        if (path := _missing_place(node, prefix) or _other_disk(node, mine)) is not None
    ]
    if lacking:
        names = "; ".join(dict.fromkeys(kind_name(node) for node, _path in lacking))
        yield Finding(
            "environment.not-on-node", Severity.ERROR, {"prefix": prefix, "names": names},
            tuple(f"{kind_name(node)}: {path}" for node, path in lacking[:3]), variant="kinds",
        )  # fmt: skip


def place_of(node: Machine, prefix: str) -> tuple[str, Status | None]:
    """The folder nearest above the environment that a survey asked the node about."""
    asked = {each.detail: each.status for each in node.readings if each.source == "place"}
    above = [
        path
        for path in asked
        if path and path not in ("/", *OWN_FOLDERS) and _is_below(prefix, path)
    ]
    nearest = max(above, key=len, default="")
    return nearest, asked.get(nearest)


def _missing_place(node: Machine, prefix: str) -> str | None:
    """ "/data: -"."""
    path, status = place_of(node, prefix)
    return f"{path}: -" if status is Status.ABSENT else None


def _is_below(path: str, folder: str) -> bool:
    return f"{path}/".startswith(folder.rstrip("/") + "/")


def _disk_of(path: str, disks: tuple[Disk, ...]) -> Disk | None:
    """The disk that was looked at nearest above a path."""
    above = [each for each in disks if _is_below(path, each.path)]
    return max(above, key=lambda each: len(each.path), default=None)


def _other_disk(node: Machine, mine: Disk | None) -> str | None:
    """ "/home: xfs" where it is surely another disk than here."""
    there = _disk_of(mine.path, node.disks) if mine else None
    if mine is None or there is None or there.filesystem in (None, *NETWORK_DISKS):
        return None
    return f"{mine.path}: {there.filesystem}" if mine.filesystem in NETWORK_DISKS else None


CHECKS: tuple[Check, ...] = (
    Check(
        "scheduler.kinds-left-out",
        Area.SCHEDULER,
        judge_kinds,
        reads=(Fact.BUILD,),
        applies=lambda case: bool(case.machine.compute_nodes),
        explained_by=("driver.too-old", "torch.gpu-too-new", "torch.gpu-too-old"),
    ),
)
