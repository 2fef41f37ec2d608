"""Questions to the matrix: which releases there are, and which torch runs on which GPU and driver.

What runs is always asked of the chooser, on machines made up for the question; nothing is judged
here a second time. Pure.
"""

from __future__ import annotations

from itertools import groupby
from typing import Callable, Sequence

from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Capability, Version, show_architecture, show_capability
from gpusetup.choosing.choice import Choice, Decision, Reason, Rejected, WouldChange
from gpusetup.choosing.choose import best_build, choose, objections
from gpusetup.choosing.judge import survey
from gpusetup.choosing.sources import Sources
from gpusetup.choosing.targets import find_targets
from gpusetup.choosing.wishes import read_torch_wish
from gpusetup.machine import Absence, Arch, Driver, Gpu, Libc, Machine, Os
from gpusetup.matrix.rows import Build, Generation, GpuModel, Matrix, Trap
from gpusetup.request import GpuPolicy, Origin, Request

PLATFORMS = ("linux-x86_64", "linux-aarch64", "windows-x86_64", "macos-arm64", "macos-x86_64")
CUDA_PLATFORMS = PLATFORMS[:3]
PICTURE_BRANCHES = (418, 450, 470, 525, 535, 550, 570, 580, 595, 615)
_NEWEST_OF_BRANCH = 9999  # "driver 535" means the newest of its branch
_USUAL_GLIBC = Libc("glibc", Version.parse("2.39"))  # Ubuntu 24.04


@dataclass(frozen=True)
class Filters:
    """What `matrix list` is narrowed to. None: everything."""

    torch: str | None = None
    origin: Origin | None = None
    capabilities: tuple[Capability, ...] = ()
    driver: Version | None = None


@dataclass(frozen=True)
class Release:
    """One release of torch on one platform, with its builds by origin."""

    torch: Version
    released: str
    builds: tuple[Build, ...]

    @property
    def pythons(self) -> tuple[Version, ...]:
        return tuple(sorted({python for build in self.builds for python in build.pythons}))

    def of(self, origin: Origin) -> tuple[Build, ...]:
        return tuple(build for build in self.builds if build.origin is origin)


@dataclass(frozen=True)
class Cell:
    """The newest torch for one kind of GPU with one driver branch.

    `build` None: `driven` False says that the branch does not drive the GPU, else nothing fits.
    """

    branch: int
    driven: bool
    build: Build | None


@dataclass(frozen=True)
class Span:
    """Neighbouring driver branches with the same answer, oldest first. `minimum`: its driver."""

    first: int
    last: int
    build: Build
    minimum: Version | None


