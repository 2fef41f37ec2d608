"""What would change the answer: another driver, Python, system, source or policy."""

from __future__ import annotations

from typing import Iterator

from gpusetup.basics.values import replace
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason, WouldChange
from gpusetup.choosing.driver import driver_branch, minimum_driver, newest_branch_for
from gpusetup.choosing.ranking import Candidate
from gpusetup.choosing.selection import Question, select, unreachable
from gpusetup.choosing.sources import Sources
from gpusetup.choosing.targets import Host, find_targets, without_driver
from gpusetup.choosing.wishes import contradiction
from gpusetup.machine import Libc, Machine
from gpusetup.matrix.rows import Build
from gpusetup.request import GpuPolicy, Origin

_MOST_KINDS = 8
_ANY_GLIBC = Libc("glibc", Version.parse("99"))


def would_change(question: Question, chosen: Candidate | None) -> tuple[WouldChange, ...]:
    """Single changes, each with the better build that it would allow."""
    return tuple(
        change
        for change in _changes(question)
        if change is not None and _better(change.then, chosen)
    )


def change_of_machine(question: Question) -> tuple[WouldChange, ...]:
    """Where no single change helps: a newer system with another driver."""
    freed = _with_any_glibc(question.elsewhere(targets=without_driver(question.targets)))
    candidate = select(freed)
    build = candidate.build if candidate else None
    if build is None or build.glibc is None or build.cuda_runtime is None:
        return ()
    family = question.matrix.cuda_family(build.cuda_runtime)
    if family is None:
        return ()
    driver = str(minimum_driver(family, _limiting_host(question).takes_windows_drivers))
    condition = f"glibc >= {build.glibc} and driver >= {driver}"
    facts = {"glibc": str(build.glibc), "driver": driver, "condition": condition}
    return (WouldChange(Reason("choose.newer-system-and-driver", facts), build),)


def _better(build: Build, chosen: Candidate | None) -> bool:
    """A newer torch; or the same one where a CPU build would replace a CUDA one."""
    if chosen is None or build.torch > chosen.build.torch:
        return True
    lighter = build.is_cpu and not chosen.build.is_cpu
    return lighter and build.torch == chosen.build.torch


def _changes(question: Question) -> Iterator[WouldChange | None]:
    against = {reason.code for each in question.wished for reason in question.failures(each)}
    if question.for_gpus and against & _DRIVER_CODES:
        yield _with_another_driver(question)
    if "choose.python-not-supported" in against:
        yield _with_another_python(question)
    if "choose.python-not-found" in against:
        yield _with_downloaded_python(question)
    if "choose.glibc-too-old" in against:
        yield _with_newer_glibc(question)
    if "choose.macos-too-old" in against:
        yield _with_newer_macos(question)
    if against & _SOURCE_CODES:
        yield _with_all_sources(question)
    if question.for_gpus and question.request.gpu_policy is GpuPolicy.ALL:
        yield _with_newest_gpu_only(question)
    if question.for_gpus and question.request.origin is None:
        yield _with_channel(question)
    yield from _with_fewer_kinds(question)


_SOURCE_CODES = {"choose.origin-unreachable", "choose.folder-unreachable"}
_DRIVER_CODES = {
    "choose.driver-too-old",
    "choose.driver-dropped-gpu",
    "choose.driver-before-gpu",
    "choose.driver-cannot-compile",
}


def _with_another_driver(question: Question) -> WouldChange | None:
    free = question.elsewhere(targets=without_driver(question.targets))
    candidate = select(free)
    if candidate is None or candidate.build.cuda_runtime is None:
        return None
    return WouldChange(_driver_condition(question, candidate.build), candidate.build)


def _driver_condition(question: Question, build: Build) -> Reason:
    family = question.matrix.cuda_family(build.cuda_runtime) if build.cuda_runtime else None
    host = _limiting_host(question)
    last = newest_branch_for(host, question.matrix)
    branch = driver_branch(host, question.matrix)
    outside = "-on-host" if host.machine.container else ""
    if last is not None and branch is not None and branch > last:
        facts: dict[str, object] = {"branch": last, "condition": f"driver = R{last}"}
        return Reason(f"choose.older-driver{outside}", facts)
    windows = host.takes_windows_drivers
    minimum = str(minimum_driver(family, windows)) if family else "?"
    facts = {"minimum": minimum, "condition": f"driver >= {minimum}"}
    return Reason(f"choose.newer-driver{outside}", facts)


def _limiting_host(question: Question) -> Host:
    """The host whose driver branch is the lowest: the one that has to change."""
    hosts = [host for host in question.targets.hosts if host.cards] or question.targets.hosts
    return min(hosts, key=lambda host: driver_branch(host, question.matrix) or 0)


