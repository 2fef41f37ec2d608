"""`doctor --fix`: show the plans, ask, run them with a journal, and check again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from gpusetup.basics.errors import Interrupted, StepFailed, UsageError
from gpusetup.cli import into
from gpusetup.doctor.check import Case, Diagnosis, Finding, Severity
from gpusetup.messages import say
from gpusetup.steps import Plan, Step, WriteFile
from gpusetup.terminal import show
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.effects.journal import Run

Again = Callable[[], "tuple[Case, Diagnosis]"]
_ROUNDS = 3
_SHELL_STEP = "step.repair-shell"


@dataclass(frozen=True)
class Fix:
    """What became of a finding. `outcome`: "fixed", "new-terminal", "still-there"."""

    id: str
    outcome: str
    run: str


@dataclass(frozen=True)
class Fixed:
    """How things are after all fixes. `declined`: the user wanted none of them."""

    case: Case
    diagnosis: Diagnosis
    fixes: tuple[Fix, ...] = ()
    declined: bool = False


def check_can_ask(yes: bool) -> None:
    """Nothing asks where nobody can answer, or where stdout holds a document.

    Raises:
        UsageError: no terminal, and no --yes.
    """
    from gpusetup.terminal.prompts import require_terminal

    if yes:
        return
    if session().json or os.environ.get("GPUSETUP_NO_PROMPT"):
        raise UsageError("no-terminal")
    require_terminal()


def fix(case: Case, diagnosis: Diagnosis, again: Again, yes: bool) -> Fixed:
    """Run what can be run. Cures may uncover further findings, so it goes in rounds.

    Args:
        again: looks at the machine and diagnoses anew.

    Raises:
        StepFailed: a step ended badly; what was done can be undone.
    """
    tried: set[str] = set()
    fixes: list[Fix] = []
    for _round in range(_ROUNDS):
        findings = fixable(diagnosis, tried)
        if not findings:
            break
        if not _agreed(findings, yes):
            return Fixed(case, diagnosis, tuple(fixes), declined=not fixes)
        if _gave_back(findings):
            case, diagnosis = again()
            continue
        tried |= {each.id for each in findings}
        run_id = _run(findings)
        case, diagnosis = again()
        there = {each.id for each in diagnosis.findings}
        made = [Fix(each.id, _outcome(each, there), run_id) for each in findings]
        fixes += made
        _tell(made)
    return Fixed(case, diagnosis, tuple(fixes))


def fixable(diagnosis: Diagnosis, tried: set[str]) -> tuple[Finding, ...]:
    """Findings with a plan of ours that do not write the same file, causes first."""
    found: list[Finding] = []
    paths: set[str] = set()
    plans: list[Plan] = []
    for each in diagnosis.findings:
        plan = each.remedy.plan if each.remedy else None
        if plan is None or each.severity is Severity.INFO or each.id in tried:
            continue
        if plan in plans:  # one plan cures several findings
            continue
        writes = {step.path for step in plan.steps if isinstance(step, WriteFile)}
        if not writes & paths:
            found.append(each)
            plans.append(plan)
            paths |= writes
    return tuple(found)


def _steps(findings: tuple[Finding, ...]) -> tuple[Step, ...]:
    return tuple(
        step
        for each in findings
        if each.remedy and each.remedy.plan
        for step in each.remedy.plan.steps
    )


def _agreed(findings: tuple[Finding, ...], yes: bool) -> bool:
    """Show what would be done; ask unless that was said before."""
    from gpusetup.cli.plan_screen import show_steps

    show.heading(say("doctor.fix.title"))
    for each in findings:
        if each.remedy:
            show.item(show.Mark.NOTE, say(each.remedy.code, **each.remedy.facts))
    show_steps(_steps(findings))
    if yes:
        return True
    from gpusetup.terminal.ask import confirm

    if confirm(say("doctor.fix.confirm")):
        return True
    show.paragraph(say("run.nothing-changed"))
    return False


def _run(findings: tuple[Finding, ...]) -> str:
    """One run with one journal for all plans. Returns its id."""
    from gpusetup.effects.home_folder import home_folder
    from gpusetup.effects.journal import start_run
    from gpusetup.effects.places import state_folder
    from gpusetup.road.locking import locked

    plans = [each.remedy.plan for each in findings if each.remedy and each.remedy.plan]
    prefix = next((each.prefix for each in plans if each.prefix), "")
    python = next((each.python for each in plans if each.python), "")
    plan = Plan(_steps(findings), prefix, python)
    state, place = state_folder(os.environ), prefix or str(home_folder())
    with locked(state, place):
        run = start_run(
            state, "doctor", command="doctor", prefix=place, keep=into.kept_place(plan),
            findings=[each.id for each in findings],
        )  # fmt: skip
        _execute(plan, run)
    return run.id


def _gave_back(findings: tuple[Finding, ...]) -> bool:
    """Give an environment back what a change of it that was cut has left half done.

    Raises:
        Refused: its installer is still at work.
        StepFailed: that cannot be done.
    """
    from gpusetup.effects.journal import latest_for
    from gpusetup.effects.places import state_folder
    from gpusetup.road.locking import locked
    from gpusetup.road.stragglers import check_none_works

    plans = [each.remedy.plan for each in findings if each.remedy and each.remedy.plan]
    prefix = next((each.prefix for each in plans if into.kept_place(each)), None)
    state = state_folder(os.environ)
    run = latest_for(state, prefix) if prefix else None
    if run is None or prefix is None or not _is_cut(run):
        return False
    with locked(state, prefix):
        check_none_works(run, prefix)
        show.paragraph(say("run.given-up", run=run.id))
        into.give_back(run, prefix)
    return True


def _is_cut(run: Run) -> bool:
    begin = run.begin()
    kept = begin.facts.get("keep") if begin and run.is_known else None
    is_over = run.state() in ("finished", "undone", "purged")
    return bool(kept) and not is_over and os.path.lexists(str(kept))


def _execute(plan: Plan, run: Run) -> None:
    import sys

    from gpusetup.cli.running import Screen
    from gpusetup.effects.runlog import RunLog
    from gpusetup.effects.runner import ended_as_by_ctrl_c
    from gpusetup.road.execute import Watch, execute
    from gpusetup.road.owning import entries_of

    screen = Screen(len(plan.steps))
    log = RunLog(run.log, ["gpusetup", *sys.argv[1:]])
    watch = Watch(screen.begin, screen.output, screen.end)
    try:
        with ended_as_by_ctrl_c():
            execute(plan, run, log, watch, {})
    except KeyboardInterrupt:
        screen.end(plan.steps[0], "failed")
        if into.kept_place(plan):
            raise Interrupted("into.stopped", **into.give_back(run, plan.prefix)) from None
        raise Interrupted("doctor.fix.stopped", run=run.id) from None
    except StepFailed as error:
        if into.kept_place(plan):  # somebody works with the environment: it gets everything back
            raise into.failed(error, run, plan.prefix) from error
        cause = say(error.code, **error.facts)
        facts = {**error.facts, "cause": cause, "why": error.code, "run": run.id}
        raise StepFailed("doctor.fix.failed", **facts) from error
    entries = list(entries_of(Path(plan.prefix))) if plan.prefix else None
    run.record("finished", facts=None if entries is None else {"entries": entries})


def _outcome(finding: Finding, there: set[str]) -> str:
    """Fixed only if the check passes now. A start file works on in terminals that are open."""
    if finding.id not in there:
        return "fixed"
    steps = _steps((finding,))
    if steps and all(step.text == _SHELL_STEP for step in steps):
        return "new-terminal"
    return "still-there"


def _tell(fixes: list[Fix]) -> None:
    marks = {"fixed": show.Mark.OK, "new-terminal": show.Mark.NOTE, "still-there": show.Mark.BAD}
    for each in fixes:
        title = say(f"doctor.{each.id}")
        show.item(marks[each.outcome], say(f"doctor.fix.{each.outcome}", title=title))
    if fixes:
        show.hint(say("doctor.fix.undo", run=fixes[0].run))
