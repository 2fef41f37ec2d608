"""What can be wished for in the wizard: the choices of each question, and what they change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Callable, Iterable, Iterator

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Decision
from gpusetup.machine import Conda, Gpu, Machine
from gpusetup.matrix.rows import Matrix
from gpusetup.request import Engine, GpuPolicy, Origin, Request

Judge = Callable[[Request], Decision]

BEST = ""
_TRIED_VERSIONS = 12
_OLDEST_PYTHON = Version.parse("3.9")


class Subject(str, Enum):
    """One question behind "something else", in the order of the page."""

    TORCH = "torch"
    PYTHON = "python"
    GPUS = "gpus"
    PACKAGES = "packages"
    NAME = "name"
    WHERE = "where"
    ENGINE = "engine"
    ORIGIN = "origin"
    MIRROR = "mirror"


@dataclass(frozen=True)
class Offer:
    """One answer: the value that the request gets, and what would be chosen then."""

    value: str
    outcome: Choice | None = None


@dataclass(frozen=True)
class Around:
    """What the questions need to know beside the machine: found by whoever asks."""

    folder: str = ""  # where environments go
    name: str = "torch"  # the one that counts where none is wished
    engines: tuple[Engine, ...] = (Engine.UV,)  # those that can work here
    mirrors: tuple[str, ...] = ()
    downloads_python: bool = False


def subjects_for(machine: Machine, request: Request, around: Around) -> tuple[Subject, ...]:
    """The questions that have more than one answer here."""
    left_out = set()
    if not _gpus(machine):
        left_out.add(Subject.GPUS)
    if len(around.engines) < 2:
        left_out.add(Subject.ENGINE)
    if not around.mirrors:
        left_out.add(Subject.MIRROR)
    if request.into:
        left_out |= {Subject.NAME, Subject.WHERE, Subject.PYTHON, Subject.ENGINE}
    return tuple(each for each in Subject if each not in left_out)


def offers(
    subject: Subject, request: Request, machine: Machine, matrix: Matrix, around: Around,
    judge: Judge,
) -> tuple[Offer, ...]:  # fmt: skip
    """The answers that lead to something that runs here; the first one is "choose for me"."""
    values = _values(subject, request, machine, matrix, around)
    if subject is Subject.MIRROR:
        return tuple(map(Offer, values))
    judged = (Offer(each, _choice(judge(with_value(request, subject, each)))) for each in values)
    return tuple(each for each in judged if each.outcome is not None)


def _choice(decision: Decision) -> Choice | None:
    return decision if isinstance(decision, Choice) else None


def _values(
    subject: Subject, request: Request, machine: Machine, matrix: Matrix, around: Around
) -> Iterable[str]:
    if subject is Subject.TORCH:
        return BEST, *_versions(matrix, machine)
    if subject is Subject.PYTHON:
        return BEST, *_pythons(matrix, machine, around)
    if subject is Subject.GPUS:
        kinds = {gpu.compute_capability for gpu in _gpus(machine)}
        return ("all", "newest", "cpu") if len(kinds) > 1 else ("all", "cpu")
    if subject is Subject.ENGINE:
        return Engine.AUTO.value, *(each.value for each in around.engines)
    if subject is Subject.ORIGIN:
        has_folder = request.wheelhouse or machine.installers.find_links
        return BEST, *(each.value for each in Origin
                       if each is not Origin.WHEELHOUSE or has_folder)  # fmt: skip
    return "auto", "none", *around.mirrors


def _versions(matrix: Matrix, machine: Machine) -> list[str]:
    builds = matrix.builds_for(machine.platform)
    return list(dict.fromkeys(str(build.torch) for build in builds))[:_TRIED_VERSIONS]


def _pythons(matrix: Matrix, machine: Machine, around: Around) -> list[str]:
    """The minors that are here, and where one can be downloaded those that some torch takes."""
    found = [*([machine.python] if machine.python else []), *machine.other_pythons]
    minors = {each.version.minor() for each in found}
    if around.downloads_python or isinstance(machine.conda, Conda):
        newest = matrix.builds_for(machine.platform)[:200]
        minors |= {python for build in newest for python in build.pythons}
    return [str(each) for each in sorted(minors, reverse=True) if each >= _OLDEST_PYTHON]


def _gpus(machine: Machine) -> tuple[Gpu, ...]:
    nodes = [gpu for node in machine.compute_nodes for gpu in node.gpus or ()]
    return (*(machine.gpus or ()), *nodes)


def value_of(request: Request, subject: Subject, around: Around) -> str:
    """What is wished now, as an offer's value or as the text that stands in the field."""
    if subject is Subject.TORCH:
        return _bare(request.torch)
    if subject is Subject.GPUS:
        return "cpu" if request.wants_cpu else request.gpu_policy.value
    if subject is Subject.NAME:
        return request.into or request.name or around.name
    if subject is Subject.WHERE:
        return folder_of(request, around)
    if subject is Subject.PACKAGES:
        return ", ".join(request.packages)
    values = {
        Subject.PYTHON: str(request.python or BEST),
        Subject.ENGINE: request.engine.value,
        Subject.ORIGIN: request.origin.value if request.origin else BEST,
        Subject.MIRROR: request.mirror,
    }
    return values[subject]