def _with_another_python(question: Question) -> WouldChange | None:
    candidate = select(question.other(replace(question.request, python=None)))
    return _python_change(candidate)


def _with_downloaded_python(question: Question) -> WouldChange | None:
    sources = replace(question.sources, python_downloads=True)
    return _python_change(select(question.other(sources=sources)))


def _python_change(candidate: Candidate | None) -> WouldChange | None:
    if candidate is None:
        return None
    facts = {"python": str(candidate.python), "condition": f"python {candidate.python}"}
    return WouldChange(Reason("choose.another-python", facts), candidate.build)


def _with_newer_glibc(question: Question) -> WouldChange | None:
    candidate = select(_with_any_glibc(question))
    if candidate is None or candidate.build.glibc is None:
        return None
    minimum = str(candidate.build.glibc)
    facts = {"minimum": minimum, "condition": f"glibc >= {minimum}"}
    return WouldChange(Reason("choose.newer-glibc", facts), candidate.build)


def _with_any_glibc(question: Question) -> Question:
    targets = question.targets
    hosts = tuple(replace(host, machine=_newer(host.machine)) for host in targets.hosts)
    return question.elsewhere(_newer(question.machine), replace(targets, hosts=hosts))


def _newer(machine: Machine) -> Machine:
    return replace(machine, libc=_ANY_GLIBC)


def _with_newer_macos(question: Question) -> WouldChange | None:
    candidate = select(question.elsewhere(replace(question.machine, os_version=None), None))
    if candidate is None or candidate.build.macos is None:
        return None
    minimum = str(candidate.build.macos)
    facts = {"minimum": minimum, "condition": f"macos >= {minimum}"}
    return WouldChange(Reason("choose.newer-macos", facts), candidate.build)


def _with_all_sources(question: Question) -> WouldChange | None:
    everything = Sources(wheels=question.sources.wheels, python_downloads=True)
    candidate = select(question.other(sources=everything))
    against = unreachable(candidate.build, question.sources) if candidate else None
    if candidate is None or against is None or against.code == "choose.not-there":
        return None
    origin = candidate.build.origin.value
    facts = {"origin": origin, "condition": f"{origin} reached"}
    return WouldChange(Reason("choose.origin-reached", facts), candidate.build)


def _with_newest_gpu_only(question: Question) -> WouldChange | None:
    if len({card.capability for card in question.targets.cards}) < 2:
        return None
    targets = find_targets(question.machine, question.matrix, GpuPolicy.NEWEST)
    candidate = select(question.elsewhere(targets=targets))
    if candidate is None:
        return None
    gpu = str(targets.cards[0])
    facts = {"gpu": gpu, "condition": "--gpu-policy newest"}
    return WouldChange(Reason("choose.newest-gpu-only", facts), candidate.build)


def _with_fewer_kinds(question: Question) -> Iterator[WouldChange | None]:
    """Where the nodes of one kind stand in the way of all the others."""
    names = [node.name for node in question.machine.compute_nodes]
    kinds = tuple(dict.fromkeys(each for each in names if each))
    if len(kinds) < 2 or len(kinds) > _MOST_KINDS or None in names:
        return
    for kind in kinds:
        others = tuple(each for each in kinds if each != kind)
        yield _for_kinds(question, others, Reason("choose.without-kinds", {"kinds": kind}))
    if len(kinds) > 2:
        for kind in kinds:
            yield _for_kinds(question, (kind,), Reason("choose.only-kinds", {"kinds": kind}))


def _for_kinds(question: Question, kinds: tuple[str, ...], reason: Reason) -> WouldChange | None:
    nodes = tuple(each for each in question.machine.compute_nodes if each.name in kinds)
    machine = replace(question.machine, compute_nodes=nodes)
    targets = find_targets(machine, question.matrix, question.request.gpu_policy)
    candidate = select(question.elsewhere(machine, targets))
    if candidate is None or (candidate.build.is_cpu and not question.request.wants_cpu):
        return None
    condition = f"--for-kind {','.join(kinds)}"
    return WouldChange(
        Reason(reason.code, {**reason.facts, "condition": condition}), candidate.build
    )


def _with_channel(question: Question) -> WouldChange | None:
    """Wheels come first even where conda-forge has a newer torch for these GPUs."""
    request = replace(question.request, origin=Origin.CONDA_FORGE)
    if contradiction(request, question.wish):
        return None
    candidate = select(question.other(request))
    if candidate is None or not candidate.verdict.sure:
        return None
    origin = candidate.build.origin.value
    facts = {"origin": origin, "condition": f"--origin {origin}"}
    return WouldChange(Reason("choose.with-channel", facts), candidate.build)
