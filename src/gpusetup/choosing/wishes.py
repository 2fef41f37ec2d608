"""The wishes as tests on builds, and the wishes that contradict each other."""

from __future__ import annotations

from typing import Callable, Iterable

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Reason
from gpusetup.matrix.rows import Build
from gpusetup.request import Engine, Origin, Request

_LOCAL = pattern(r"^\s*(?:==)?\s*(\d+(?:\.\d+)*)\+([a-z]+\d*)\s*$")
_BARE = pattern(r"^\s*\d+(?:\.\d+)*\s*$")


@dataclass(frozen=True)
class TorchWish:
    """What `--torch` asks for. `build` comes from a local version: 2.7.1+cu128."""

    accepts: Callable[[Version], bool]
    exact: bool
    build: str | None = None


def read_torch_wish(text: str | None, releases: Iterable[Version]) -> TorchWish | None:
    """The wish as a test on release numbers; None where it cannot be read.

    "2.7.1" and "2.7.1+cu128" count as "==2.7.1"; "latest" as no wish. "==2.7" accepts 2.7.0
    alone, as everywhere in Python packaging.
    """
    if text is None or text.strip() in ("", "latest"):
        return TorchWish(lambda torch: True, exact=False)
    local = _LOCAL.match(text)
    if local:
        text, build = f"=={local[1]}", local[2]
    else:
        text, build = (f"=={text.strip()}" if _BARE.match(text) else text), None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wish = SpecifierSet(text)
    except InvalidSpecifier:
        return None
    accepted = frozenset(each for each in releases if wish.contains(str(each), prereleases=True))
    exact = len(accepted) == 1 or any(part.operator in ("==", "===") for part in wish)
    return TorchWish(accepted.__contains__, exact, build)


def accepts_build(request: Request, build: Build) -> bool:
    """Whether a build is the CUDA, the build and the origin that was asked for."""
    if request.engine is Engine.UV and build.origin.is_conda:
        return False  # uv reads no channels
    return accepts_cuda(request, build) and accepts_origin(request, build)


def accepts_cuda(request: Request, build: Build) -> bool:
    if request.build is not None and build.build != request.build:
        return False
    if request.cuda is None:
        return True
    return build.cuda_runtime is not None and build.cuda_runtime.starts_with(request.cuda)


def accepts_origin(request: Request, build: Build) -> bool:
    if request.wheelhouse is not None or request.origin is Origin.WHEELHOUSE:
        return build.origin is Origin.WHEELHOUSE
    return request.origin in (None, build.origin)


def asks_for_cuda(request: Request) -> bool:
    return request.cuda is not None or (request.build is not None and not request.wants_cpu)


def contradiction(request: Request, wish: TorchWish) -> Reason | None:
    """Two wishes that no build can meet together."""
    pairs = (
        _cpu_and_cuda(request),
        _build_and_cuda(request),
        _local_and_build(request, wish),
        _wheelhouse_and_origin(request),
        _uv_and_channel(request),
        _uv_and_environment(request),
    )
    return next((pair for pair in pairs if pair), None)


def _clash(first: str, second: str) -> Reason:
    return Reason("choose.wishes-contradict", {"first": first, "second": second})


def _cpu_and_cuda(request: Request) -> Reason | None:
    if request.wants_cpu and request.cuda is not None:
        return _clash("--cpu", f"--cuda {request.cuda}")
    return None


def _build_and_cuda(request: Request) -> Reason | None:
    if request.build is None or request.wants_cpu or request.cuda is None:
        return None
    digits = "".join(map(str, request.cuda.numbers[:2]))
    if request.build.startswith(f"cu{digits}"):
        return None
    return _clash(f"--cuda {request.build}", f"--cuda {request.cuda}")


def _local_and_build(request: Request, wish: TorchWish) -> Reason | None:
    if wish.build is None:
        return None
    if request.build is not None and request.build != wish.build:
        return _clash(f"--torch {request.torch}", f"--cuda {request.build}")
    if wish.build == "cpu" and request.cuda is not None:
        return _clash(f"--torch {request.torch}", f"--cuda {request.cuda}")
    return None


def _wheelhouse_and_origin(request: Request) -> Reason | None:
    if request.wheelhouse is None or request.origin in (None, Origin.WHEELHOUSE):
        return None
    return _clash("--wheelhouse", f"--origin {request.origin.value}")


def _uv_and_environment(request: Request) -> Reason | None:
    file = request.requirements
    if request.engine is Engine.UV and file is not None and file.needs_conda:
        return _clash("--engine uv", f"--requirements {file.path}")
    return None


def _uv_and_channel(request: Request) -> Reason | None:
    if request.engine is Engine.UV and request.origin is not None and request.origin.is_conda:
        return _clash("--engine uv", f"--origin {request.origin.value}")
    return None
