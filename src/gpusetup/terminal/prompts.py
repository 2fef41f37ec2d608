"""One question at a time: with arrow keys on a good terminal, with numbers on a plain one.

All words are ours: the framework's own are English. Ctrl-C raises KeyboardInterrupt.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from gpusetup.basics.errors import UsageError
from gpusetup.messages import listed, say
from gpusetup.terminal import cells, plain_prompts, show
from gpusetup.terminal.plain_prompts import Back as Back
from gpusetup.terminal.plain_prompts import Pick as Pick
from gpusetup.terminal.plain_prompts import Quit as Quit
from gpusetup.terminal.plain_prompts import Validator as Validator
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindingsBase

_BACK = "<back>"
_ESCAPE_S = 0.3  # how long an Escape may still become a longer key


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
    if not has_answers():
        raise UsageError("no-terminal")


def has_answers() -> bool:
    """Whether somebody can be asked."""
    if session().json or os.environ.get("GPUSETUP_NO_PROMPT"):
        return False
    return show.is_terminal(sys.stdin) and show.is_terminal(sys.stdout)


def select(
    question: str,
    picks: Sequence[Pick],
    default: str | None = None,
    *,
    note: str = "",
    back: bool = False,
    stays: bool = True,
) -> str:
    """The value of the pick that is taken. Enter alone takes the default, else the first.

    Args:
        question: what is asked.
        picks: the answers.
        default: the value under the pointer.
        note: half a sentence below the question.
        back: offers a step back, as the last answer and by Escape and the left arrow.
        stays: whether question and answer stay on the screen as one line.

    Raises:
        Back: the step back was taken.
    """
    require_terminal()
    picks = [*picks, Pick(_BACK, say("ask.back"))] if back else picks
    values = [pick.value for pick in picks]
    default = default if default in values else values[0]
    if _is_plain():
        plain_prompts.number_list(question, picks, note)
        place = plain_prompts.number(len(picks), values.index(default), back=back)
        return _not_back(values[place])
    import questionary

    message, instruction = _with_instruction(
        question, "ask.how.select-back" if back else "ask.how.select", note
    )
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
    value = _not_back(str(_ask(asked, quits=True, back=back)))
    if stays:
        _answered(question, picks[values.index(value)].title)
    return value


def _not_back(value: str) -> str:
    if value == _BACK:
        raise Back
    return value


def several(
    question: str,
    picks: Sequence[Pick],
    chosen: Sequence[str] = (),
    *,
    note: str = "",
    back: bool = False,
) -> tuple[str, ...]:
    """The values of all picks that are marked.

    Raises:
        Back: `back` allows a step back, and it was taken.
    """
    require_terminal()
    if _is_plain() or not show.can_show("●○"):  # the framework's boxes
        plain_prompts.number_list(question, picks, note)
        return plain_prompts.numbers(picks, chosen, back=back)
    import questionary

    message, instruction = _with_instruction(
        question, "ask.how.checkbox-back" if back else "ask.how.checkbox", note
    )
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
    values = tuple(str(value) for value in _ask(asked, quits=True, back=back))
    titles = [pick.title for pick in picks if pick.value in values]
    _answered(question, listed(titles) or say("ask.none"))
    return values


def text(
    question: str,
    default: str = "",
    check: Validator | None = None,
    *,
    note: str = "",
    back: bool = False,
) -> str:
    """A line of text. What `check` objects to is said, and asked again.

    Raises:
        Back: `back` allows a step back, and it was taken.
    """
    require_terminal()
    if _is_plain():
        if note:
            show.note(note)
        return plain_prompts.line(question, default, check, back=back)
    import questionary

    below = _below(note, say("ask.how.text-back") if back else "")
    asked = questionary.text(
        question,
        instruction=f"{below}\n  >" if below else None,
        default=default,
        validate=(lambda value: check(value.strip()) or True) if check else None,
        qmark="?",
        style=_style(),
        erase_when_done=True,
    )
    value = str(_ask(asked, back=back)).strip()
    _answered(question, value)
    return value


def confirm(question: str, default: bool = True) -> bool:
    """Yes or no."""
    require_terminal()
    instruction = say("ask.how.yes" if default else "ask.how.no")
    if _is_plain():
        return plain_prompts.yes_or_no(f"{question} {instruction}", default)
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


def _ask(asked: Any, *, quits: bool = False, back: bool = False) -> Any:
    """Run one question. `Any`: questionary's answers are untyped.

    Args:
        asked: the question.
        quits: whether q leaves; where text is typed it is a letter.
        back: whether Escape goes a step back, and where no text is typed the left arrow too.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    ends: dict[str, type[BaseException]] = {"q": Quit, "Q": Quit} if quits else {}
    if back:
        ends |= {"escape": Back, **({"left": Back} if quits else {})}
    if ends:
        from prompt_toolkit.key_binding import merge_key_bindings

        application = asked.application
        application.key_bindings = merge_key_bindings([application.key_bindings, _ending(ends)])
        application.timeoutlen = _ESCAPE_S
    return asked.unsafe_ask()


def _ending(ends: Mapping[str, type[BaseException]]) -> KeyBindingsBase:
    """Keys that end a question with an exception."""
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    bindings = KeyBindings()
    for key, kind in ends.items():

        def leave(event: KeyPressEvent, kind: type[BaseException] = kind) -> None:
            event.app.exit(exception=kind())

        bindings.add(key)(leave)
    return bindings


def _choices(picks: Sequence[Pick], chosen: Sequence[str] = ()) -> list[Any]:
    import questionary

    room = shutil.get_terminal_size((80, 24)).columns - 8
    noted = [pick for pick in picks if pick.note]
    titles = max([cells.width(pick.title) for pick in noted], default=0)
    in_columns = all(titles + 2 + cells.width(pick.note) <= room for pick in noted)
    return [
        questionary.Choice(
            title=_entry(pick, titles if in_columns else 0, room),
            value=pick.value,
            checked=pick.value in chosen,
        )
        for pick in picks
    ]


def _entry(pick: Pick, titles: int, room: int) -> list[tuple[str, str]]:
    """The title, filled up to `titles`, and the note behind it; below it where that is too wide."""
    first, *more = cells.wrap(pick.title, room)
    title = first + "".join("\n     " + one for one in more)
    if not pick.note:
        return [("class:text", title)]
    filled = cells.pad(title, titles)
    if not more and cells.width(filled) + 2 + cells.width(pick.note) <= room:
        return [("class:text", filled + "  "), ("class:note", pick.note)]
    below = "".join("\n     " + one for one in cells.wrap(pick.note, room))
    return [("class:text", title), ("class:note", below)]


def _with_instruction(question: str, code: str, note: str = "") -> tuple[str, str]:
    """The question, and how to answer: behind it, or below it on a narrow terminal or a note."""
    text = say(code)
    columns = shutil.get_terminal_size((80, 24)).columns
    if cells.width(f"? {question} {text} ") <= columns and not note:
        return question, text
    return "\n  ".join(cells.wrap(question, columns - 3)), _below(note, text)


def _below(*texts: str) -> str:
    """Each text on lines of its own below a question, wrapped where the terminal ends."""
    room = min(shutil.get_terminal_size((80, 24)).columns, show.WIDEST) - 3
    return "".join(f"\n  {line}" for text in texts if text for line in cells.wrap(text, room))


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
