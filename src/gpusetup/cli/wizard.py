"""The conversation of `init` at a terminal: `conversation.flow` says what follows what."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Union

from gpusetup.basics.errors import Exit, GpusetupError, Interrupted, Refused
from gpusetup.choosing.choice import Choice
from gpusetup.cli import wizard_pages as pages
from gpusetup.cli import wizard_questions as questions
from gpusetup.cli.deciding import Known
from gpusetup.cli.judging import Judging
from gpusetup.conversation import flow
from gpusetup.conversation.flow import End, Page, Talk
from gpusetup.conversation.subjects import Around
from gpusetup.machine import Machine
from gpusetup.messages import say
from gpusetup.request import Engine, Request
from gpusetup.terminal import show
from gpusetup.terminal.prompts import Back, Pick, Quit, select


class Wizard:
    """One conversation, and what it has led to."""

    def __init__(self, known: Known, machine: Machine, request: Request) -> None:
        self.judging = Judging(known, machine, request)
        self.talk: Talk = flow.begin(request, self.judging)
        self.around = around(known, request)

    @property
    def known(self) -> Known:
        return self.judging.known

    @property
    def request(self) -> Request:
        return self.talk.request

    def start(self) -> Union[Choice, Exit]:
        """The first screen, and on until something is accepted.

        Returns:
            what was accepted, or the exit code if the user leaves a refusal.

        Raises:
            Interrupted: the user quits; nothing was changed.
        """
        pages.show_machine(self.known.machine, is_here=not self.known.simulated)
        return self._until_the_end()

    def change(self) -> Union[Choice, Exit]:
        """The questions again, after the plan was seen or did not work. As `start`."""
        self.talk = flow.resume(self.talk)
        return self._until_the_end()

    def stopped_by(self, refused: Refused) -> Union[Choice, Exit]:
        """The plan cannot be carried out as it is: why, and whether something shall be changed."""
        from gpusetup.cli.ending import expected

        code = expected(refused, False)
        free = self._free_name(refused)
        picks = [Pick(flow.CHANGE, say("wizard.change")), Pick(flow.QUIT, say("wizard.leave"))]
        if free:
            picks.insert(0, Pick(flow.TAKE, say("wizard.call-it", name=free)))
        show.blank()
        try:
            word = select(say("wizard.go-on-refused"), picks, stays=False)
        except Quit:
            word = flow.QUIT
        decision = self.talk.decision
        if word == flow.TAKE and isinstance(decision, Choice):
            self.talk = replace(self.talk, request=replace(self.talk.request, name=free))
            return decision
        return self.change() if word == flow.CHANGE else Exit(code)

    def _free_name(self, refused: Refused) -> str | None:
        """The name that is proposed where the wished one is taken."""
        by_name = refused.code == "plan.name-taken" and not self.talk.request.prefix
        return str(refused.facts["free"]) if by_name else None

    def _until_the_end(self) -> Union[Choice, Exit]:
        while True:
            step = self._next()
            if isinstance(step, Talk):
                self._go_to(step)
            elif step is End.LEFT:
                raise Interrupted("ask.nothing-changed")
            elif step is End.ACCEPTED and isinstance(self.talk.decision, Choice):
                return self.talk.decision
            else:
                return Exit.REFUSED

    def _next(self) -> Union[Talk, End]:
        self._show()
        try:
            word = self._ask()
        except Quit:
            word = flow.QUIT
        except Back:
            word = flow.BACK
        return flow.after(self.talk, word, self.judging)

    def _show(self) -> None:
        talk = self.talk
        if talk.shows == flow.DETAILS:
            pages.show_details(talk.decision, self.known.machine)
        elif talk.shows == flow.GPUS:
            pages.show_ways_to_a_gpu()
        elif talk.is_new:
            pages.show_decision(talk, self.known)
        if talk.shows or talk.is_new:
            show.blank()

    def _ask(self) -> str:
        if self.talk.page is Page.QUESTION:
            return questions.ask(self.talk, self.known, self.around, self.judging)
        if self.talk.page is Page.SUBJECTS:
            return questions.ask_subject(self.talk, self.known.machine, self.around)
        return pages.ask_what_to_do(self.talk, self.known)

    def _go_to(self, step: Talk) -> None:
        """The next page; where an answer needs other sources, they are asked first."""
        if not self.judging.is_outdated(step.request):
            self.talk = step
            return
        try:
            self.judging.refresh(step.request)
        except GpusetupError as error:
            from gpusetup.cli.ending import expected

            expected(error, False)  # and the wishes stay as they were
            self.talk = flow.resume(self.talk)
            return
        self.talk = flow.judged_anew(step, self.judging)


def around(known: Known, request: Request) -> Around:
    """What the questions need to know of this machine."""
    from gpusetup.compat_files.mirrors import packaged_or_configured
    from gpusetup.effects.places import environments_folder
    from gpusetup.road.placing import DEFAULT_NAME

    folder = environments_folder(os.environ, known.machine.cloud)
    mirrors = () if known.simulated else packaged_or_configured(os.environ).offered
    return Around(
        folder=str(folder),
        name=request.name or DEFAULT_NAME,
        engines=_engines(known),
        mirrors=tuple(each.id for each in mirrors),
        downloads_python=known.sources.python_downloads is not False,
    )


def _engines(known: Known) -> tuple[Engine, ...]:
    """uv always; a conda that is there; the engine that comes as a package."""
    from importlib.util import find_spec

    from gpusetup.machine import Conda

    found = [Engine.UV]
    if isinstance(known.machine.conda, Conda):
        found.append(Engine(known.machine.conda.kind))
    if known.simulated or find_spec("rattler") is not None:
        found.append(Engine.RATTLER)
    return tuple(found)
