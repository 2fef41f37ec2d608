"""Going on with a run of `init` that stopped in the middle: what is there, and what is to come."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.basics.errors import Refused, StepFailed
from gpusetup.cli.into import kept_place, place_of_step
from gpusetup.effects.journal import Run, latest_for
from gpusetup.effects.places import state_folder
from gpusetup.engines.uv import Place
from gpusetup.machine import Installers, Machine
from gpusetup.messages import say
from gpusetup.plan import MOVE
from gpusetup.request import Request
from gpusetup.road.existing import check_readable, read_record
from gpusetup.road.owning import is_ours
from gpusetup.road.placing import prefix_of
from gpusetup.road.stragglers import check_none_works
from gpusetup.steps import Plan, Step
from gpusetup.terminal import show


def open_with_unfinished(request: Request, machine: Machine) -> None:
    """Say first of all that an earlier run stopped: what is there already, what was to come."""
    if request.into:  # given back as it was, at once or by the next lines
        return
    run = unfinished_run(state_folder(os.environ), prefix_of(request, machine, os.environ))
    begin = run.begin() if run else None
    if run is None or begin is None or run.state() == "undoing":
        return
    show.heading(say("resume.title"))
    facts = {"run": run.id, "prefix": show.path(begin.facts.get("prefix"))}
    show.paragraph(say("resume.stopped", **facts))
    done = {key.partition("-")[0] for key in run.done()}
    texts = begin.facts.get("steps")
    for number, text in enumerate(texts if isinstance(texts, list) else ()):
        is_done = str(number) in done
        words = say("resume.done" if is_done else "resume.open", step=say(str(text)))
        show.item(show.Mark.OK if is_done else show.Mark.NOTE, words)
    show.paragraph(say("resume.same-plan"))


def command_of(request: Request, *, asks: bool, benchmark: bool) -> tuple[str, ...]:
    """The command that makes the same plan again, with what was answered in the conversation."""
    from gpusetup.cli.answers_file import answers_of

    wishes = answers_of(request)
    words = ["gpusetup", "init", *([str(wishes["name"])] if "name" in wishes else [])]
    for key, value in wishes.items():
        words += _option(key, value)
    words += [] if asks else ["--yes"]
    words += [] if benchmark else ["--no-bench"]
    return tuple(words)


def _option(key: str, value: object) -> list[str]:
    if key in ("schema", "name"):
        return []
    if value is True:
        return [f"--{key}"]
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return [f"--{key.replace('_', '-')}", text]


def stages(plan: Plan, run: Run | None) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps that are done, and those that are to come."""
    done = run.done() if run else frozenset()
    keyed = [(_key(number, step) in done, step) for number, step in enumerate(plan.steps)]
    return tuple(s for is_done, s in keyed if is_done), tuple(
        s for is_done, s in keyed if not is_done
    )


def document_of(plan: Plan, run: Run | None) -> dict[str, object] | None:
    """What a plan or a run goes on with; None: it begins anew."""
    if run is None:
        return None
    done, to_come = stages(plan, run)
    return {"run": run.id, "done": [s.id for s in done], "open": [s.id for s in to_come]}


def stopped_facts(plan: Plan, run: Run, command: tuple[str, ...]) -> dict[str, object]:
    """For the last lines after Ctrl-C: what is there, what is not, and how to go on."""
    done, to_come = stages(plan, run)
    return {
        "done": _joined(done), "open": _joined(to_come), "prefix": plan.prefix, "run": run.id,
        "command": show.quoted(command), "done_steps": [each.id for each in done],
        "open_steps": [each.id for each in to_come],
    }  # fmt: skip


def _joined(steps: tuple[Step, ...]) -> str:
    return say("run.joint").join(say(each.text) for each in steps) or say("run.none")


def _key(number: int, step: Step) -> str:
    return f"{number}-{step.id}"


def unfinished_run(state: Path, prefix: Path) -> Run | None:
    """A run for this place that stopped in the middle and was not taken back.

    Raises:
        Refused: a newer gpusetup made it, or its journal is damaged.
    """
    run = latest_for(state, str(prefix))
    if run is None or run.state() in ("finished", "undone", "purged"):
        return None
    check_readable(run)
    record = read_record(str(prefix))
    if record is not None and record.run == run.id:  # killed before the very last line
        return None
    begin = run.begin()
    if begin and begin.facts.get("keep"):
        return run if os.path.lexists(str(begin.facts["keep"])) else None
    if not is_ours(prefix, run):
        return None
    moved = begin and begin.facts.get("aside")
    return run if moved or os.path.lexists(prefix) or not run.done() else None


def check_goes_on(unfinished: Run, plan: Plan, request: Request) -> None:
    """What got as far as torch is not thrown away for another plan: it may be in use.

    Raises:
        Refused: it is there, is another, and shall not be moved aside.
    """
    if request.replace or not _got_far(unfinished) or is_same(unfinished, plan):
        return
    raise Refused("run.unfinished-other", prefix=plan.prefix, run=unfinished.id)


def _got_far(run: Run) -> bool:
    """Whether everything was installed and the proof had begun."""
    begun = [entry.step or "" for entry in run.entries() if entry.event == "step"]
    return run.state() != "undoing" and any(each.endswith("-verify") for each in begun)


def is_same(run: Run, plan: Plan) -> bool:
    begin = run.begin()
    same = begin is not None and begin.facts.get("plan") == _fingerprint(plan)
    return same and run.state() != "undoing"


def give_up(unfinished: Run, request: Request, installers: Installers, prefix: str) -> None:
    """Take an unfinished run of another plan back, unless it will be moved aside.

    Raises:
        StepFailed: that cannot be done.
        Refused: its installer is still at work.
    """
    from gpusetup.engines.uv import network_environment
    from gpusetup.road.undo import take_back

    if request.replace and _got_far(unfinished):
        return
    check_none_works(unfinished, prefix)
    show.paragraph(say("run.given-up", run=unfinished.id))
    _, failed = take_back(unfinished, network_environment(installers))
    for action, cause in failed:
        what = action.path or " ".join(action.argv)
        raise StepFailed("undo.failed", path=what, cause=cause, run=unfinished.id)


def _fingerprint(plan: Plan) -> str:
    """What makes two plans the same: all that they run and write."""
    import hashlib

    return hashlib.sha256(repr(plan).encode()).hexdigest()


def begin_facts(plan: Plan, place: Place) -> dict[str, object]:
    return {
        "command": "init", "prefix": place.prefix, "plan": _fingerprint(plan),
        "aside": place_of_step(plan, MOVE), "keep": kept_place(plan),
        "steps": [step.text for step in plan.steps],
    }  # fmt: skip
