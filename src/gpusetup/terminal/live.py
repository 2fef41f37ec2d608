"""What moves on a terminal: the wait with its seconds, the bars of downloads. On stderr."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from gpusetup.basics.values import dataclass
from gpusetup.messages import say
from gpusetup.terminal import cells
from gpusetup.terminal.amounts import duration, mib

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SILENT_S = 1.0  # waits shorter than this are not worth a word
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_FRAMES = "|/-\\"
_TICK_S = 0.1
_LOG_EVERY_S = 15.0


class Awaiting:
    """Says what is awaited, after a second: a spinner with the seconds, or one plain line."""

    def __init__(self, text: str, *, moves: bool) -> None:
        self._text = text
        self._moves = moves
        self._said: str | None = None
        self._over = threading.Event()
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def update(self, text: str) -> None:
        """What is awaited now."""
        self._text = text

    def above(self, text: str) -> None:
        """A line that stays, above what moves."""
        start = "\r\x1b[K" if self._moves and self._said is not None else ""
        sys.stderr.write(start + cells.clean(text) + "\n")
        sys.stderr.flush()

    def __enter__(self) -> Awaiting:
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._moves and self._said is not None:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _tell(self) -> None:
        if self._over.wait(SILENT_S):
            return
        turn = 0
        while True:
            if self._moves:
                self._draw(turn)
            elif self._text != self._said:
                sys.stderr.write(cells.clean(self._text) + "\n")
                sys.stderr.flush()
            self._said = self._text
            turn += 1
            if self._over.wait(_TICK_S):
                return

    def _draw(self, turn: int) -> None:
        import shutil

        frames = _FRAMES if _can_show(_FRAMES) else _ASCII_FRAMES
        seconds = say("seconds", count=int(time.monotonic() - self._begun))
        tail = f" {seconds}"
        room = shutil.get_terminal_size((80, 24)).columns - 3 - cells.width(tail)
        text = cells.shorten(cells.clean(self._text), max(1, room), "...")
        sys.stderr.write(f"\r{frames[turn % len(frames)]} {text}{tail}\x1b[K")
        sys.stderr.flush()


@dataclass
class _Item:
    done: float = 0.0
    total: float | None = None
    finished: bool = False


class Downloads:
    """Live state of several downloads: name, size, speed, time left. Sizes in MiB.

    Use: `with show.progress(3100) as downloads: downloads.set("torch", 120, 820)`.
    """

    def __init__(self, total_mib: float | None, *, moves: bool, colour: bool) -> None:
        self._total = total_mib
        self._moves = moves
        self._colour = colour
        self._items: dict[str, _Item] = {}
        self._tasks: dict[str, TaskID] = {}
        self._bars: Progress | None = None
        self._said_at = time.monotonic()

    def __enter__(self) -> Downloads:
        if self._moves:
            self._bars = _bars(self._colour)
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def set(self, name: str, done_mib: float, total_mib: float | None = None) -> None:
        """How much of one file is there. The first call makes its bar."""
        item = self._items.setdefault(name, _Item())
        item.done, item.total = done_mib, total_mib if total_mib is not None else item.total
        if self._bars is None:
            self._log_sometimes()
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(cells.clean(name), total=item.total)
        self._bars.update(self._tasks[name], completed=item.done, total=item.total)

    def finish(self, name: str) -> None:
        """One file is complete: its bar becomes a line."""
        item = self._items.setdefault(name, _Item())
        if item.finished:
            return
        item.finished = True
        item.done = item.total if item.total is not None else item.done
        task = self._tasks.pop(name, None)
        if self._bars is not None and task is not None:
            self._bars.remove_task(task)
        self.say(say("downloaded", name=name, size=mib(item.done)))

    def say(self, text: str) -> None:
        """A line above the bars."""
        text = cells.clean(text)
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def _log_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._said_at < _LOG_EVERY_S:
            return
        self._said_at = now
        done = sum(item.done for item in self._items.values())
        if self._total:
            self.say(say("downloading-of", done=mib(done), total=mib(self._total)))
        else:
            self.say(say("downloading", done=mib(done)))


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _bars(colour: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
    from rich.table import Column
    from rich.text import Text

    class Amount(ProgressColumn):
        def render(self, task: object) -> Text:
            done, total = task.completed, task.total  # type: ignore[attr-defined]
            return Text(f"{mib(done)} / {mib(total)}" if total else mib(done))

    class Speed(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: object) -> Text:
            speed = task.speed  # type: ignore[attr-defined]
            return Text(f"{speed:.1f} MiB/s" if speed else "")

    class Left(ProgressColumn):
        max_refresh = 1.0

        def render(self, task: object) -> Text:
            left = task.time_remaining  # type: ignore[attr-defined]
            return Text("" if left is None else say("left", time=duration(left)))

    console = Console(stderr=True, no_color=not colour, highlight=False)
    wide = console.width >= 70
    columns: list[ProgressColumn] = [
        SpinnerColumn("dots" if _can_show(_FRAMES) else "line"),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        *([BarColumn(bar_width=20)] if wide else []),
        Amount(table_column=Column(justify="right", no_wrap=True)),
        *([Speed(table_column=Column(justify="right", no_wrap=True))] if wide else []),
        Left(table_column=Column(justify="right", no_wrap=True)),
    ]
    return Progress(*columns, console=console, transient=True)
