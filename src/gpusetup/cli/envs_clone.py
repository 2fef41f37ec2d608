"""`gpusetup envs clone`: the same environment again, at another place, without the network."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.basics.errors import Exit, Refused, StepFailed
from gpusetup.cli import envs_targets
from gpusetup.cli.envs_remove import agreed
from gpusetup.effects.copying import Tell
from gpusetup.effects.journal import Run, start_run
from gpusetup.effects.places import environments_folder, state_folder
from gpusetup.environments.inventory import Environment
from gpusetup.messages import listed, say
from gpusetup.road import cloning
from gpusetup.steps import Command, Plan, Undo, UndoKind
from gpusetup.terminal import show
from gpusetup.terminal.amounts import mib
from gpusetup.terminal.session import session


def clone(source: str, name: str | None, prefix: Path | None, yes: bool, dry_run: bool) -> int:
    """Show what is copied where, ask, and copy. Returns the exit code."""
    original = envs_targets.named(source, envs_targets.known_environments())
    target = _target(original, name, prefix)
    check_clonable(original, target)
    needed = _needed_mib(original, target)
    _present(original, target, needed)
    if dry_run:
        return _tell(original, target, None)
    if not yes:
        agreed(say("envs.clone.confirm"))
    run = _run(original, target)
    if not session().json:
        from gpusetup.cli.last_screen import show_activation

        show.line(show.Mark.OK, say("envs.clone.label"), say("envs.clone.done", path=str(target)))
        show_activation(str(target))
        show.hint(say("run.undo-hint"))
    return _tell(original, target, run)


def _target(original: Environment, name: str | None, prefix: Path | None) -> Path:
    """Beside other environments of ours, or beside the original where that is conda's place."""
    if prefix is not None:
        return Path(os.path.abspath(prefix.expanduser()))  # noqa: PTH100
    from gpusetup.cli.wish_values import check_name
    from gpusetup.probe.cloud import read_cloud
    from gpusetup.probe.world import World

    assert name is not None  # noqa: S101 - one of the two was asked for
    check_name(name)
    beside = Path(original.path).parent
    if beside.name == "envs" and os.access(beside, os.W_OK):
        return beside / name
    return environments_folder(os.environ, read_cloud(World(os.environ))[0]) / name


def check_clonable(original: Environment, target: Path) -> None:
    """Whether it can be copied there.

    Raises:
        Refused: something is there, it is inside the original, or the original does not work.
    """
    from gpusetup.road.linking import check_links
    from gpusetup.road.placing import check_writable

    if os.path.lexists(target):
        raise Refused("envs.clone.taken", path=str(target))
    if Path(original.path) in target.parents:
        raise Refused("envs.clone.inside", path=str(target), source=original.path)
    broken = [each for each in original.installed.problems if each.code == "envs.unreadable"]
    if broken:
        raise Refused(broken[0].code, **broken[0].facts)
    check_writable(target)
    check_links(target)


def _needed_mib(original: Environment, target: Path) -> int:
    """How much disk the copy takes. What is shared on this disk is shared again.

    Raises:
        Refused: there is less.
    """
    from gpusetup.probe.sizes import measure
    from gpusetup.road.room import Cost, check_room, free_mib

    with show.awaiting(say("envs.measuring", count=1)):
        size = measure(Path(original.path), cloning.left_behind(Path(original.path)))
    needed = size.total
    check_room(Cost(disk_mib=needed, free_mib=free_mib(str(target))), str(target))
    return needed


def _present(original: Environment, target: Path, needed: int) -> None:
    show.heading(say("envs.clone.title"))
    torch = original.installed.torch
    shown = say("envs.no-torch")
    if torch:
        shown = say("envs.clone.torch", torch=torch.version, build=torch.build)
    source = say("envs.about", path=show.path(original.path), text=shown)
    show.lines([
        show.Line(show.Mark.OK, say("envs.clone.from"), source),
        show.Line(show.Mark.OK, say("plan.where"), str(target)),
        show.Line(show.Mark.OK, say("plan.size"), say("envs.clone.size", size=mib(needed))),
    ])  # fmt: skip
    for reason in original.installed.problems:
        show.warning(say(reason.code, **reason.facts))
    left = cloning.left_behind(Path(original.path))
    if left:
        show.note(say("envs.clone.left", names=listed(left[:8])))


def _run(original: Environment, target: Path) -> Run:
    from gpusetup.effects.runlog import RunLog
    from gpusetup.effects.runner import ended_as_by_ctrl_c
    from gpusetup.road.execute import SILENT, execute
    from gpusetup.road.locking import locked
    from gpusetup.road.owning import entries_of

    state = state_folder(os.environ)
    plan = plan_of(original, target)
    with locked(state, str(target)), ended_as_by_ctrl_c():
        run = start_run(state, target.name, command="envs clone", prefix=str(target))
        log = RunLog(run.log, ["gpusetup", "envs", "clone", original.path])
        with show.awaiting(say("envs.clone.copying")) as waiting:
            inner = {"clone": lambda _step: _copy(original, target, run, waiting.update)}
            execute(plan, run, log, SILENT, inner)
        _register(target)
        run.record("finished", facts={"entries": list(entries_of(target))})
    return run


def plan_of(original: Environment, target: Path) -> Plan:
    """One step: the copy, which is removed to take it back."""
    words = ("gpusetup", "envs", "clone", "--yes", original.path, "--prefix", str(target))
    undo = Undo(UndoKind.REMOVE, path=str(target))
    step = Command("clone", words, "step.clone", undo=undo, creates=str(target))
    return Plan((step,), str(target), str(target / "bin" / "python"))


def _copy(original: Environment, target: Path, run: Run, tell: Tell) -> None:
    def told(folder: str) -> None:
        if show.moves():  # elsewhere every folder would be a line
            tell(f"{say('envs.clone.copying')}: {Path(folder).name}")

    try:
        cloning.clone(Path(original.path), target, target.name, run.id, told)
        _make_enterable(target)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        path = getattr(error, "filename", None) or str(target)
        raise StepFailed(
            "envs.clone.failed", path=str(path), cause=cause, log=str(run.log), run=run.id
        ) from error


def _make_enterable(target: Path) -> None:
    """Files that activate it: the copy of a conda's own environment has none."""
    from gpusetup.effects.files import write_whole
    from gpusetup.engines.activation import activation_files
    from gpusetup.engines.uv import Place
    from gpusetup.road.placing import activates, is_conda, python_of

    if activates(str(target)) or not is_conda(str(target)):
        return
    separator = "\\" if os.name == "nt" else "/"
    python = python_of(str(target))
    place = Place(target.name, str(target), python, "uv", "", "", "", separator=separator)
    for step in activation_files(place):
        write_whole(Path(step.path), step.content.encode())


def _register(target: Path) -> None:
    """As conda does: then `conda env list` shows it."""
    from gpusetup.road.undo import remember_environment

    if (target / "conda-meta").is_dir():
        remember_environment(target)


def _tell(original: Environment, target: Path, run: Run | None) -> int:
    if session().json:
        from gpusetup.cli.envs_document import SCHEMA, environment_document
        from gpusetup.envelope import emit
        from gpusetup.road.inventory import describe

        made = describe(target, os.environ) if run else None
        emit({
            "schema": SCHEMA, "part": "clone", "source": environment_document(original),
            "path": str(target), "environment": environment_document(made) if made else None,
            "run": run.id if run else None, "changed": run is not None,
        })  # fmt: skip
    return Exit.OK
