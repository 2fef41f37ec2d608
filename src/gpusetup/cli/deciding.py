"""From wishes to a decision: probe, ask the origins, choose. Shared by `init` and `plan`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from gpusetup.basics.errors import Refused, UsageError
from gpusetup.basics.values import dataclass, replace
from gpusetup.choosing.choice import Choice, Decision, Reason, Refusal
from gpusetup.choosing.engines import reads_patterns
from gpusetup.choosing.sources import Sources
from gpusetup.engines.compiler import compiler_warning
from gpusetup.engines.more import more_of, objection
from gpusetup.machine import Conda, Machine
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.messages import say
from gpusetup.packages import wants_compiler
from gpusetup.request import Engine, Origin, Request

if TYPE_CHECKING:
    from gpusetup.mirrors.through import Through

_LONGEST_PROFILE = 4 << 20  # bytes; a profile of a whole cluster has some thousands


@dataclass(frozen=True)
class Known:
    """What a decision rests on. `simulated`: the machine is a profile, nothing may be run."""

    machine: Machine
    sources: Sources
    matrix: Matrix
    simulated: bool = False
    through: Through | None = None  # mirrors, for this run

    @property
    def wheel_index(self) -> str:
        """The wheel index that counts here."""
        from gpusetup.road.placing import wheel_index

        default = wheel_index(os.environ)
        return self.through.wheel_index(default) if self.through else default

    @property
    def has_flat_wheels(self) -> bool:
        """Whether that index has folders of wheels and no pages for packages."""
        return self.through is not None and self.through.has_flat_wheels


def look(machine_file: Path | None, *, tells: bool = True) -> Machine:
    """This machine, or the one of a profile.

    Args:
        tells: say what is known of a cluster's nodes; False: the caller does, at its place.
    """
    if machine_file is not None:
        return read_machine(machine_file)
    from gpusetup.probe import probe
    from gpusetup.terminal import show

    with show.awaiting(say("run.looking")) as waiting:
        here = probe(awaiting=lambda names: waiting.update(f"{say('run.looking')} ({names})"))
    if here.scheduler != "slurm":
        return here
    from gpusetup.cli.clustered import tell_survey, with_survey

    here = with_survey(here)
    if tells:
        tell_survey(here)
    return here


def read_machine(path: Path) -> Machine:
    """A machine profile (JSON or YAML) from a file.

    Raises:
        UsageError: it cannot be read, with file and line.
    """
    from gpusetup.profiles.reading import machine_from_text

    try:
        with path.open("rb") as stream:
            content = stream.read(_LONGEST_PROFILE + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise UsageError(
            "plan.machine-unreadable", path=str(path), cause=error.strerror or str(error)
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError("plan.machine-no-text", path=str(path)) from error
    if len(content) > _LONGEST_PROFILE:
        raise UsageError("plan.machine-no-text", path=str(path))
    return machine_from_text(text, str(path))


def in_its_python(request: Request, machine: Machine) -> Request:
    """`--into`: the environment's own Python is the wish.

    Raises:
        Refused: there is no environment, or its Python does not start.
        UsageError: another Python was asked for.
    """
    from gpusetup.basics.versions import Version
    from gpusetup.effects.runner import run
    from gpusetup.road.placing import check_place, prefix_of, python_of

    if request.into is None:
        return request
    prefix = prefix_of(request, machine, os.environ)
    check_place(request, prefix)
    ask = "import platform; print(platform.python_version())"
    ended = run((python_of(str(prefix)), "-I", "-B", "-c", ask), timeout_s=30)
    try:
        version = Version.parse(ended.output.strip()).minor()
    except ValueError:
        raise Refused(
            "plan.into-unreadable", prefix=str(prefix), output=ended.last_lines(2)
        ) from None
    if request.python not in (None, version):
        raise UsageError("wish.contradiction", first=f"--python {request.python}", second="--into")
    return replace(request, python=version, packages=_with_companions(request, prefix))


def _with_companions(request: Request, prefix: Path) -> tuple[str, ...]:
    """The packages that were asked for, and those of torch's companions that are there.

    A torchvision that stays behind would not load with another torch.
    """
    from gpusetup.choosing.companions import wanted_companions
    from gpusetup.probe.installed import read_installed
    from gpusetup.requirement_files import COMPANIONS

    there = read_installed(prefix)
    asked = wanted_companions(request)
    found = [name for name in COMPANIONS if name not in asked and there.version_of(name)]
    return (*request.packages, *found)


def know(machine: Machine, request: Request, simulated: bool, *, asks: bool = False) -> Known:
    """Find mirrors, ask the origins (neither for a profile) and load the matrix.

    Raises:
        Refused: a mirror that was named does not serve.
    """
    from gpusetup.compat_files import packaged_or_configured, user_matrix_file

    matrix = packaged_or_configured(os.environ, user_matrix_file())
    if request.for_kind:
        from gpusetup.cli.clustered import only_kinds

        machine = only_kinds(machine, request.for_kind)
    if simulated:
        return Known(machine, Sources(), matrix, simulated=True)
    _check_wheelhouse(request)
    from gpusetup.cli.mirrored import find_mirrors

    through = find_mirrors(machine, request, asks)
    if through is not None:
        machine = replace(machine, installers=through.installers(machine.installers))
    return _with_sources(Known(machine, Sources(), matrix, through=through), request)


def _with_sources(known: Known, request: Request) -> Known:
    from gpusetup.probe.reach import probe_sources
    from gpusetup.terminal import show

    machine, flat = known.machine, known.has_flat_wheels
    with show.awaiting(say("run.reaching")):
        sources = probe_sources(
            machine, request, known.wheel_index, _deadline_s(machine), flat=flat
        )
    _check_cache(sources)
    machine = _by_wheelhouse_alone(machine, sources)
    if sources.system_certs:
        machine = replace(machine, installers=replace(machine.installers, system_certs=True))
    return replace(known, machine=machine, sources=sources)


def _deadline_s(machine: Machine) -> float:
    """uv writes hundreds of small files for its first answer: a slow cache is no slow network."""
    from gpusetup.choosing.slow_disks import is_slow
    from gpusetup.probe.reach import DEADLINE_S, SLOW_CACHE_DEADLINE_S

    kinds = [each.filesystem for each in machine.disks if each.purpose == "cache"]
    return SLOW_CACHE_DEADLINE_S if any(map(is_slow, kinds)) else DEADLINE_S


def _by_wheelhouse_alone(machine: Machine, sources: Sources) -> Machine:
    """Where no index answers, the folders that hold torch are asked for the rest too."""
    if not sources.wheels or any(each.reached is not False for each in sources.reaches):
        return machine
    folders = (*machine.installers.find_links, *(each.location for each in sources.wheels))
    alone = replace(machine.installers, no_index=True, find_links=tuple(dict.fromkeys(folders)))
    return replace(machine, installers=alone)


def _check_cache(sources: Sources) -> None:
    """Where uv cannot start, no origin can be reached: that is not the network's fault.

    Raises:
        Refused: uv's cache cannot be used.
    """
    from gpusetup.probe.reach import trouble_with_cache

    for each in sources.reaches:
        trouble = trouble_with_cache(each.detail)
        if trouble:
            raise trouble


def _check_wheelhouse(request: Request) -> None:
    """A folder that was named must be there; another one is never taken in its place.

    Raises:
        UsageError: it is not, or may not be read.
    """
    place = request.wheelhouse
    if place is None or "://" in place:
        return
    try:
        path = Path(place).expanduser()
        if not path.is_file():
            next(path.iterdir(), None)
    except (OSError, RuntimeError) as error:  # RuntimeError: a ~user that is not there
        cause = getattr(error, "strerror", None) or str(error)
        raise UsageError("wish.wheelhouse", path=place, cause=cause) from error


def decide(known: Known, request: Request) -> Decision:
    """The chooser's word on what is known, with the reason why an origin did not answer."""
    from gpusetup.choosing.choose import choose

    decision = choose(known.machine, request, known.matrix, known.sources)
    if not isinstance(decision, Choice):
        return decision
    stop = objection(decision, request, known.machine)
    if stop:
        return Refusal(stop.code, stop.facts, rejected=decision.rejected)
    more = (
        *_silent_origins(known, decision),
        *_about_compiler(known, request, decision),
        *_about_nodes(known, request),
    )
    mirrors = known.through.reasons(decision) if known.through else ()
    return replace(decision, why=(*decision.why, *mirrors), warnings=(*decision.warnings, *more))


