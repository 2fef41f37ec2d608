"""What the user sees. Results go to stdout, everything else to stderr; no other file prints.

With `--json` all text goes to stderr, so that stdout holds one document. Without a terminal, with
NO_COLOR, TERM=dumb or `--plain` there is no colour and nothing moves. Sentences come in ready.
"""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import TYPE_CHECKING, Sequence, TextIO

from gpusetup.basics.errors import StepFailed
from gpusetup.basics.values import dataclass
from gpusetup.messages import say
from gpusetup.terminal import cells
from gpusetup.terminal.amounts import duration as duration
from gpusetup.terminal.amounts import mib as mib
from gpusetup.terminal.own_name import typeable
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.terminal.live import Awaiting, Downloads

LABEL_CELLS = 12
NARROW = 60  # below this, labels stand above or before their text instead of in a column
WIDEST = 100  # prose is not stretched over wider terminals


class Mark(Enum):
    """How an area stands: (sign, sign in ASCII, colour)."""

    OK = ("✓", "ok", "32")
    NOTE = ("i", "i", "36")
    WARN = ("!", "!", "33")
    BAD = ("✗", "x", "31")


@dataclass(frozen=True)
class Line:
    """One area of a summary."""

    mark: Mark
    label: str
    text: str
    detail: str | None = None


def heading(text: str) -> None:
    """A title with a blank line above, if there is none already."""
    stream = _results()
    blank()
    for one in cells.wrap(cells.clean(text), _prose_cells(stream)):
        _write(stream, style(one, "1", stream) + "\n")


def line(mark: Mark, label: str, text: str, detail: str | None = None) -> None:
    """One area: mark, label, text; the detail dim below."""
    lines([Line(mark, label, text, detail)])


def lines(areas: Sequence[Line]) -> None:
    """Areas with their texts in one column. A label that repeats is said once."""
    label_cells = max([LABEL_CELLS, *(cells.width(area.label) for area in areas)])
    before = None
    for area in areas:
        same = (area.mark, area.label) == before
        _area(area, label_cells, _results(), goes_on=same)
        before = (area.mark, area.label)


def item(mark: Mark, text: str) -> None:
    """A sentence behind a mark, without a label."""
    stream = _results()
    margin = " " * (cells.width(_sign_text(mark, stream)) + 1)
    room = _prose_cells(stream)
    _hanging(stream, text, _sign(mark, stream) + " ", cells.width(margin), margin, room)


def paragraph(text: str) -> None:
    """Prose. Words in backticks are commands or paths."""
    _prose(_results(), text)


def blank() -> None:
    """An empty line between two thoughts; never two of them."""
    if not session().ends_blank:
        _write(_results(), "\n")
    session().ends_blank = True


def command(argv: Sequence[str] | str) -> None:
    """A command that can be typed, on a line of its own, never broken.

    Args:
        argv: the words, quoted here for bash; or one text that is quoted already.
    """
    text = typeable(argv if isinstance(argv, str) else quoted(argv), whole=True)
    stream = _results()
    _write(stream, "  " + style(cells.clean(text), "36", stream) + "\n")


def code(text: str) -> None:
    """Lines of a program or a file, indented, as they stand."""
    for one in text.rstrip("\n").split("\n"):
        _write(_results(), ("    " + cells.clean(one)).rstrip() + "\n")


def raw(text: str) -> None:
    """A file's text as it is, for a pipe: a script."""
    _write(sys.stdout, text)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> None:
    """Aligned columns: wrapped on a terminal, never wrapped in a pipe."""
    from gpusetup.terminal.tables import render

    stream = _results()
    if title:
        heading(title)
    texts = [[cells.clean(cell) for cell in row] for row in rows]
    for is_header, text in render(headers, texts, _columns(stream), ascii_only=not _signs(stream)):
        _write(stream, (style(text, "1", stream) if is_header else text) + "\n")


