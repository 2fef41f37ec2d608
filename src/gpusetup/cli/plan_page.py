"""The plan at a terminal: sentences, commands on demand, and the last question before it runs."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Iterator

from gpusetup.cli import plan_screen
from gpusetup.cli.deciding import Known
from gpusetup.cli.plan_output import shell_of
from gpusetup.effects.journal import Run
from gpusetup.engines.uv import Place
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.steps import Command, Step
from gpusetup.terminal import show
from gpusetup.terminal.prompts import Back, Pick, Quit, select
from gpusetup.terminal.show import Line, Mark

if TYPE_CHECKING:
    from gpusetup.cli.install import Settled

_RUN, _COMMANDS, _CHANGE, _SAVE, _NO = "run", "commands", "change", "save", "no"


class Changing(Exception):
    """The user wants to change something before the plan is run."""


def agreed(
    known: Known, request: Request, settled: Settled, place: Place, unfinished: Run | None
) -> bool:
    """Show the plan and ask. `unfinished`: a run of the same plan that will be gone on with.

    Raises:
        Changing: something shall be different.
    """
    _show(settled, place, unfinished)
    while True:
        word = _ask(known)
        if word == _CHANGE:
            raise Changing
        if word == _COMMANDS:
            plan_screen.show_steps(settled.plan.steps, shell_of(known.machine))
        elif word == _SAVE:
            _save(request, settled)
        else:
            break
    if known.simulated:
        show.paragraph(say("wizard.elsewhere-done"))
    return word == _RUN


def _ask(known: Known) -> str:
    show.blank()
    first = Pick(_NO, say("wizard.done")) if known.simulated else Pick(_RUN, say("wizard.run"))
    picks = [
        first,
        Pick(_COMMANDS, say("wizard.commands")),
        Pick(_CHANGE, say("wizard.change")),
        Pick(_SAVE, say("wizard.save-elsewhere" if known.simulated else "wizard.save")),
    ]
    if not known.simulated:
        picks.append(Pick(_NO, say("wizard.no")))
    question = "wizard.elsewhere" if known.simulated else "run.start"
    try:
        return select(say(question), picks, stays=False)
    except Quit:
        return _NO


def _show(settled: Settled, place: Place, unfinished: Run | None) -> None:
    show.heading(say("plan.title"))
    choice = settled.choice
    lines = [
        Line(Mark.OK, say("plan.torch"), plan_screen.choice_words(choice)),
        Line(Mark.OK, say("plan.from"), plan_screen.origin_words(choice.build, place.wheel_index)),
        Line(Mark.OK, say("plan.where"), show.path(place.prefix)),
    ]
    if settled.cost is not None:
        lines.append(Line(Mark.OK, say("plan.size"), plan_screen.cost_words(settled.cost)))
    show.lines(lines)
    show.heading(say("plan.steps"))
    done = unfinished.done() if unfinished else ()
    for number, step in enumerate(settled.plan.steps, 1):
        is_done = f"{number - 1}-{step.id}" in done
        show.item(Mark.OK if is_done else Mark.NOTE, _sentence(number, step, is_done))
    if unfinished:
        show.paragraph(say("wizard.goes-on", run=unfinished.id))
    show.blank()
    plan_screen.show_warnings((*choice.warnings, *settled.warnings))
    show.paragraph(say("wizard.undo"))


def _sentence(number: int, step: Step, is_done: bool) -> str:
    text = say("wizard.step", number=number, text=say(step.text), by=_short(step))
    return say("wizard.step-done", text=text) if is_done else text


def _short(step: Step) -> str:
    """What the step runs or writes, by its name: the whole command can be asked for."""
    if not isinstance(step, Command):
        return PureWindowsPath(step.path).name
    return " ".join(_verbs(step.argv))


def _verbs(argv: tuple[str, ...]) -> Iterator[str]:
    """A program and its subcommands: "uv pip install" of a long command line."""
    yield PureWindowsPath(argv[0]).name.removesuffix(".exe")
    for word in argv[1:3]:
        if not word.isalpha():
            return
        yield word


def _save(request: Request, settled: Settled) -> None:
    """Ask for a file and write this session's answers into it."""
    from gpusetup.cli.answers import USUAL_NAME, objection, write_answers
    from gpusetup.terminal.prompts import text

    try:
        name = text(say("answers.which-file"), USUAL_NAME, objection, back=True)
    except Back:
        return
    write_answers(request, settled.choice, Path(name))