@dataclass(frozen=True)
class Row:
    """One line of the picture: a generation, or the part of one that is served alike."""

    generation: str
    capabilities: tuple[Capability, ...]
    examples: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Judged:
    """One build and all that stands against it on a machine, the first rule first.

    `reasons` is empty for the build that would be taken. `changes`: what would allow it.
    """

    build: Build
    reasons: tuple[Reason, ...]
    changes: tuple[WouldChange, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Why a torch can or cannot run: the decision, each build, and what is taken without a wish."""

    decision: Decision
    builds: tuple[Judged, ...]
    instead: Decision


def parse_platform(platform: str) -> tuple[Os, Arch]:
    """ "linux-x86_64" -> (Os.LINUX, Arch.X86_64)."""
    name, _, arch = platform.partition("-")
    return Os(name), Arch(arch)


def made_up_machine(
    platform: str, driver: Version | None = None, capability: Capability | None = None
) -> Machine:
    """A machine of today with one GPU, or with nothing but a driver."""
    system, arch = parse_platform(platform)
    gpus = None
    if capability is not None:
        gpus = (Gpu(0, show_architecture(capability), capability),)
    return Machine(
        os=system,
        arch=arch,
        libc=_USUAL_GLIBC if system is Os.LINUX else None,
        driver=Driver(driver) if driver else Absence.NOT_THERE,
        gpus=gpus,
    )


def newest_of_branch(version: Version) -> Version:
    """535 -> the newest driver of that branch; a whole version stays as it is."""
    if len(version.numbers) > 1:
        return version
    return Version((version.major, _NEWEST_OF_BRANCH), str(version))


def releases(matrix: Matrix, platform: str, filters: Filters) -> tuple[Release, ...] | None:
    """The releases with their builds, newest first. None: the torch wish cannot be read."""
    builds = matrix.builds_for(platform)
    wish = read_torch_wish(filters.torch, {build.torch for build in builds})
    if wish is None:
        return None
    found = [
        build
        for build in builds
        if wish.accepts(build.torch)
        and wish.build in (None, build.build)
        and filters.origin in (None, build.origin)
    ]
    for keep in _machine_tests(matrix, platform, filters):
        found = [build for build, kept in zip(found, keep(found)) if kept]
    found.sort(key=lambda build: build.torch, reverse=True)
    grouped = groupby(found, key=lambda build: build.torch)
    return tuple(_release(torch, tuple(rows)) for torch, rows in grouped)


def _release(torch: Version, builds: tuple[Build, ...]) -> Release:
    dates = [build.released for build in builds if build.released]
    return Release(torch, min(dates, default=""), builds)


def _machine_tests(
    matrix: Matrix, platform: str, filters: Filters
) -> list[Callable[[Sequence[Build]], list[bool]]]:
    """What a GPU and a driver say to builds, each GPU for itself."""
    if not filters.capabilities and filters.driver is None:
        return []
    driver = newest_of_branch(filters.driver) if filters.driver else None

    def on(capability: Capability | None) -> Callable[[Sequence[Build]], list[bool]]:
        machine = made_up_machine(platform, driver, capability)
        targets = find_targets(machine, matrix, GpuPolicy.ALL)

        def keep(builds: Sequence[Build]) -> list[bool]:
            verdicts = survey(machine, targets, builds, matrix)
            return [
                not (each.driver or each.architecture or each.build.is_cpu) for each in verdicts
            ]

        return keep

    return [on(each) for each in filters.capabilities or (None,)]


def cuda_platform(platform: str) -> str:
    """The platform itself; where there is no CUDA (macOS), the usual one."""
    return platform if platform in CUDA_PLATFORMS else CUDA_PLATFORMS[0]


def cell(
    matrix: Matrix,
    platform: str,
    capability: Capability,
    branch: int,
    version: Version | None = None,
) -> Cell:
    """The newest torch for a GPU with a driver: without `version` the newest of the branch."""
    if matrix.branch_drives(branch, capability) is False:
        return Cell(branch, False, None)
    driver = newest_of_branch(version or Version((branch,), str(branch)))
    machine = made_up_machine(platform, driver, capability)
    build = best_build(machine, Request(), matrix)
    return Cell(branch, True, build if build and not build.is_cpu else None)


def spans(matrix: Matrix, platform: str, capability: Capability) -> tuple[Span, ...]:
    """Which torch a GPU gets from which driver on: branches with the same answer together."""
    branches = sorted(row.branch for row in matrix.branches)
    cells = (cell(matrix, platform, capability, branch) for branch in branches)
    served = [(each.branch, each.build) for each in cells if each.build is not None]
    found = []
    for _key, group in groupby(served, key=lambda each: (each[1].torch, each[1].build)):
        rows = list(group)
        build = rows[0][1]
        found.append(Span(rows[0][0], rows[-1][0], build, minimum_driver(matrix, platform, build)))
    return tuple(found)


def minimum_driver(matrix: Matrix, platform: str, build: Build) -> Version | None:
    """The oldest driver that serves a build's CUDA."""
    family = matrix.cuda_family(build.cuda_runtime) if build.cuda_runtime else None
    if family is None:
        return None
    windows = parse_platform(platform)[0] is Os.WINDOWS
    return family.minimum_windows if windows else family.minimum_linux


def without_driver(matrix: Matrix, platform: str, capability: Capability) -> Build | None:
    """The newest torch for a GPU whose driver can be chosen freely (a Jetson: comes with it)."""
    build = best_build(made_up_machine(platform, None, capability), Request(), matrix)
    return build if build and not build.is_cpu else None


def picture(
    matrix: Matrix, platform: str, branches: Sequence[int] = PICTURE_BRANCHES
) -> tuple[Row, ...]:
    """Which torch runs on which generation with which driver branch, oldest generation first.

    Capabilities of one generation that are served alike share a row.
    """
    rows: list[Row] = []
    for generation, capability in _generations(matrix):
        cells = tuple(cell(matrix, platform, capability, branch) for branch in branches)
        if not any(each.build for each in cells):
            continue
        row = Row(generation.name, (capability,), examples(matrix, capability), cells)
        same = next((each for each in rows if _alike(each, row)), None)
        if same is None:
            rows.append(row)
        else:
            both = (*same.capabilities, capability)
            cards = (*same.examples, *row.examples)
            rows[rows.index(same)] = replace(same, capabilities=both, examples=cards)
    return tuple(rows)


def _generations(matrix: Matrix) -> list[tuple[Generation, Capability]]:
    """Each capability with its generation, oldest first; Jetsons bring their own driver."""
    pairs = [
        (row, each) for row in matrix.generations if not row.jetson for each in row.capabilities
    ]
    return sorted(pairs, key=lambda pair: pair[1])


def _alike(first: Row, second: Row) -> bool:
    def key(row: Row) -> list[tuple[object, ...]]:
        return [
            (each.driven, each.build and (each.build.torch, each.build.build, each.build.origin))
            for each in row.cells
        ]

    return first.generation == second.generation and key(first) == key(second)


_WELL_KNOWN = (
    "Tesla K40c", "Tesla K80", "GeForce GTX 750 Ti", "GeForce GTX 980", "Tesla P100-PCIE-16GB",
    "GeForce GTX 1080 Ti", "Tesla V100-SXM2-16GB", "Tesla T4", "NVIDIA GeForce RTX 2080 Ti",
    "NVIDIA A100-SXM4-40GB", "NVIDIA GeForce RTX 3060", "NVIDIA GeForce RTX 3090",
    "NVIDIA GeForce RTX 4060", "NVIDIA GeForce RTX 4090", "NVIDIA L4", "NVIDIA H100",
    "NVIDIA H200", "NVIDIA B200", "NVIDIA B300 SXM6 AC", "NVIDIA GeForce RTX 5090", "NVIDIA GB10",
)  # fmt: skip


def examples(matrix: Matrix, capability: Capability) -> tuple[str, ...]:
    """Two well-known cards of a capability, by the short names that people use."""
    models = {gpu.name: gpu for gpu in matrix.gpus if gpu.compute_capability == capability}
    known = [models[name] for name in _WELL_KNOWN if name in models] or list(models.values())
    return tuple(_spoken_name(gpu) for gpu in known[:2])


def _spoken_name(gpu: GpuModel) -> str:
    short = gpu.name.removeprefix("NVIDIA ").removeprefix("GeForce ").removeprefix("Tesla ")
    return short.partition("-")[0]


def judged(
    machine: Machine, request: Request, matrix: Matrix, sources: Sources | None = None
) -> Answer:
    """Why what is wished can or cannot run here: every build of it with the rule that decides."""
    decision = choose(machine, request, matrix, sources)
    against = {id(build): rules for build, rules in objections(machine, request, matrix, sources)}
    found = [Judged(decision.build, ())] if isinstance(decision, Choice) else []
    for each in decision.rejected:
        changes = _changes_for(each, machine, request, matrix, sources)
        found.append(Judged(each.build, against.get(id(each.build)) or (each.reason,), changes))
    found.sort(key=lambda each: each.build.torch, reverse=True)
    instead = choose(machine, replace(request, torch=None), matrix, sources)
    return Answer(decision, tuple(found), instead)


# A build that lost a fair comparison, or that is for the processor: no machine changes that.
_UNCHANGEABLE = frozenset(
    {"choose.not-preferred", "choose.wheels-first", "choose.cuda-not-needed"}
    | {"choose.cpu-build-only", "choose.other-platform", "choose.no-companions"}
)


def _changes_for(
    rejected: Rejected,
    machine: Machine,
    request: Request,
    matrix: Matrix,
    sources: Sources | None,
) -> tuple[WouldChange, ...]:
    """What would allow exactly this build."""
    if rejected.reason.code in _UNCHANGEABLE:
        return ()
    build = rejected.build
    torch = f"=={build.torch}"
    wish = replace(request, torch=torch, build=build.build, cuda=None, origin=build.origin)
    alone = choose(machine, wish, matrix, sources)
    changes = () if isinstance(alone, Choice) else alone.would_change
    return tuple(change for change in changes if change.then == build)


def generations_of_branch(matrix: Matrix, branch: int) -> tuple[Generation, ...]:
    """What a driver branch drives, oldest first."""
    rows = (row for row in matrix.generations if not row.jetson)
    driven = (row for row in rows if matrix.branch_drives(branch, row.capabilities[0]))
    return tuple(sorted(driven, key=lambda row: row.capabilities))


def branch_of(matrix: Matrix, version: Version) -> int | None:
    """The branch of a driver version: 535 for 535.183.01; the one below for 581 of Windows."""
    known = (row.branch for row in matrix.branches if row.branch <= version.major)
    return max(known, default=None)


def runtimes_served(matrix: Matrix, version: Version, windows: bool) -> tuple[Version, ...]:
    """The CUDA runtimes of torch builds that a driver serves, newest first."""
    driver = newest_of_branch(version)
    found = [
        row.cuda_runtime
        for row in matrix.cuda
        if driver >= (row.minimum_windows if windows else row.minimum_linux)
    ]
    return tuple(sorted(found, reverse=True))


def traps_of(matrix: Matrix, torch: Version, platform: str | None = None) -> tuple[Trap, ...]:
    """The known defects of a release, on one platform or on any."""
    from packaging.specifiers import SpecifierSet

    return tuple(
        row
        for row in matrix.traps
        if SpecifierSet(row.torch).contains(str(torch))
        and (platform is None or not row.platforms or platform in row.platforms)
    )


def capabilities_words(capabilities: Sequence[Capability]) -> str:
    """((6, 0), (6, 1)) -> "6.0, 6.1"."""
    return ", ".join(map(show_capability, capabilities))