def bar(share: float, length: int = 10) -> str:
    """A bar of so many cells, filled by a share of 0 to 1."""
    full, empty = ("█", "░") if _signs(_results()) else ("#", ".")
    filled = round(max(0.0, min(1.0, share)) * length)
    return full * filled + empty * (length - filled)


def hint(text: str) -> None:
    """What to do next, on stderr."""
    _prefixed("hint", text, "36")


def warning(text: str) -> None:
    """Something to know before going on, on stderr."""
    _prefixed("warning", text, "33")


def error(text: str) -> None:
    """What went wrong, on stderr."""
    _prefixed("error", text, "31")


def note(text: str) -> None:
    """A remark that is no result (what is being done, where the log is), on stderr."""
    _prose(sys.stderr, text)


def question(text: str) -> None:
    """What is asked, before the answer is read, on stderr."""
    _write(sys.stderr, style("? ", "36", sys.stderr) + style(text, "1", sys.stderr) + "\n")


def path(where: object) -> str:
    """A path as it stands in a sentence: in backticks, the home folder as ~."""
    text, home = str(where), str(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() can raise
    if home not in ("~", "/") and (text == home or text.startswith(home + os.sep)):
        text = "~" + text[len(home) :]
    return f"`{text}`"


def typed_path(where: object) -> str:
    """A path as it is typed in a command: with ~, unless it needs quotes, where ~ is no home."""
    short = path(where).strip("`")
    rest = short.removeprefix("~")
    return short if quoted([rest]) == rest else quoted([str(where)])


def quoted(argv: Sequence[str]) -> str:
    """The words as a line for bash."""
    import shlex

    return " ".join(shlex.quote(word) for word in argv)


def awaiting(text: str) -> Awaiting:
    """`with awaiting("..."):` says after a second what is awaited (a spinner on a terminal)."""
    from gpusetup.terminal.live import Awaiting

    return Awaiting(text, moves=moves())


def progress(total_mib: float | None = None) -> Downloads:
    """`with progress(3100) as downloads:` shows bars on a terminal, some lines elsewhere."""
    from gpusetup.terminal.live import Downloads

    return Downloads(total_mib, moves=moves(), colour=has_colour(sys.stderr))


def help_cells() -> int:
    """How wide a help page may be: it is wrapped in a pipe too."""
    import shutil

    return max(20, min(shutil.get_terminal_size((80, 24)).columns - 1, WIDEST))


def table_cells() -> int | None:
    """How wide a table may be; None in a pipe, where nothing is wrapped."""
    return _columns(_results())


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at this stream."""
    try:
        return stream.isatty()
    except (ValueError, AttributeError):  # closed, or none at all (pythonw)
        return False


def can_show(signs: str, stream: TextIO | None = None) -> bool:
    """Whether the stream's encoding (that of stdout) has these signs: some of Windows do not."""
    try:
        signs.encode((stream or sys.stdout).encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def has_colour(stream: TextIO) -> bool:
    """A terminal that shows colours, and nobody who said no."""
    if session().plain or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream) and _ansi_console()


def moves() -> bool:
    """Whether spinners and bars may be drawn."""
    plain = session().plain or os.environ.get("TERM") == "dumb"
    return not plain and is_terminal(sys.stderr) and _ansi_console()


def style(text: str, sgr: str, stream: TextIO) -> str:
    """`text` in a colour or weight, if the stream shows any."""
    return f"\x1b[{sgr}m{text}\x1b[0m" if text and has_colour(stream) else text


def _results() -> TextIO:
    return sys.stderr if session().json else sys.stdout


def _write(stream: TextIO, text: str) -> None:
    session().ends_blank = False
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StepFailed("output", cause=error.strerror) from error


def _columns(stream: TextIO) -> int | None:
    """The width to wrap at; None in a pipe, where lines stay whole for grep."""
    import shutil

    if not is_terminal(stream) and not os.environ.get("COLUMNS"):
        return None
    return max(20, shutil.get_terminal_size((80, 24)).columns)


def _prose_cells(stream: TextIO) -> int | None:
    columns = _columns(stream)
    return None if columns is None else min(columns - 1, WIDEST)


def _prose(stream: TextIO, text: str, first: str = "", rest: str = "") -> None:
    columns = _prose_cells(stream)
    room = None if columns is None else columns - cells.width(rest or first)
    inside = False
    for position, one in enumerate(cells.wrap(cells.clean(typeable(text)), room)):
        body, inside = _literals(one, inside, stream)
        _write(stream, (rest if position else first) + body + "\n")


def _literals(text: str, inside: bool, stream: TextIO) -> tuple[str, bool]:
    """Colour what stands in backticks; a pair may span lines."""
    if not has_colour(stream):
        return text, inside
    parts: list[str] = []
    for position, part in enumerate(text.split("`")):
        if position:
            inside = not inside
        parts.append(style(part, "36", stream) if inside else part)
    return "`".join(parts), inside


def _prefixed(code: str, text: str, colour: str) -> None:
    prefix = say(code, text="")
    sys.stdout.flush()  # what was said before stays before it on the screen
    rest = " " * min(cells.width(prefix), 8)
    columns = _prose_cells(sys.stderr)
    room = None if columns is None else columns - cells.width(prefix)
    inside = False
    for position, one in enumerate(cells.wrap(cells.clean(typeable(text)), room)):
        body, inside = _literals(one, inside, sys.stderr)
        start = rest if position else style(prefix, f"1;{colour}", sys.stderr)
        _write(sys.stderr, start + body + "\n")


def _area(area: Line, label_cells: int, stream: TextIO, *, goes_on: bool) -> None:
    sign = _sign(area.mark, stream)
    columns = _columns(stream)
    label = cells.clean(area.label)
    margin = " " * (cells.width(_sign_text(area.mark, stream)) + 1)
    if columns is not None and columns < NARROW and goes_on:
        _hanging(stream, area.text, margin, cells.width(margin), margin, columns - 1)
    elif columns is not None and columns < NARROW:
        start = f"{sign} {style(label, '1', stream)}{say('colon')}"
        first_cells = cells.width(margin + label + say("colon"))
        _hanging(stream, area.text, start, first_cells, margin, columns - 1)
    else:
        rest = margin + " " * (label_cells + 1)
        start = rest if goes_on else f"{sign} {style(cells.pad(label, label_cells), '1', stream)} "
        _hanging(stream, area.text, start, cells.width(rest), rest, _prose_cells(stream))
        margin = rest
    if area.detail:
        room = None if columns is None else columns - 1 - cells.width(margin)
        for one in cells.wrap(cells.clean(area.detail), room):
            _write(stream, margin + style(one, "2", stream) + "\n")


def _hanging(
    stream: TextIO, text: str, start: str, start_cells: int, rest: str, columns: int | None
) -> None:
    """`start` and the text behind it, the following lines indented by `rest`."""
    room = None if columns is None else columns - cells.width(rest)
    # the first line is shorter or longer than the others: give it a placeholder of its own width
    lead = cells.PLACEHOLDER * max(0, start_cells - cells.width(rest))
    wrapped = cells.wrap(lead + cells.clean(typeable(text)), room)
    inside = False
    for position, one in enumerate(wrapped):
        body, inside = _literals(one.lstrip(cells.PLACEHOLDER), inside, stream)
        _write(stream, (rest if position else start) + body + "\n")


def _signs(stream: TextIO) -> bool:
    """Whether ✓ and ✗ can be shown here."""
    return not session().plain and can_show("✓✗─", stream)


def _sign_text(mark: Mark, stream: TextIO) -> str:
    sign, ascii_sign, _colour = mark.value
    return str(sign) if _signs(stream) else cells.pad(ascii_sign, 2)


def _sign(mark: Mark, stream: TextIO) -> str:
    return style(_sign_text(mark, stream), f"1;{mark.value[2]}", stream)


def _ansi_console() -> bool:
    """Windows consoles before Windows Terminal show escape codes only when told to."""
    if os.name != "nt":
        return True
    from gpusetup.terminal.windows_console import ansi_works

    return ansi_works()
