"""From verdicts and wishes to the one build that is taken."""

from __future__ import annotations

from functools import cached_property
from typing import Callable, Sequence

from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason
from gpusetup.choosing.companions import companions_of, wanted_companions
from gpusetup.choosing.engines import pick_engine
from gpusetup.choosing.judge import Judge, Verdict
from gpusetup.choosing.python import pick_python, python_failure
from gpusetup.choosing.ranking import Candidate, best, cpu_groups, cuda_groups
from gpusetup.choosing.sources import Sources
from gpusetup.choosing.targets import Targets
from gpusetup.choosing.wheelhouse import NamedWheel
from gpusetup.choosing.wishes import TorchWish, accepts_build, asks_for_cuda, read_torch_wish
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.request import Origin, Request, wished_by_file


@dataclass(frozen=True)
class Question:
    """One machine, one set of wishes, and all the builds that could answer.

    A plain holder; `other` asks the same with something changed.
    """

    machine: Machine
    request: Request
    sources: Sources
    matrix: Matrix
    targets: Targets
    builds: tuple[Build, ...]
    wheels: tuple[NamedWheel, ...]
    wish: TorchWish
    judge: Judge

    @cached_property
    def for_gpus(self) -> bool:
        """Whether a build must compute on GPUs."""
        return self.targets.serves_gpus and not wants_cpu(self)

    @cached_property
    def wished(self) -> tuple[Verdict, ...]:
        """The builds that are what was asked for, whether or not they run."""
        verdict = self.judge.verdict
        return tuple(verdict(build) for build in self.builds if self._is_wished(build))

    def failures(self, verdict: Verdict) -> tuple[Reason, ...]:
        """All that stands against a build, in the order of cause."""
        build = verdict.build
        found = [verdict.platform, unreachable(build, self.sources)]
        if self.python(build) is None:
            found.append(python_failure(self.machine, self.request, build))
        found += [verdict.system]
        if self.for_gpus:
            found += [verdict.driver, verdict.architecture]
            found.append(Reason("choose.cpu-build-only") if build.is_cpu else None)
        return tuple(each for each in found if each)

    def runs(self, verdict: Verdict) -> bool:
        """Whether nothing stands against a build: `failures` is empty, found out faster."""
        if verdict.platform or verdict.system:
            return False
        if self.for_gpus and (verdict.driver or verdict.architecture or verdict.build.is_cpu):
            return False
        if unreachable(verdict.build, self.sources):
            return False
        return self.python(verdict.build) is not None

    def python(self, build: Build, pythons: tuple[Version, ...] | None = None) -> Version | None:
        """The Python that a build would come with, out of `pythons` where given."""
        # rows share their ranges of Pythons, and the builds outlive the question: identity is
        # enough, and hashing versions is slow; a range made for the moment has no lasting identity
        key = build.origin, id(build.pythons) if pythons is None else pythons
        if key not in self._picked:
            engine = pick_engine(self.machine, self.request, build)
            allowed = build.pythons if pythons is None else pythons
            found = pick_python(self.machine, self.request, self.sources, engine, allowed)
            self._picked[key] = found
        return self._picked[key]

    @cached_property
    def _picked(self) -> dict[tuple[Origin, object], Version | None]:
        """Hundreds of builds share a handful of Python ranges."""
        return {}

    def other(self, request: Request | None = None, sources: Sources | None = None) -> Question:
        """The same machine and builds under other wishes or sources."""
        changed = replace(self, request=request or self.request, sources=sources or self.sources)
        releases = {build.torch for build in self.builds}
        wish = read_torch_wish(changed.request.torch, releases) or self.wish
        return replace(changed, wish=wish)

    def elsewhere(self, machine: Machine | None = None, targets: Targets | None = None) -> Question:
        """The same wishes on a changed machine."""
        machine, targets = machine or self.machine, targets or self.targets
        judge = Judge(machine, targets, self.matrix)
        return replace(self, machine=machine, targets=targets, judge=judge)

    def _is_wished(self, build: Build) -> bool:
        if self.wish.build not in (None, build.build):
            return False
        return accepts_build(self.request, build) and self.wish.accepts(build.torch)


