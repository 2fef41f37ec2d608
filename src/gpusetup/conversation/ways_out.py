"""The ways out of a refusal: wishes that can be met, the nearest first, the processor last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Iterator

from gpusetup.choosing.choice import Choice, Nearest, Refusal
from gpusetup.conversation.subjects import Judge
from gpusetup.request import Engine, GpuPolicy, Request

MOST = 3


class Means(str, Enum):
    """How a way out changes the wishes."""

    NEAREST = "nearest"  # what comes closest to them
    DROP = "drop"  # one of them is left out
    NEWEST_GPU = "newest-gpu"  # older GPUs are not served
    CPU = "cpu"  # no GPU is used


@dataclass(frozen=True)
class Way:
    """One way out, and what would be installed. `wish`: the one that is left out."""

    means: Means
    request: Request
    outcome: Choice
    wish: str | None = None


def ways_out(refusal: Refusal, request: Request, judge: Judge) -> tuple[Way, ...]:
    """At most three, all of which can be gone; each leads to something else."""
    found: dict[object, Way] = {}
    for way in _judged(refusal, request, judge):
        outcome = way.outcome
        key = outcome.build, outcome.python, outcome.engine
        found.setdefault(key, way)
    ways = tuple(found.values())
    last = [each for each in ways if each.means is Means.CPU][:1]
    others = [each for each in ways if each.means is not Means.CPU]
    return (*others[: MOST - len(last)], *last)


def _judged(refusal: Refusal, request: Request, judge: Judge) -> Iterator[Way]:
    for means, wish, changed in _candidates(refusal, request):
        decision = judge(changed)
        if isinstance(decision, Choice):
            yield Way(means, changed, decision, wish)


def _candidates(refusal: Refusal, request: Request) -> Iterator[tuple[Means, str | None, Request]]:
    for wish, without in _without_one(request):
        yield Means.DROP, wish, without
    for each in refusal.nearest:
        if "driver" not in each.changed:
            gives_up_gpu = each.build == "cpu" and not request.wants_cpu
            means = Means.CPU if gives_up_gpu else Means.NEAREST
            yield means, None, _with_nearest(request, each)
    if request.gpu_policy is not GpuPolicy.NEWEST:
        yield Means.NEWEST_GPU, None, replace(request, gpu_policy=GpuPolicy.NEWEST)
    if not request.wants_cpu:
        yield Means.CPU, None, replace(request, build="cpu", cuda=None)


def _without_one(request: Request) -> Iterator[tuple[str, Request]]:
    """The request without each of its wishes, as the user writes them."""
    if request.build is not None or request.cuda is not None:
        wish = "--cpu" if request.wants_cpu else f"--cuda {request.build or request.cuda}"
        yield wish, replace(request, build=None, cuda=None)
    if request.python is not None and not request.into:
        yield f"--python {request.python}", replace(request, python=None)
    if request.torch is not None:
        yield f"--torch {request.torch.removeprefix('==')}", replace(request, torch=None)
    if request.origin is not None:
        yield f"--origin {request.origin.value}", replace(request, origin=None)
    if request.engine is not Engine.AUTO:
        yield f"--engine {request.engine.value}", replace(request, engine=Engine.AUTO)
    for name in request.packages:
        rest = tuple(each for each in request.packages if each != name)
        yield f"--with {name}", replace(request, packages=rest)


def _with_nearest(request: Request, nearest: Nearest) -> Request:
    """Exactly that alternative; what it does not name stays as it was wished."""
    return replace(
        request, torch=f"=={nearest.torch}", build=nearest.build, cuda=None,
        python=nearest.python, origin=nearest.origin,
    )  # fmt: skip
