"""The environments of this machine with what our journals know of them."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Iterator, Mapping

from gpusetup.choosing.choice import Reason
from gpusetup.effects.home_folder import home_to_read
from gpusetup.effects.journal import Run, runs
from gpusetup.effects.places import state_folder
from gpusetup.effects.spelling import place_key
from gpusetup.environments.installed import Kind
from gpusetup.environments.inventory import Environment, Kept, State, What
from gpusetup.machine import Reading
from gpusetup.probe.environments import find_environments
from gpusetup.probe.installed import read_installed
from gpusetup.probe.sizes import measure
from gpusetup.probe.world import at_once
from gpusetup.road import keeping
from gpusetup.road.existing import read_record
from gpusetup.road.owning import entries_of, maker

_NOT_ITS_OWN = ("envs", "pkgs", keeping.FOLDER)  # a conda's base holds other environments
_CUT = ("open", "failed", "interrupted", "undoing")
_GPU_DEVICES = ("/dev/nvidiactl", "/dev/dxg")  # Linux; WSL


def take_stock(
    environ: Mapping[str, str],
) -> tuple[tuple[Environment, ...], tuple[Reading, ...]]:
    """All environments, ours first, without their sizes. Nothing in them is started."""
    last = _last_runs(environ)
    paths, readings = find_environments(environ, map(_prefix_of, last.values()))
    has_gpu = any(map(os.path.exists, _GPU_DEVICES))
    described = at_once([partial(_describe, path, environ, last, has_gpu) for path in paths])
    return tuple(sorted(described, key=lambda each: (not each.is_ours, each.path))), readings


def describe(path: Path, environ: Mapping[str, str]) -> Environment:
    """One environment."""
    return _describe(path, environ, _last_runs(environ), False)


def with_size(environment: Environment) -> Environment:
    """The same with its size, which takes a while: every file is looked at."""
    return replace(environment, size=measure(Path(environment.path), _NOT_ITS_OWN))


def kept_of(environments: tuple[Environment, ...], environ: Mapping[str, str]) -> tuple[Kept, ...]:
    """What earlier runs keep: environments as they were, and removed ones."""
    by_place = {
        str(begin.facts.get("keep")): run
        for run in runs(state_folder(environ, home_to_read))
        if (begin := run.begin()) is not None
    }
    found = []
    for each in environments:
        for place in keeping.places(Path(each.path)):
            run = by_place.get(str(place))
            found.append(Kept(What.BEFORE, str(place), each.path, run.id if run else None))
    return (*found, *_removed(environ))


def _removed(environ: Mapping[str, str]) -> Iterator[Kept]:
    for run in runs(state_folder(environ, home_to_read)):
        begin = run.begin()
        place = begin.facts.get("removed") if begin else None
        if begin and place and os.path.lexists(str(place)) and run.state() != "undone":
            yield Kept(What.REMOVED, str(place), str(begin.facts.get("prefix")), run.id)


def _last_runs(environ: Mapping[str, str]) -> dict[str, Run]:
    """The newest run of every place that our journals name, by the key of the place."""
    named: dict[str, Run] = {}
    for run in runs(state_folder(environ, home_to_read)):
        begin = run.begin()
        repaired = begin and begin.facts.get("command") == "doctor" and not begin.facts.get("keep")
        if begin and begin.facts.get("prefix") and not repaired:
            named.setdefault(str(begin.facts["prefix"]), run)
    found: dict[str, Run] = {}
    for prefix, run in named.items():
        found.setdefault(place_key(prefix), run)
    return found


def _prefix_of(run: Run) -> str:
    begin = run.begin()
    return str(begin.facts["prefix"]) if begin else ""


def _describe(
    path: Path, environ: Mapping[str, str], last: Mapping[str, Run], has_gpu: bool
) -> Environment:
    installed = read_installed(path)
    run = last.get(place_key(str(path)))
    is_base = installed.kind is Kind.CONDA and _holds_conda(path)
    if has_gpu and installed.torch and installed.torch.build == "cpu":
        installed = replace(installed, notes=(*installed.notes, Reason("envs.cpu-on-gpu", {})))
    record = read_record(str(path))
    return Environment(
        name=_name(path, is_base, record.name if record else None),
        installed=installed,
        state=_state(installed.problems, run),
        is_ours=maker(path) is not None,
        is_active=_is_active(path, environ),
        is_base=is_base,
        is_writable=os.access(path, os.W_OK),
        run=run.id if run else maker(path),
    )


def _state(problems: tuple[Reason, ...], run: Run | None) -> State:
    if run is not None and run.state() in _CUT:
        return State.UNFINISHED
    return State.BROKEN if problems else State.HEALTHY


def _holds_conda(path: Path) -> bool:
    """A base environment: it holds conda itself, or the folder of others."""
    names = entries_of(path)
    return "condabin" in names or ("envs" in names and "pkgs" in names)


def _name(path: Path, is_base: bool, own: str | None) -> str:
    if own and own == path.name:
        return own
    if is_base:
        return "base"
    if path.name in (".venv", "venv", "env"):
        return f"{path.parent.name}/{path.name}"
    return path.name


def _is_active(path: Path, environ: Mapping[str, str]) -> bool:
    active = [environ.get("VIRTUAL_ENV"), environ.get("CONDA_PREFIX")]
    return any(each and place_key(each) == place_key(str(path)) for each in active)
