"""What comes nearest to wishes that cannot be met."""

from __future__ import annotations

from itertools import combinations
from typing import Callable, Iterable, Iterator

from gpusetup.basics.values import replace
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Nearest
from gpusetup.choosing.ranking import Candidate
from gpusetup.choosing.selection import Question, select, wants_cpu, wants_cuda
from gpusetup.choosing.targets import find_targets, without_cards, without_driver
from gpusetup.request import GpuPolicy, Origin, Request

MOST = 5


def nearest(question: Question) -> tuple[Nearest, ...]:
    """Alternatives, best first: one wish changed before two, the build before the torch.

    After the wishes come the machine's own changes: serve only the newest GPU, another driver;
    and at last the CPU.
    """
    found: dict[tuple[object, ...], Nearest] = {}
    for changed, candidate in _alternatives(question):
        each = _nearest(candidate, changed)
        found.setdefault((each.torch, each.build, each.origin, each.python), each)
        if len(found) == MOST:
            break
    return tuple(found.values())


def _alternatives(question: Question) -> Iterator[tuple[tuple[str, ...], Candidate]]:
    for changed, request in _fewer_wishes(question):
        near = _releases_asked(question) if "torch" in changed else None
        yield from _named(changed, select(question.other(request), near))
    yield from _on_another_machine(question)
    yield from _on_the_cpu(question)


def _named(
    changed: tuple[str, ...], candidate: Candidate | None
) -> Iterator[tuple[tuple[str, ...], Candidate]]:
    if candidate:
        yield changed, candidate


def _fewer_wishes(question: Question) -> Iterator[tuple[tuple[str, ...], Request]]:
    """The request without one of its wishes, then without two, and so on."""
    ways = _ways(question)
    for count in range(1, len(ways) + 1):
        for names in combinations(ways, count):
            for request in _without(question.request, [ways[name] for name in names]):
                yield names, request


Change = Callable[[Request], Iterable[Request]]


def _without(request: Request, changes: Iterable[Change]) -> list[Request]:
    requests = [request]
    for change in changes:
        requests = [changed for each in requests for changed in change(each)]
    return requests


def _ways(question: Question) -> dict[str, Change]:
    """The wishes that can be given up, by what is changed, the lightest first."""
    request = question.request
    ways: dict[str, Change] = {}
    if wants_cuda(question) or wants_cpu(question):
        ways["cuda"] = _other_cuda
    if request.origin is not None or request.wheelhouse is not None:
        ways["origin"] = _other_origin
    if request.python is not None:
        ways["python"] = _any_python
    if request.torch is not None:
        ways["torch"] = _any_torch
    return ways


def _other_cuda(request: Request) -> list[Request]:
    torch = request.torch
    if torch and "+" in torch:
        torch = torch.partition("+")[0]
    return [replace(request, cuda=None, build=None, torch=torch)]


def _other_origin(request: Request) -> list[Request]:
    """A channel is first replaced by the other channel."""
    free = replace(request, origin=None, wheelhouse=None)
    if request.origin is Origin.PYTORCH:
        return [replace(free, origin=Origin.CONDA_FORGE), free]
    return [free]


def _any_python(request: Request) -> list[Request]:
    return [replace(request, python=None)]


def _any_torch(request: Request) -> list[Request]:
    build = request.build
    if request.torch and "+" in request.torch and build is None:
        build = request.torch.partition("+")[2].strip()
    return [replace(request, torch=None, build=build)]


def _releases_asked(question: Question) -> frozenset[Version]:
    return frozenset(b.torch for b in question.builds if question.wish.accepts(b.torch))


def _on_another_machine(question: Question) -> Iterator[tuple[tuple[str, ...], Candidate]]:
    if not question.for_gpus:
        return
    if question.request.gpu_policy is GpuPolicy.ALL and len(question.targets.cards) > 1:
        targets = find_targets(question.machine, question.matrix, GpuPolicy.NEWEST)
        yield from _named(("gpu-policy",), select(question.elsewhere(targets=targets)))
    if any(host.driver_known for host in question.targets.hosts):
        free = without_driver(question.targets)
        yield from _named(("driver",), select(question.elsewhere(targets=free)))


def _on_the_cpu(question: Question) -> Iterator[tuple[tuple[str, ...], Candidate]]:
    """The wished torch on the CPU; where it does not exist so, any."""
    if not question.for_gpus:
        return
    idle = question.elsewhere(targets=without_cards(question.targets))
    request = _other_cuda(question.request)[0]
    same = select(idle.other(request))
    if same:
        yield ("cuda",), same
        return
    plain = replace(request, torch=None, python=None, origin=None, wheelhouse=None)
    given_up = tuple(name for name in _ways(question) if name != "cuda")
    yield from _named(("cuda", *given_up), select(idle.other(plain)))


def _nearest(candidate: Candidate, changed: tuple[str, ...]) -> Nearest:
    build = candidate.build
    return Nearest(
        torch=build.torch,
        build=build.build,
        cuda_runtime=build.cuda_runtime,
        origin=build.origin,
        python=candidate.python,
        changed=changed,
    )
