"""The conversation of `init`: the recommendation, and the questions behind "something else"."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Callable

from gpusetup.choice import Choice, Decision
from gpusetup.cli import deciding, plan_screen
from gpusetup.cli.deciding import Known
from gpusetup.errors import Interrupted
from gpusetup.messages import say
from gpusetup.places import environments_folder
from gpusetup.request import Request
from gpusetup.road.existing import free_name
from gpusetup.road.placing import DEFAULT_NAME
from gpusetup.terminal import show
from gpusetup.terminal.ask import Answer, Options, Pick, recommendation, wishes
from gpusetup.terminal.ask import decide as ask_again

_TRIED_VERSIONS = 12
_OFFERED_PACKAGES = ("torchvision", "torchaudio", "jupyter", "matplotlib", "opencv")


def ask(known: Known, request: Request, decision: Decision) -> tuple[Request, Decision]:
    """Let the user accept or change the recommendation.

    Raises:
        Interrupted: the user quits; nothing was changed.
    """
    from gpusetup.cli.detect_screen import machine_lines

    answer = recommendation(machine_lines(known.machine), _recommended(decision))
    while answer is not Answer.ACCEPT:
        if answer is Answer.QUIT:
            raise Interrupted("ask.nothing-changed")
        if answer is Answer.DETAILS:
            _details(decision)
        else:
            request = wishes(request, _options(known, request))
            decision = deciding.decide(known, request)
            show.paragraph(_recommended(decision))
        answer = ask_again()
    return request, decision


def _recommended(decision: Decision) -> str:
    if not isinstance(decision, Choice):
        return say(decision.code, **decision.facts)
    what, reasons = plan_screen.choice_words(decision), plan_screen.spoken(decision.why[:1])
    return say("ask.because", what=what, why=reasons[0]) if reasons else what


def _details(decision: Decision) -> None:
    if isinstance(decision, Choice):
        for text in plan_screen.spoken(decision.why):
            show.item(show.Mark.NOTE, text)
        plan_screen.show_warnings(decision.warnings)
    plan_screen.show_would_change(decision)
    plan_screen.show_rejected(decision, whole=False)


def _options(known: Known, request: Request) -> Options:
    folder = environments_folder(os.environ, known.machine.cloud)
    taken = frozenset(each.name for each in folder.iterdir()) if folder.is_dir() else frozenset()
    name = free_name(folder, DEFAULT_NAME) if DEFAULT_NAME in taken else DEFAULT_NAME
    return Options(
        name=name,
        taken=taken,
        torch=tuple(Pick(each, each) for each in _versions(known, request)),
        pythons=tuple(Pick(each, each) for each in _pythons(known)),
        folder=str(folder),
        packages=tuple(Pick(each, each) for each in _OFFERED_PACKAGES),
        consequence=_consequence(known),
    )


def _versions(known: Known, request: Request) -> list[str]:
    """The newest versions that run here, with the other wishes as they are."""
    builds = known.matrix.builds_for(known.machine.platform)
    newest_first = list(dict.fromkeys(str(build.torch) for build in builds))
    return [each for each in newest_first[:_TRIED_VERSIONS] if _runs(known, request, each)]


def _runs(known: Known, request: Request, torch: str) -> bool:
    decision = deciding.decide(known, replace(request, torch=f"=={torch}"))
    return isinstance(decision, Choice)


def _pythons(known: Known) -> list[str]:
    machine = known.machine
    found = [*([machine.python] if machine.python else []), *machine.other_pythons]
    minors = {each.version.minor() for each in found if each.version.numbers >= (3, 9)}
    return [str(each) for each in sorted(minors, reverse=True)]


def _consequence(known: Known) -> Callable[[Request], str | None]:
    def say_it(request: Request) -> str | None:
        return _recommended(deciding.decide(known, request))

    return say_it
