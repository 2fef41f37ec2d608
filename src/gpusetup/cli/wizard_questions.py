"""The questions behind "something else": a page with all answers so far, one for each question."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Iterator

from gpusetup.basics import names
from gpusetup.basics.errors import UsageError
from gpusetup.choosing.choice import Choice
from gpusetup.cli.deciding import Known
from gpusetup.conversation import flow
from gpusetup.conversation.flow import Talk
from gpusetup.conversation.subjects import (
    BEST,
    Around,
    Judge,
    Offer,
    Subject,
    folder_of,
    offers,
    prefix_in,
    subjects_for,
    value_of,
)
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build
from gpusetup.messages import language, say
from gpusetup.request import Engine, Request
from gpusetup.terminal import show
from gpusetup.terminal.prompts import Pick, select, several, text

_OTHER = "<other>"
_PACKAGES = ("torchvision", "torchaudio", "jupyter", "matplotlib", "opencv")
_UNWISHED = (BEST, "auto", "all")


def ask_subject(talk: Talk, machine: Machine, around: Around) -> str:
    """The page of all questions, with what stands there now."""
    picks = [Pick(flow.TAKE, say("wizard.take"))]
    for subject in subjects_for(machine, talk.request, around):
        title = say(f"wizard.subject.{subject.value}")
        picks.append(Pick(subject.value, title, _now(talk, subject, around)))
    if talk.request != talk.first:
        picks.append(Pick(flow.BACK, say("wizard.back-to-first")))
    else:
        picks.append(Pick(flow.BACK, say("ask.back")))
    return select(say("wizard.what"), picks, stays=False)


def _now(talk: Talk, subject: Subject, around: Around) -> str:
    """The answer so far; where there is none, what is chosen without one."""
    value = value_of(talk.request, subject, around)
    chosen = talk.decision if isinstance(talk.decision, Choice) else None
    if subject is Subject.WHERE:
        return show.path(value).strip("`")
    if subject is Subject.PACKAGES:
        return value or say("ask.none")
    if subject is Subject.NAME or value not in _UNWISHED:
        return title_of(subject, value)
    taken = _chosen(chosen, subject) if chosen else None
    return say("wizard.chosen", value=taken) if taken else title_of(subject, value)


def _chosen(choice: Choice, subject: Subject) -> str | None:
    values = {
        Subject.TORCH: str(choice.build.torch),
        Subject.PYTHON: str(choice.python),
        Subject.ENGINE: choice.engine.value,
        Subject.ORIGIN: title_of(Subject.ORIGIN, choice.build.origin.value),
    }
    return values.get(subject)


def title_of(subject: Subject, value: str) -> str:
    """An answer in words."""
    if subject is Subject.TORCH and value == BEST:
        return say("ask.torch.newest")
    if subject is Subject.PYTHON and value == BEST:
        return say("ask.python.best")
    if subject is Subject.GPUS:
        return say(f"wizard.gpus.{value}")
    if subject is Subject.ENGINE and value == Engine.AUTO.value:
        return say("wizard.choose-for-me")
    if subject is Subject.ORIGIN:
        return say(f"wizard.origin.{value}") if value else say("wizard.choose-for-me")
    if subject is Subject.ENGINE and value == Engine.RATTLER.value:
        return say("wizard.engine.rattler")
    if subject is Subject.MIRROR and value in ("auto", "none"):
        return say(f"wizard.mirror.{value}")
    return value


def ask(talk: Talk, known: Known, around: Around, judge: Judge) -> str:
    """One question. Returns the value that `subjects.with_value` takes.

    Raises:
        Back: the answer stays as it was.
    """
    subject = talk.subject
    note = say(f"wizard.why.{subject.value}")
    if subject is Subject.NAME:
        return _name(talk.request, around, note)
    if subject is Subject.WHERE:
        return _where(talk.request, around, note)
    if subject is Subject.PACKAGES:
        return _packages(talk.request, note)
    found = offers(subject, talk.request, known.machine, known.matrix, around, judge)
    if subject is Subject.TORCH:
        for more in (*reach_notes(known), *_why_not_newer(found)):
            note = say("ask.two", first=note, second=more)
    return _one_of(talk, found, around, note)


def reach_notes(known: Known) -> Iterator[str]:
    """Which origins could not be asked: what only they have is not among the answers."""
    if known.simulated:
        yield say("wizard.unasked")
    for reach in known.sources.reaches:
        if reach.reached is False:
            facts = {"origin": reach.origin.value, "cause": reach.detail or "?"}
            yield say("wizard.silent", **facts)


def _why_not_newer(found: tuple[Offer, ...]) -> Iterator[str]:
    """Why the recommended one is not the first in the list: it comes without CUDA."""
    best = found[0].outcome if found and found[0].value == BEST else None
    listed = [each.outcome for each in found[1:] if each.outcome is not None]
    if best is None or not best.build.is_cpu or not listed:
        return
    if listed[0].build.torch > best.build.torch and not listed[0].build.is_cpu:
        yield say("wizard.without-cuda", torch=best.build.torch)


def _one_of(talk: Talk, found: tuple[Offer, ...], around: Around, note: str) -> str:
    subject = talk.subject
    picks = [
        Pick(each.value, title_of(subject, each.value), _outcome(subject, each)) for each in found
    ]
    if subject is Subject.TORCH:
        picks.append(Pick(_OTHER, say("ask.torch.other")))
    value = value_of(talk.request, subject, around)
    taken = select(say(f"wizard.ask.{subject.value}"), picks, value, note=note, back=True)
    return _typed_version() if taken == _OTHER else taken


def _outcome(subject: Subject, offer: Offer) -> str:
    """What would be chosen then: the consequence, beside the answer."""
    choice = offer.outcome
    if choice is None:
        return _operator(offer.value) if subject is Subject.MIRROR else ""
    facts = {
        "torch": choice.build.torch, "build": short(choice.build), "python": choice.python,
        "engine": choice.engine.value,
    }  # fmt: skip
    if subject in (Subject.TORCH, Subject.PYTHON, Subject.ENGINE):
        return say(f"wizard.then.{subject.value}", **facts)
    return say("wizard.then", **facts)


def _operator(mirror: str) -> str:
    """Who runs a mirror, in the language in use: few know them by their ids."""
    from gpusetup.compat_files.mirrors import packaged_or_configured

    found = packaged_or_configured(os.environ).named(mirror)
    if found is None:
        return ""
    return found.name_zh if language() == "zh" else found.name


def short(build: Build) -> str:
    """ "CUDA 12.6", "CPU"."""
    if build.cuda_runtime is not None:
        return f"CUDA {build.cuda_runtime}"
    return "MPS" if build.platform == "macos-arm64" else "CPU"


def _typed_version() -> str:
    from gpusetup.cli.wish_values import torch_specifier

    def objection(typed: str) -> str | None:
        try:
            return None if torch_specifier(typed) else say("ask.torch.bad", text=typed)
        except UsageError:
            return say("ask.torch.bad", text=typed)

    typed = text(say("ask.torch.version"), "", objection, back=True)
    return torch_specifier(typed) or BEST


def _name(request: Request, around: Around, note: str) -> str:
    name, objection = request.name or around.name, _objection(request, around)
    return text(say("ask.name"), name, objection, note=note, back=True)


def _objection(request: Request, around: Around) -> Callable[[str], str | None]:
    folder = Path(folder_of(request, around)).expanduser()

    def objection(typed: str) -> str | None:
        code = names.objection(typed)
        if code:
            facts = names.facts(typed)
            return say("ask.two", first=say(code, **facts), second=say(f"{code}.next", **facts))
        is_taken = (folder / typed).exists() and not request.replace
        return say("name.taken", name=typed) if is_taken and typed != request.name else None

    return objection


def _where(request: Request, around: Around, note: str) -> str:
    def objection(typed: str) -> str | None:
        try:
            whole = Path(typed).expanduser()
        except RuntimeError:
            return say("ask.where.bad", text=typed)
        return say("ask.where.bad", text=typed) if whole.is_file() else None

    folder = show.path(folder_of(request, around)).strip("`")
    typed = text(say("ask.where"), folder, objection, note=note, back=True)
    whole = str(Path(typed).expanduser().absolute()) if typed else ""
    return prefix_in(whole, request, around)


def _packages(request: Request, note: str) -> str:
    offered = [Pick(each, each, say(f"wizard.package.{each}")) for each in _PACKAGES]
    kept = [each for each in request.packages if each not in _PACKAGES]
    marked = several(say("ask.packages"), offered, request.packages, note=note, back=True)
    return ",".join([*kept, *marked])