def _about_nodes(known: Known, request: Request) -> tuple[Reason, ...]:
    """What a login node's plan must say of the nodes that will run it."""
    if known.simulated or not known.machine.compute_nodes:
        return ()
    from gpusetup.cli.clustered import about_nodes

    return about_nodes(known.machine, request)


def _about_compiler(known: Known, request: Request, choice: Choice) -> tuple[Reason, ...]:
    reason = compiler_warning(known.machine, choice.engine)
    return (reason,) if reason and wants_compiler(request.packages) else ()


def without(known: Known, build: Build) -> Known:
    """The same where an origin turned out not to have a build."""
    missing = known.sources.missing | {(build.origin, build.build, str(build.torch))}
    return replace(known, sources=replace(known.sources, missing=missing))


def facts_of(build: Build) -> dict[str, object]:
    """What a sentence about a build names."""
    return {"origin": build.origin.value, "torch": str(build.torch), "build": build.build}


def _silent_origins(known: Known, choice: Choice) -> Iterator[Reason]:
    """The origins whose silence cost a build, and why they are silent."""
    missed = {
        rejected.build.origin
        for rejected in choice.rejected
        if rejected.reason.code == "choose.origin-unreachable"
    }
    for reach in known.sources.reaches:
        if reach.origin in missed and reach.detail:
            facts = {"origin": reach.origin.value, "cause": reach.detail}
            yield Reason("plan.origin-silent", facts)