def _bare(torch: str | None) -> str:
    """ "==2.7.1" is the version 2.7.1; a range stays a range."""
    return (torch or BEST).removeprefix("==")


def folder_of(request: Request, around: Around) -> str:
    """The folder that the environment's own folder lies in."""
    return _split(request.prefix)[0] if request.prefix else around.folder


def _split(path: str) -> tuple[str, str, str]:
    """Folder, separator, name: a path of Windows has another separator."""
    separator = "\\" if "\\" in path and "/" not in path else "/"
    folder, _, name = path.rstrip(separator).rpartition(separator)
    return folder or separator, separator, name


def with_value(request: Request, subject: Subject, value: str) -> Request:
    """The request with one answer. `value` has been checked where it was typed."""
    return _CHANGES[subject](request, value)


def _with_torch(request: Request, value: str) -> Request:
    specifier = value if not value or value[0] in "<>=!~" else f"=={value}"
    return replace(request, torch=specifier or None)


def _with_python(request: Request, value: str) -> Request:
    return replace(request, python=Version.parse(value) if value else None)


def _with_gpus(request: Request, value: str) -> Request:
    if value == "cpu":
        return replace(request, build="cpu", cuda=None)
    build = None if request.wants_cpu else request.build
    return replace(request, build=build, gpu_policy=GpuPolicy(value))


def _with_name(request: Request, value: str) -> Request:
    if not request.prefix:
        return replace(request, name=value)
    folder, separator, _ = _split(request.prefix)
    return replace(request, name=value, prefix=_joined(folder, separator, value))


def _with_packages(request: Request, value: str) -> Request:
    return replace(request, packages=tuple(filter(None, value.replace(",", " ").split())))


def _with_origin(request: Request, value: str) -> Request:
    return replace(request, origin=Origin(value) if value else None)


_CHANGES: dict[Subject, Callable[[Request, str], Request]] = {
    Subject.TORCH: _with_torch,
    Subject.PYTHON: _with_python,
    Subject.GPUS: _with_gpus,
    Subject.NAME: _with_name,
    Subject.WHERE: lambda request, value: replace(request, prefix=value or None),
    Subject.PACKAGES: _with_packages,
    Subject.ENGINE: lambda request, value: replace(request, engine=Engine(value)),
    Subject.ORIGIN: _with_origin,
    Subject.MIRROR: lambda request, value: replace(request, mirror=value),
}


def prefix_in(folder: str, request: Request, around: Around) -> str:
    """The environment's folder in another folder; empty where it is the usual one."""
    if not folder or folder == around.folder:
        return ""
    separator = "\\" if "\\" in folder and "/" not in folder else "/"
    return _joined(folder, separator, request.name or around.name)


def _joined(folder: str, separator: str, name: str) -> str:
    return folder.rstrip(separator) + separator + name


def differences(before: Request, after: Request, around: Around) -> Iterator[Subject]:
    """What was answered differently."""
    for each in Subject:
        if value_of(before, each, around) != value_of(after, each, around):
            yield each
