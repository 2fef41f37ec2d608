"""Looking at this machine for the doctor: probe, examine, let torch run in a child process."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Mapping

from gpusetup.choosing.sources import Sources
from gpusetup.doctor.check import Case
from gpusetup.doctor.symptoms import Symptom, find_symptoms
from gpusetup.environments.facts import Environment, TorchFacts
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Matrix
from gpusetup.messages import listed, say
from gpusetup.verdict import Verdict


def look(python: str | None, matrix: Matrix, symptoms: tuple[Symptom, ...]) -> Case:
    """Everything that checks may read of this machine and, if there is one, of an environment.

    Args:
        python: the interpreter of the environment; None: none is looked at.
    """
    from gpusetup.probe import probe
    from gpusetup.probe.examine import examine
    from gpusetup.probe.world import World
    from gpusetup.terminal import show

    with show.awaiting(say("doctor.looking")) as waiting:
        machine = probe(awaiting=lambda names: waiting.update(f"{say('doctor.looking')} ({names})"))
        machine = with_known_nodes(machine)
        examined = examine(machine, python, World(os.environ, _root(os.environ)), _folder())
    case = Case(machine, matrix, examined.environment, examined.surroundings)
    if python is None or not _has_torch(examined.environment):
        return case
    return _proven(case, python, symptoms)


def with_known_nodes(machine: Machine) -> Machine:
    """On a login node, what the last survey found: the environment has to run there."""
    if machine.scheduler != "slurm" or machine.node_role == "compute":
        return machine
    from gpusetup.road.survey_memory import remembered
    from gpusetup.terminal import show

    last = remembered(os.environ)
    if last is None or not last.machine.compute_nodes:
        return machine
    nodes = last.machine.compute_nodes
    kinds = listed(node.name or "?" for node in nodes)
    show.note(say("doctor.surveyed", age=show.duration(last.age_s), kinds=kinds))
    return replace(machine, node_role="login", compute_nodes=nodes)


def _folder() -> Path | None:
    """Where the user stands; None: that folder was deleted meanwhile."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _root(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("GPUSETUP_ROOT") or "/")


def target(env: str | None, python: str | None) -> str | None:
    """The interpreter that is meant: the one named, else the active one, else `init`'s only one.

    conda's `base` is active in every terminal of its users, and seldom the one that is meant.

    Raises:
        UsageError: what was named is not there.
    """
    from gpusetup.basics.errors import UsageError
    from gpusetup.effects.targets import resolve_python

    if env or python:
        return resolve_python(env, python, may_be_gone=True)
    own = os.environ.get("VIRTUAL_ENV")
    if own is None and os.environ.get("CONDA_DEFAULT_ENV") in (None, "base"):
        return _made_by_init()
    try:
        return resolve_python(None, None, may_be_gone=True)
    except UsageError:  # active, and gone
        return None


def _made_by_init() -> str | None:
    """The environment of somebody who opened a new terminal and has activated nothing yet."""
    from gpusetup.effects.targets import made_by_us

    made = made_by_us(os.environ)
    return str(made[0]) if len(made) == 1 else None


def scope(interpreter: str | None, *, is_named: bool) -> str | None:
    """What of this machine the diagnosis is about, where nobody has said it: part of the answer."""
    from gpusetup.terminal import show

    if interpreter is None:
        return say("doctor.looks-into-none")
    is_active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if is_named or (is_active and interpreter.startswith(os.path.abspath(is_active))):  # noqa: PTH100
        return None
    return say("doctor.looks-into", python=show.path(interpreter))


def sources(case: Case) -> Sources:
    """Which origins answer: asked before something is installed, not for a diagnosis alone."""
    from gpusetup.probe.reach import probe_sources
    from gpusetup.request import Request
    from gpusetup.road.placing import wheel_index
    from gpusetup.terminal import show

    with show.awaiting(say("run.reaching")):
        return probe_sources(case.machine, Request(), wheel_index(os.environ))


def _has_torch(environment: Environment | None) -> bool:
    return environment is not None and isinstance(environment.torch, TorchFacts)


def _proven(case: Case, python: str, symptoms: tuple[Symptom, ...]) -> Case:
    """With what happens when torch computes there; its words are read as a pasted text is."""
    from gpusetup.cli.prove import prove_with_progress
    from gpusetup.probe.examine import run_of

    expected = _expected(case.machine)
    verdict = prove_with_progress(python, expected, case.machine)
    environment = case.environment
    assert environment is not None  # noqa: S101 - torch is in it
    return replace(
        case,
        environment=replace(environment, run=run_of(verdict)),
        sightings=find_symptoms(_words(verdict), symptoms),
    )


def _expected(machine: Machine) -> str:
    from gpusetup.verdict import expected_device

    return expected_device(machine)


def _words(verdict: Verdict) -> str:
    """What torch said while it failed, with the line above it in Python's own report."""
    failures = [check for _device, check in verdict.failures if check.detail]
    return "\n".join(f"{_WHERE.get(each.id, '')}{each.detail}" for each in failures)


_WHERE = {"import": 'File "torch/__init__.py", in <module>\n'}
