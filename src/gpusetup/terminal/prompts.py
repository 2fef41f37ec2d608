"""One question at a time: with arrow keys on a good terminal, with numbers on a plain one.

All words are ours: the framework's own are English. Ctrl-C raises KeyboardInterrupt.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Sequence

from gpusetup.errors import UsageError
from gpusetup.messages import listed, say
from gpusetup.session import session
from gpusetup.terminal import cells, show

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindingsBase

Validator = Callable[[str], "str | None"]
"""Text -> the sentence that says what is wrong with it, or None."""


class Quit(KeyboardInterrupt):
    """The user typed q. Like Ctrl-C for whoever does not care about the difference."""


@dataclass(frozen=True)
class Pick:
    """One of several answers. `note`: half a sentence beside it."""

    value: str
    title: str
    note: str = ""


def require_terminal() -> None:
    """Stop when nobody can answer.

    Raises:
        UsageError: stdin or stdout is no terminal.
    """
    if not (show.is_terminal(sys.stdin) and show.is_terminal(sys.stdout)):
        raise UsageError("no-terminal")


def require_answers() -> None:
    """Nothing asks where nobody can answer, or where stdout holds a document.

    Raises:
        UsageError: so it is here.
    """
    if session().json or os.environ.get("GPUSETUP_NO_PROMPT"):
        raise UsageError("no-terminal")
    require_terminal()


def select(question: str, picks: Sequence[Pick], default: str | None = None) -> str:
    """The value of the pick that is taken. Enter alone takes the default, else the first."""
    require_terminal()
    values = [pick.value for pick in picks]
    default = default if default in values else values[0]
    if _is_plain():
        _number_list(question, picks)
        return values[_number(len(picks), values.index(default))]
    import questionary

    message, instruction = _with_instruction(question, "ask.how.select")
    asked = questionary.select(
        message,
        choices=_choices(picks),
        default=default,
        instruction=instruction,
        pointer=_pointer(),
        qmark="?",
        style=_style(),
        use_jk_keys=False,
        erase_when_done=True,
    )
    value = str(_ask(asked, quits=True))
    _answered(question, picks[values.index(value)].title)
    return value


def several(question: str, picks: Sequence[Pick], chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """The values of all picks that are marked."""
    require_terminal()
    if _is_plain():
        _number_list(question, picks)
        return _numbers(picks, chosen)
    import questionary

    message, instruction = _with_instruction(question, "ask.how.checkbox")
    asked = questionary.checkbox(
        message,
        choices=_choices(picks, chosen),
        instruction=instruction,
        pointer=_pointer(),
        qmark="?",
        style=_style(),
        use_jk_keys=False,
        erase_when_done=True,
    )
    values = tuple(str(value) for value in _ask(asked, quits=True))
    titles = [pick.title for pick in picks if pick.value in values]
    _answered(question, listed(titles) or say("ask.none"))
    return values


def text(question: str, default: str = "", check: Validator | None = None) -> str:
    """A line of text. What `check` objects to is said, and asked again."""
    require_terminal()
    if _is_plain():
        return _plain_text(question, default, check)
    import questionary

    asked = questionary.text(
        question,
        default=default,
        validate=(lambda value: check(value.strip()) or True) if check else None,
        qmark="?",
        style=_style(),
        erase_when_done=True,
    )
    value = str(_ask(asked)).strip()
    _answered(question, value)
    return value


def confirm(question: str, default: bool = True) -> bool:
    """Yes or no."""
    require_terminal()
    instruction = say("ask.how.yes" if default else "ask.how.no")
    if _is_plain():
        return _plain_confirm(f"{question} {instruction}", default)
    import questionary

    asked = questionary.confirm(
        question,
        default=default,
        instruction=instruction + " ",
        qmark="?",
        style=_style(),
        erase_when_done=True,
    )
    value = bool(_ask(asked, quits=True))
    _answered(question, say("ask.yes" if value else "ask.no"))
    return value


def _ask(asked: Any, *, quits: bool = False) -> Any:
    """Run one question. `Any`: questionary's answers are untyped."""
    sys.stdout.flush()
    sys.stderr.flush()
    if quits:
        from prompt_toolkit.key_binding import merge_key_bindings

        application = asked.application
        application.key_bindings = merge_key_bindings([application.key_bindings, _q_quits()])
    return asked.unsafe_ask()


