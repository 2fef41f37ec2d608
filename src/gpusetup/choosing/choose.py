"""Every build judged against the machine: the best one with its reasons, or a refusal."""

from __future__ import annotations

from gpusetup.choosing.changes import change_of_machine, would_change
from gpusetup.choosing.choice import Choice, Decision, Reason, Refusal
from gpusetup.choosing.engines import pick_engine
from gpusetup.choosing.judge import Judge
from gpusetup.choosing.nearest import nearest
from gpusetup.choosing.pins import pins_for
from gpusetup.choosing.platform import tegra_platform
from gpusetup.choosing.ranking import Candidate, order
from gpusetup.choosing.reasons import confidence, rejected, warnings, why
from gpusetup.choosing.selection import Question, select
from gpusetup.choosing.sources import Sources
from gpusetup.choosing.targets import find_targets, has_jetson
from gpusetup.choosing.wheelhouse import read_wheels, wheelhouse_builds
from gpusetup.choosing.wishes import contradiction, read_torch_wish
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.request import Origin, Request


def choose(
    machine: Machine, request: Request, matrix: Matrix, sources: Sources | None = None
) -> Decision:
    """The newest torch that surely runs on this machine within the wishes, or why there is none.

    Wheels come first; channels compete when asked for, when no wheel covers the GPUs and the
    system, or when no wheel can be reached. A wish is honoured or refused, never changed.
    """
    question = _ask(machine, request, matrix, sources or Sources())
    return question if isinstance(question, Refusal) else _answer(question)


def best_build(machine: Machine, request: Request, matrix: Matrix) -> Build | None:
    """The build of the same choice, found faster: without reasons and alternatives."""
    question = _ask(machine, request, matrix, Sources())
    found = None if isinstance(question, Refusal) else select(question)
    return found.build if found else None


def objections(
    machine: Machine, request: Request, matrix: Matrix, sources: Sources | None = None
) -> tuple[tuple[Build, tuple[Reason, ...]], ...]:
    """Every wished build with all that stands against it here, not only the first rule."""
    question = _ask(machine, request, matrix, sources or Sources())
    if isinstance(question, Refusal):
        return ()
    return tuple(
        (each.build, _named(each.build, question.failures(each))) for each in question.wished
    )


def _named(build: Build, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    facts = {"torch": str(build.torch), "build": build.build, "origin": build.origin.value}
    return tuple(Reason(reason.code, {**facts, **reason.facts}) for reason in reasons)


def _ask(
    machine: Machine, request: Request, matrix: Matrix, sources: Sources
) -> Question | Refusal:
    """All builds that could answer, with their verdicts; a refusal where wishes make no sense."""
    wheels = read_wheels(sources.wheels, machine.platform)
    targets = find_targets(machine, matrix, request.gpu_policy)
    builds = (
        *matrix.builds_for(machine.platform),
        *(matrix.builds_for(tegra_platform(machine)) if has_jetson(targets, matrix) else ()),
        *wheelhouse_builds(wheels, matrix, machine.platform),
    )
    wish = read_torch_wish(request.torch, {build.torch for build in builds})
    if wish is None:
        return Refusal("choose.torch-unreadable", {"wish": request.torch})
    clash = contradiction(request, wish)
    if clash:
        return Refusal(clash.code, clash.facts)
    judge = Judge(machine, targets, matrix)
    return Question(machine, request, sources, matrix, targets, builds, wheels, wish, judge)


def _answer(question: Question) -> Decision:
    found = select(question)
    return _choice(question, found) if found else _refusal(question)


def _choice(question: Question, found: Candidate) -> Choice:
    return Choice(
        build=found.build,
        python=found.python,
        engine=pick_engine(question.machine, question.request, found.build),
        confidence=confidence(question, found),
        companions=found.companions,
        pins=pins_for(found.build, found.python, question.matrix),
        why=why(question, found),
        would_change=would_change(question, found),
        rejected=rejected(question, found),
        warnings=warnings(question, found),
    )


def _refusal(question: Question) -> Refusal:
    reason = _main_reason(question)
    alternatives, changes = nearest(question), would_change(question, None)
    if not alternatives and not changes:  # the machine itself stands in the way of any wish
        plain = question.other(Request())
        changes = would_change(plain, None) or change_of_machine(plain)
    return Refusal(
        code=reason.code,
        facts=reason.facts,
        nearest=alternatives,
        would_change=changes,
        rejected=rejected(question, None),
    )


def _main_reason(question: Question) -> Reason:
    """Why nothing fits: a wish that names nothing, else what stops the build that came closest."""
    request = question.request
    if not question.builds:
        return Reason("choose.no-builds-for-platform", {"platform": question.machine.platform})
    if not any(question.wish.accepts(build.torch) for build in question.builds):
        newest = str(max(build.torch for build in question.builds))
        facts = {"wish": request.torch, "newest": newest, "platform": question.machine.platform}
        return Reason("choose.torch-unknown", facts)
    if not question.wished:
        return _nothing_wished(question)
    return _closest_failure(question)


def _nothing_wished(question: Question) -> Reason:
    request = question.request
    if request.wheelhouse is not None or request.origin is Origin.WHEELHOUSE:
        return Reason("choose.wheelhouse-has-none", {"platform": question.machine.platform})
    facts = {"wishes": _as_flags(request), "platform": question.machine.platform}
    return Reason("choose.no-such-build", facts)


def _as_flags(request: Request) -> str:
    """The wishes that name a build, as they are typed."""
    flags = (
        ("--torch", request.torch),
        ("--cuda", request.build or request.cuda),
        ("--origin", request.origin.value if request.origin else None),
    )
    return " ".join(f"{flag} {value}" for flag, value in flags if value)


def _closest_failure(question: Question) -> Reason:
    verdicts = {id(each.build): each for each in question.wished}
    builds = [
        b for b in order(v.build for v in question.wished) if not (question.for_gpus and b.is_cpu)
    ]
    if not builds:
        return Reason("choose.cpu-build-only", {"torch": question.request.torch or "torch"})
    failures = [(build, question.failures(verdicts[id(build)])) for build in builds]
    build, stops = min(failures, key=lambda each: len(each[1]) or 99)
    named = {"torch": str(build.torch), "build": build.build, "origin": build.origin.value}
    reason = stops[0] if stops else Reason("choose.not-sure-enough")
    return Reason(reason.code, {**named, **reason.facts})
