"""The wizard's questions: the few that matter, each with a good default and half a sentence why.

`recommendation` is the first screen, where Enter accepts everything; `wishes` asks the questions
behind "Something else"; `confirm` stands before the plan is run. No terminal: UsageError.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Callable, Sequence

from gpusetup import names
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.terminal import prompts, show
from gpusetup.terminal.prompts import Pick, Quit
from gpusetup.terminal.show import Line
from gpusetup.versions import Version

__all__ = ["Answer", "Line", "Options", "Pick", "confirm", "recommendation", "wishes"]

_OTHER = "other"
_BEST = ""


class Answer(Enum):
    """What is done with the recommendation."""

    ACCEPT = "accept"
    CHANGE = "change"
    DETAILS = "details"
    QUIT = "quit"


@dataclass(frozen=True)
class Options:
    """What there is to choose from. `value` of a pick is what stands in the request.

    torch: versions, newest first ("2.14.1"); pythons: minors ("3.12"); the best is always offered.
    """

    name: str = "torch"  # a free name
    taken: frozenset[str] = frozenset()
    torch: tuple[Pick, ...] = ()
    pythons: tuple[Pick, ...] = ()
    folder: str | None = None  # where environments go; None: not asked
    packages: tuple[Pick, ...] = ()
    consequence: Callable[[Request], str | None] = field(default=lambda _request: None)


def recommendation(summary_lines: Sequence[Line], text: str) -> Answer:
    """The first screen: what was found, one recommendation with its reason, Enter accepts."""
    prompts.require_terminal()
    show.heading(say("ask.found"))
    show.lines(summary_lines)
    show.heading(say("ask.recommended"))
    show.paragraph(text)
    show.blank()
    return decide()


def decide() -> Answer:
    """The choice below the first screen, alone: for asking again after the details."""
    picks = [Pick(answer.value, say(f"ask.{answer.value}")) for answer in Answer]
    try:
        return Answer(prompts.select(say("ask.go-on"), picks))
    except Quit:
        return Answer.QUIT


def wishes(request: Request, options: Options) -> Request:
    """The questions, one after the other; after each one its consequence is said.

    Raises:
        Quit: the user typed q (a KeyboardInterrupt).
    """
    for question in (_name, _torch, _python, _where, _packages):
        changed = question(request, options)
        if changed != request and question not in (_name, _where):
            consequence = options.consequence(changed)
            if consequence:
                show.item(show.Mark.NOTE, consequence)
        request = changed
    return request


def confirm(text: str, default: bool = True) -> bool:
    """Yes or no; q is no."""
    try:
        return prompts.confirm(text, default)
    except Quit:
        return False


def _because(code: str) -> None:
    show.blank()
    show.note(say(code))


def _name(request: Request, options: Options) -> Request:
    def objection(text: str) -> str | None:
        code = names.objection(text)
        if code:
            facts = names.facts(text)
            return say("ask.two", first=say(code, **facts), second=say(f"{code}.next", **facts))
        return say("name.taken", name=text) if text in options.taken else None

    _because("ask.name.why")
    return replace(
        request, name=prompts.text(say("ask.name"), request.name or options.name, objection)
    )


def _torch(request: Request, options: Options) -> Request:
    if not options.torch:
        return request
    _because("ask.torch.why")
    picks = [
        Pick(_BEST, say("ask.torch.newest")),
        *options.torch,
        Pick(_OTHER, say("ask.torch.other")),
    ]
    taken = prompts.select(say("ask.torch"), picks, _bare(request.torch))
    if taken == _OTHER:
        return replace(
            request, torch=_specifier(prompts.text(say("ask.torch.version"), "", _wrong))
        )
    return replace(request, torch=f"=={taken}" if taken else None)


def _bare(torch: str | None) -> str | None:
    return torch[2:] if torch and torch.startswith("==") else torch


def _specifier(text: str) -> str:
    """What was typed as a specifier set: "2.7.1" means exactly that one."""
    return text if text[:1] in "<>=!~" else f"=={text}"


def _wrong(text: str) -> str | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        if text:
            SpecifierSet(_specifier(text))
            return None
    except InvalidSpecifier:
        pass
    return say("ask.torch.bad", text=text)


def _python(request: Request, options: Options) -> Request:
    if not options.pythons:
        return request
    _because("ask.python.why")
    picks = [Pick(_BEST, say("ask.python.best")), *options.pythons]
    taken = prompts.select(
        say("ask.python"), picks, str(request.python) if request.python else None
    )
    return replace(request, python=Version.parse(taken) if taken else None)


def _where(request: Request, options: Options) -> Request:
    """The folder that environments lie in; the name is added to it."""
    if options.folder is None:
        return request

    def objection(text: str) -> str | None:
        return say("ask.where.bad", text=text) if Path(text).expanduser().is_file() else None

    _because("ask.where.why")
    taken = prompts.text(say("ask.where"), options.folder, objection)
    folder = Path(taken).expanduser()
    if folder == Path(options.folder).expanduser() or not taken:
        return replace(request, prefix=None)
    return replace(request, prefix=str(folder.absolute() / (request.name or options.name)))


def _packages(request: Request, options: Options) -> Request:
    if not options.packages:
        return request
    _because("ask.packages.why")
    marked = prompts.several(say("ask.packages"), options.packages, request.packages)
    offered = {pick.value for pick in options.packages}
    kept = tuple(name for name in request.packages if name not in offered)
    return replace(request, packages=(*kept, *marked))