def _q_quits() -> KeyBindingsBase:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    bindings = KeyBindings()

    @bindings.add("q")
    @bindings.add("Q")
    def _quit(event: KeyPressEvent) -> None:
        event.app.exit(exception=Quit())

    return bindings


def _choices(picks: Sequence[Pick], chosen: Sequence[str] = ()) -> list[Any]:
    import questionary

    titles = max(cells.width(pick.title) for pick in picks)
    room = shutil.get_terminal_size((80, 24)).columns - 8
    return [
        questionary.Choice(
            title=_entry(pick, titles, room), value=pick.value, checked=pick.value in chosen
        )
        for pick in picks
    ]


def _entry(pick: Pick, titles: int, room: int) -> list[tuple[str, str]]:
    """Title and note in two columns; the note below the title where that is too wide."""
    title = cells.shorten(pick.title, room)
    if not pick.note:
        return [("class:text", title)]
    if titles + 2 + cells.width(pick.note) <= room:
        return [("class:text", cells.pad(title, titles) + "  "), ("class:note", pick.note)]
    below = "".join("\n     " + one for one in cells.wrap(pick.note, room))
    return [("class:text", title), ("class:note", below)]


def _with_instruction(question: str, code: str) -> tuple[str, str]:
    """The question, and how to answer: behind it, or below it on a narrow terminal."""
    text = say(code)
    if cells.width(f"? {question} {text} ") <= shutil.get_terminal_size((80, 24)).columns:
        return question, text
    return f"{question}\n  {text}", " "  # nothing at all would bring the framework's English


def _style() -> Any:
    import questionary

    return questionary.Style(
        [
            ("qmark", "fg:ansicyan bold"),
            ("question", "bold"),
            ("answer", "fg:ansicyan"),
            ("pointer", "fg:ansicyan bold"),
            ("highlighted", "bold"),
            ("selected", "noreverse"),
            ("instruction", "fg:ansibrightblack"),
            ("note", "fg:ansibrightblack nobold"),
            ("validation-toolbar", "noreverse fg:ansired bg:default bold"),
        ]
    )


def _pointer() -> str:
    return ">"


def _answered(question: str, answer: str) -> None:
    """The question and its answer as one line that stays."""
    show.item(show.Mark.OK, f"{question} {answer}")


def _is_plain() -> bool:
    return session().plain or os.environ.get("TERM") == "dumb"


def _number_list(question: str, picks: Sequence[Pick]) -> None:
    show.question(question)
    for number, pick in enumerate(picks, start=1):
        show.note(f"  {number}) {pick.title}" + (f" - {pick.note}" if pick.note else ""))


def _read(prompt: str) -> str:
    """One typed line. The end of the input counts as Ctrl-C: nobody is there any more."""
    sys.stdout.flush()
    sys.stderr.write(cells.clean(prompt))
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not typed:
        raise KeyboardInterrupt
    if typed.strip().lower() == "q":
        raise Quit
    return typed.strip()


def _number(count: int, default: int) -> int:
    while True:
        typed = _read(f"{say('ask.how.number')} [{default + 1}] ")
        if not typed:
            return default
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= count:
            return int(typed) - 1
        show.note(say("ask.not-a-number", count=count))


def _numbers(picks: Sequence[Pick], chosen: Sequence[str]) -> tuple[str, ...]:
    marked = [str(i) for i, pick in enumerate(picks, start=1) if pick.value in chosen]
    shown = ",".join(marked) or say("ask.none")
    while True:
        typed = _read(f"{say('ask.how.numbers')} [{shown}] ")
        words = typed.replace("，", ",").replace(",", " ").split() if typed else marked
        if all(
            word.isascii() and word.isdigit() and 1 <= int(word) <= len(picks) for word in words
        ):
            return tuple(picks[int(word) - 1].value for word in dict.fromkeys(words))
        show.note(say("ask.not-a-number", count=len(picks)))


def _plain_text(question: str, default: str, check: Validator | None) -> str:
    while True:
        typed = _read(f"? {question} [{default}] " if default else f"? {question} ") or default
        objection = check(typed) if check else None
        if objection is None:
            return typed
        show.note(objection)


def _plain_confirm(question: str, default: bool) -> bool:
    while True:
        typed = _read(f"? {question} ").lower()
        if not typed:
            return default
        if typed in say("ask.words.yes").split():
            return True
        if typed in say("ask.words.no").split():
            return False
        show.note(say("ask.not-yes-or-no"))
