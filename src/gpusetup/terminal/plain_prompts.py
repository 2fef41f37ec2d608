"""Questions as numbered lists and typed lines: for screen readers, `--plain` and dumb terminals."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Callable, Sequence

from gpusetup.messages import say
from gpusetup.terminal import cells, show

Validator = Callable[[str], "str | None"]
"""Text -> the sentence that says what is wrong with it, or None."""


class Quit(KeyboardInterrupt):
    """The user typed q. Like Ctrl-C for whoever does not care about the difference."""


class Back(Exception):
    """The user goes a step back, where a question allows that."""


@dataclass(frozen=True)
class Pick:
    """One of several answers. `note`: half a sentence beside it."""

    value: str
    title: str
    note: str = ""


def number_list(question: str, picks: Sequence[Pick], note: str = "") -> None:
    """The question and its answers with their numbers."""
    if note:
        show.note(note)
    show.question(question)
    for number, pick in enumerate(picks, start=1):
        show.note(f"  {number}) {pick.title}" + (f" - {pick.note}" if pick.note else ""))


def number(count: int, default: int, *, back: bool = False) -> int:
    """The place of the answer that is typed, from 0. Nothing typed is the default."""
    how = say("ask.how.number-back" if back else "ask.how.number", default=default + 1)
    while True:
        typed = _read(f"{how}: ", back=back)
        if not typed:
            return default
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= count:
            return int(typed) - 1
        show.note(say("ask.not-a-number", count=count))


def numbers(picks: Sequence[Pick], chosen: Sequence[str], *, back: bool = False) -> tuple[str, ...]:
    """The values of all answers whose numbers are typed. Nothing typed leaves the marked ones."""
    marked = [str(i) for i, pick in enumerate(picks, start=1) if pick.value in chosen]
    shown = ",".join(marked) or say("ask.none")
    how = say("ask.how.numbers-back" if back else "ask.how.numbers", default=shown)
    while True:
        typed = _read(f"{how}: ", back=back)
        words = typed.replace("，", ",").replace(",", " ").split() if typed else marked
        if all(
            word.isascii() and word.isdigit() and 1 <= int(word) <= len(picks) for word in words
        ):
            return tuple(picks[int(word) - 1].value for word in dict.fromkeys(words))
        show.note(say("ask.not-a-number", count=len(picks)))


def line(question: str, default: str, check: Validator | None, *, back: bool) -> str:
    """A typed line. What `check` objects to is said, and asked again."""
    asked = say("ask.how.or-back", how=question) if back else question
    while True:
        typed = _read(f"? {asked} [{default}] " if default else f"? {asked} ", back=back) or default
        objection = check(typed) if check else None
        if objection is None:
            return typed
        show.note(objection)


def yes_or_no(question: str, default: bool) -> bool:
    """A typed yes or no."""
    while True:
        typed = _read(f"? {question} ").lower()
        if not typed:
            return default
        if typed in say("ask.words.yes").split():
            return True
        if typed in say("ask.words.no").split():
            return False
        show.note(say("ask.not-yes-or-no"))


def _read(prompt: str, *, back: bool = False) -> str:
    """One typed line. The end of the input counts as Ctrl-C: nobody is there any more."""
    sys.stdout.flush()
    sys.stderr.write(cells.clean(prompt))
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not typed:
        raise KeyboardInterrupt
    if typed.strip().lower() == "q":
        raise Quit
    if back and typed.strip() == "<":
        raise Back
    return typed.strip()