def check_runnable(choice: Choice, known: Known, request: Request) -> None:
    """Whether the programs that the plan needs are there.

    Raises:
        Refused: uv, rattler or the conda that was asked for is missing; or a build from a
            channel shall go into an environment that is not conda's.
    """
    from gpusetup.road.placing import conda_program, is_conda, prefix_of

    build = choice.build
    if known.simulated:
        return
    if build.origin.is_conda and request.into:
        prefix = str(prefix_of(request, known.machine, os.environ))
        if not is_conda(prefix):
            raise Refused("plan.into-conda", origin=build.origin.value, prefix=prefix)
    engine = choice.engine
    if engine is Engine.RATTLER:
        from gpusetup.cli.engine import check_installed

        check_installed()
    elif engine is not Engine.UV and conda_program(engine, known.machine) is None:
        raise Refused("plan.engine-missing", engine=engine.value)
    elif build.origin.is_conda:
        _check_patterns(engine, known.machine)
    by_uv = not build.origin.is_conda or more_of(choice, request, known.machine).has_file
    if by_uv and known.machine.installers.uv is None:
        raise Refused("plan.uv-missing")


def _check_patterns(engine: Engine, machine: Machine) -> None:
    """A mamba that finds no build by its name would say that there is none."""
    conda = machine.conda
    if not isinstance(conda, Conda) or conda.kind != engine.value or reads_patterns(conda):
        return
    raise Refused("plan.mamba-too-old", engine=engine.value, version=conda.version)


def default_index(known: Known) -> str | None:
    """The wheel index as the package index, where the package index cannot be reached.

    It carries torch's own requirements too.
    """
    from gpusetup.basics.origins import wheel_index_folder

    if known.through is not None and known.through.has_flat_wheels:
        return None
    if known.sources.reached(Origin.PYPI) or not known.sources.reached(Origin.WHEEL_INDEX):
        return None
    return wheel_index_folder(known.wheel_index, "cpu")


def without_conda(choice: Choice, request: Request, refused: Refused) -> tuple[Choice, Reason]:
    """The same wheel in an environment by uv, where nobody asked for the conda that failed.

    Raises:
        Refused: the one given, where it is about something else.
    """
    asked = request.engine is not Engine.AUTO or choice.build.origin.is_conda
    if asked or choice.engine is Engine.UV or not refused.code.startswith("conda."):
        raise refused
    cause = say(refused.code, **refused.facts).splitlines()[0]
    facts = {"engine": choice.engine.value, "cause": cause}
    return replace(choice, engine=Engine.UV), Reason("plan.engine-fallback", facts)
