"""Which of the builds that run is preferred."""

from __future__ import annotations

from typing import Callable, Iterable, Sequence

from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Companion
from gpusetup.choosing.judge import Verdict
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.request import Origin

_ORIGINS = (
    Origin.WHEELHOUSE,
    Origin.PYPI,
    Origin.WHEEL_INDEX,
    Origin.CONDA_FORGE,
    Origin.PYTORCH,
)


@dataclass(frozen=True)
class Candidate:
    """A build that runs, with the Python and the companions that it would come with."""

    verdict: Verdict
    python: Version
    companions: tuple[Companion, ...]

    @property
    def build(self) -> Build:
        return self.verdict.build


def cuda_groups(running: Sequence[Verdict], low_too: bool) -> list[list[Verdict]]:
    """For GPUs: wheels that surely run, then channels; unsure builds only on explicit wish."""
    gpu = [each for each in running if not each.build.is_cpu]
    groups = []
    for sure in (True, False) if low_too else (True,):
        alike = [each for each in gpu if each.sure is sure]
        groups.append([each for each in alike if not each.build.origin.is_conda])
        groups.append([each for each in alike if each.build.origin.is_conda])
    return groups


def cpu_groups(running: Sequence[Verdict]) -> list[list[Verdict]]:
    """Without GPUs: the PyTorch index's CPU wheel, a wheelhouse's, the package index's default.

    Last come channels, and builds for CUDA, which work on the CPU and are only large.
    """
    tests: tuple[Callable[[Build], bool], ...] = (
        lambda build: build.is_cpu and build.origin is Origin.WHEEL_INDEX,
        lambda build: build.is_cpu and build.origin is Origin.WHEELHOUSE,
        lambda build: build.origin is Origin.PYPI,
        lambda build: build.is_cpu,
        lambda build: True,
    )
    sure = [each for each in running if each.sure]
    chosen = [[each for each in sure if test(each.build)] for test in tests]
    return [*chosen, list(running)]


def best(candidates: Sequence[Candidate]) -> Candidate:
    """The newest torch, and of its builds the smallest download.

    Where a download is not known, the package index comes before the PyTorch index, then what is
    better known, then the newer CUDA.
    """
    newest = max(each.build.torch for each in candidates)
    builds = [each for each in candidates if each.build.torch == newest]
    sizes_known = all(each.build.download_mib is not None for each in builds)
    return min(builds, key=lambda each: _preference(each.build, sizes_known))


def order(builds: Iterable[Build]) -> list[Build]:
    """Newest torch first, then as preferred."""
    found = sorted(builds, key=lambda build: _preference(build, False))
    return sorted(found, key=lambda build: build.torch, reverse=True)


def _preference(build: Build, sizes_known: bool) -> tuple[object, ...]:
    download = build.download_mib if sizes_known and build.origin is not Origin.WHEELHOUSE else 0
    doubt = (build.confidence is not Confidence.HIGH, build.confidence is Confidence.LOW)
    cuda = build.cuda_runtime.numbers if build.cuda_runtime else ()
    # the rest only makes the order of rows irrelevant
    rest = (build.build, build.local or "", build.location or "", build.pythons)
    negative = tuple(-number for number in cuda)
    return (download or 0, _ORIGINS.index(build.origin), doubt, negative, build.architectures, rest)
