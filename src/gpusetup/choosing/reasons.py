"""The reasons and warnings of a choice, and the rule that rejects each other build."""

from __future__ import annotations

from typing import Iterator

from gpusetup.choosing.architecture import covered_by_code
from gpusetup.choosing.choice import Reason, Rejected
from gpusetup.choosing.companions import left_out, wanted_companions
from gpusetup.choosing.driver import driver_branch, minimum_driver, show_driver
from gpusetup.choosing.judge import Verdict, lowest
from gpusetup.choosing.platform import system_known
from gpusetup.choosing.ranking import Candidate, order
from gpusetup.choosing.requirements import requirement_warnings
from gpusetup.choosing.selection import Question, wants_cpu, wants_cuda
from gpusetup.machine import Os
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.request import Origin, wished_by_file


def why(question: Question, chosen: Candidate) -> tuple[Reason, ...]:
    """What speaks for the build, the deciding fact first."""
    return tuple(_each_why(question, chosen))


def rejected(question: Question, chosen: Candidate | None) -> tuple[Rejected, ...]:
    """Every wished build that is newer than the chosen one, or as new, with the first rule."""
    verdicts = {id(each.build): each for each in question.wished}
    found = []
    for build in order(each.build for each in question.wished):
        if chosen and (build.torch < chosen.build.torch or build == chosen.build):
            continue
        reason = _against(question, verdicts[id(build)], chosen)
        named = {"torch": str(build.torch), "build": build.build, "origin": build.origin.value}
        found.append(Rejected(build, Reason(reason.code, {**named, **reason.facts})))
    return tuple(found)


def warnings(question: Question, chosen: Candidate) -> tuple[Reason, ...]:
    """What the user should know before agreeing."""
    return tuple(_each_warning(question, chosen))


def confidence(question: Question, chosen: Candidate) -> Confidence:
    """How sure it is that the chosen build runs on this machine."""
    levels = [chosen.verdict.confidence]
    targets = question.targets
    if not all(system_known(host.machine) for host in targets.hosts):
        levels.append(Confidence.MEDIUM)
    if question.for_gpus:
        if targets.gpus_unknown or any(card.capability is None for card in targets.cards):
            levels.append(Confidence.LOW)
        for host in targets.hosts:
            if host.cards and not host.driver_known:
                levels.append(Confidence.MEDIUM if host.driver_absent else Confidence.LOW)
    return lowest(*levels)


def _each_why(question: Question, chosen: Candidate) -> Iterator[Reason]:
    build = chosen.build
    named = {"torch": str(build.torch), "build": build.build, "origin": build.origin.value}
    file = question.request.requirements
    if file is not None and wished_by_file(question.request):
        facts = {"place": file.torch_place, "wish": file.torch}
        yield Reason("requirements.as-wished", {**named, **facts})
    elif question.request.torch or question.request.build or question.request.cuda:
        yield Reason("choose.as-wished", named)
    else:
        yield Reason("choose.newest-that-runs", named)
    if question.for_gpus:
        yield from _why_for_gpus(question, chosen)
    else:
        yield Reason("choose.cpu-as-wished" if wants_cpu(question) else _why_cpu(question))
    facts = {**named, "python": str(chosen.python)}
    wished = question.request.python is not None
    yield Reason("choose.python-as-wished" if wished else "choose.python-newest", facts)
    if build.origin.is_conda and question.request.origin is None:
        yield Reason("choose.only-a-channel", named)


def _why_cpu(question: Question) -> str:
    return "choose.cpu-on-macos" if question.machine.os is Os.MACOS else "choose.no-gpu"


def _why_for_gpus(question: Question, chosen: Candidate) -> Iterator[Reason]:
    build = chosen.build
    cards = sorted({str(card) for card in question.targets.cards if card.capability})
    if cards and chosen.verdict.sure:  # else a warning says what is not known of its code
        yield Reason("choose.covers", {"gpus": ", ".join(cards), "build": build.build})
    hosts = [host for host in question.targets.hosts if host.driver_known]
    if build.cuda_runtime is not None and hosts:
        oldest = min(hosts, key=lambda host: driver_branch(host, question.matrix) or 0)
        facts = {"driver": show_driver(oldest), "cuda": str(build.cuda_runtime)}
        yield Reason("choose.driver-serves", facts)


def _each_warning(question: Question, chosen: Candidate) -> Iterator[Reason]:
    build = chosen.build
    named = {"torch": str(build.torch), "build": build.build, "origin": build.origin.value}
    if not question.targets.serves_gpus and not build.is_cpu:
        yield _cuda_without_gpu(question, build)
    if build.only_on_wish:
        yield Reason("choose.not-offered", named)
    elif not chosen.verdict.sure:
        yield Reason("choose.not-sure", named)
    yield from question.targets.warnings
    if question.for_gpus:
        yield from _gpu_warnings(question, build)
    wanted = wanted_companions(question.request)
    yield from left_out(build, wanted, chosen.companions)
    yield from requirement_warnings(question.request, build)


def _cuda_without_gpu(question: Question, build: Build) -> Reason:
    size = build.download_mib or build.wheel_mib
    facts = {"build": build.build, "gib": f"{size / 1024:.1f}" if size else "3"}
    if wants_cuda(question):
        return Reason("choose.cuda-without-gpu", facts)
    if build.origin is Origin.PYPI:
        return Reason("choose.cpu-from-pypi-is-large", facts)
    return Reason("choose.cpu-from-cuda-build", facts)


def _gpu_warnings(question: Question, build: Build) -> Iterator[Reason]:
    yield from _driver_warning(question, build)
    translated = {
        str(card)
        for card in question.targets.cards
        if card.capability and not covered_by_code(card.capability, build)
    }
    if translated:
        facts = {"gpus": ", ".join(sorted(translated)), "build": build.build}
        yield Reason("choose.code-is-translated", facts)
    if question.targets.left_out:
        left = ", ".join(sorted({str(card) for card in question.targets.left_out}))
        yield Reason("choose.gpus-left-out", {"gpus": left})


def _driver_warning(question: Question, build: Build) -> Iterator[Reason]:
    """Where there is no driver yet, or its version is not known: what it must be at least."""
    host = next((h for h in question.targets.hosts if h.cards and not h.driver_known), None)
    if host is None or build.cuda_runtime is None:
        return
    family = question.matrix.cuda_family(build.cuda_runtime)
    if family is None:
        return
    minimum = str(minimum_driver(family, host.takes_windows_drivers))
    facts = {"minimum": minimum, "cuda": str(build.cuda_runtime)}
    if not host.driver_absent:
        yield Reason("choose.driver-unknown", facts)
    elif host.machine.container:
        yield Reason("choose.no-driver-in-container", facts)
    else:
        yield Reason("choose.no-driver-yet", facts)


def _against(question: Question, verdict: Verdict, chosen: Candidate | None) -> Reason:
    """The first rule that decides against a build."""
    build = verdict.build
    failures = question.failures(verdict)
    if failures:
        return failures[0]
    if not verdict.sure:
        return Reason(f"choose.{'only-on-wish' if build.only_on_wish else 'not-sure-enough'}")
    if chosen is None:
        return Reason("choose.not-preferred")
    if not question.for_gpus and not build.is_cpu:
        return Reason("choose.cuda-not-needed")
    if build.origin.is_conda and not chosen.build.origin.is_conda:
        return Reason("choose.wheels-first")
    wanted = wanted_companions(question.request)
    if wanted and build.torch > chosen.build.torch:
        return Reason("choose.no-companions", {"packages": ", ".join(wanted)})
    return Reason("choose.not-preferred")