def wants_cpu(question: Question) -> bool:
    return question.request.wants_cpu or question.wish.build == "cpu"


def wants_cuda(question: Question) -> bool:
    local = question.wish.build
    return asks_for_cuda(question.request) or local not in (None, "cpu")


def select(question: Question, near: frozenset[Version] | None = None) -> Candidate | None:
    """The build to take, or None where none runs. `near`: prefer the releases closest to these."""
    running = [each for each in question.wished if question.runs(each)]
    if question.for_gpus or wants_cuda(question):
        groups = cuda_groups(running, low_too=_named_exactly(question))
    else:
        groups = cpu_groups(running)
    group = [_candidate(question, each) for each in next(filter(None, groups), ())]
    if near:
        group = _closest(group, near, question)
    return best(_with_companions(group, question)) if group else None


def unreachable(build: Build, sources: Sources) -> Reason | None:
    """The origin, or its folder for this build, did not answer, or turned out not to have it."""
    facts = {"origin": build.origin.value, "build": build.build}
    if build.origin is Origin.WHEELHOUSE:
        return None
    if not sources.reached(build.origin):
        return Reason("choose.origin-unreachable", facts)
    if (build.origin, build.build, str(build.torch)) in sources.missing:
        return Reason("choose.not-there", facts)
    reach = next((each for each in sources.reaches if each.origin is build.origin), None)
    if build.origin is not Origin.WHEEL_INDEX or reach is None or reach.builds is None:
        return None
    return None if build.build in reach.builds else Reason("choose.folder-unreachable", facts)


def _candidate(question: Question, verdict: Verdict) -> Candidate:
    build = verdict.build
    wanted = wanted_companions(question.request)
    if not wanted:
        python = question.python(build)
        assert python is not None  # noqa: S101 - `runs` has seen to it
        return Candidate(verdict, python, ())
    found = companions_of(build, wanted, question.matrix, question.wheels)
    # First the Pythons that all of them have; then the build's own, without those that lack it.
    common = tuple(p for p in build.pythons if all(p in pythons for _, pythons in found))
    python = question.python(build, common) or question.python(build)
    assert python is not None  # noqa: S101 - `runs` has seen to it
    companions = tuple(companion for companion, pythons in found if python in pythons)
    return Candidate(verdict, python, companions)


def _named_exactly(question: Question) -> bool:
    """Whether the user named a build, so that an unsure one may be taken, with a warning."""
    request = question.request
    exact = question.wish.exact and not wished_by_file(request)
    return exact or wants_cuda(question) or request.wheelhouse is not None


def _with_companions(group: Sequence[Candidate], question: Question) -> Sequence[Candidate]:
    """The candidates with the most of the wanted companions; torchvision counts before torchaudio.

    So asking for a companion gives the newest torch that has it, and where none has it, the
    newest without.
    """
    if not wanted_companions(question.request):
        return group
    return _most(group, lambda each: (len(each.companions), _names(each)))


def _names(candidate: Candidate) -> tuple[str, ...]:
    return tuple(each.name for each in candidate.companions)


def _most(
    group: Sequence[Candidate], key: Callable[[Candidate], tuple[int, tuple[str, ...]]]
) -> list[Candidate]:
    most = max(key(each) for each in group)
    return [each for each in group if key(each) == most]


def _closest(
    group: Sequence[Candidate], near: frozenset[Version], question: Question
) -> list[Candidate]:
    releases = sorted({build.torch for build in question.builds})
    places = [releases.index(each) for each in near if each in releases]

    def distance(candidate: Candidate) -> int:
        place = releases.index(candidate.build.torch)
        return min((abs(place - each) for each in places), default=0)

    smallest = min(map(distance, group), default=0)
    return [each for each in group if distance(each) == smallest]
