"""How the use of the GPUs looks on the screen."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import PurePath
from typing import Iterator

from gpusetup.cli.reading_words import detail_words
from gpusetup.machine import GpuState
from gpusetup.messages import listed, say
from gpusetup.sharing.picking import Obstacle, Place, Wish, judge, places_of, unexplained_mib
from gpusetup.sharing.usage import GpuProcess, Kind, Presence, Usage, UsedGpu
from gpusetup.terminal.show import (
    Line,
    Mark,
    blank,
    duration,
    heading,
    hint,
    line,
    lines,
    mib,
    table,
)

_LONGEST = 40  # of a command


def show_usage(usage: Usage, title: str | None = None) -> None:
    """A line for each GPU and slice, then the processes. `title`: of another machine than this."""
    heading(title or say("who.title"))
    if not usage.gpus:
        _show_none(usage, title)
        return
    lines([area for gpu in usage.gpus for area in _areas(gpu)])
    now = datetime.now(timezone.utc)
    rows = [row for gpu in usage.gpus for row in _rows(gpu, now)]
    blank()
    if rows:
        names = ("gpu", "user", "pid", "memory", "since", "what")
        table([say(f"who.column-{name}") for name in names], rows)
    else:
        line(Mark.NOTE, say("who.column-user"), say("who.nobody"))


def _show_none(usage: Usage, host: str | None) -> None:
    label = say("who.column-gpu")
    if usage.gpus is not None:
        line(Mark.NOTE, label, say("who.no-gpus"))
        return
    detail = detail_words(usage.reading) or say("who.unknown")
    line(Mark.NOTE, label, say("who.no-driver", detail=detail))
    hint(say("who.no-driver-on-host.next", host=host) if host else say("who.no-driver.next"))


def _areas(gpu: UsedGpu) -> Iterator[Line]:
    label, name = say("who.gpu", index=gpu.index), gpu.name or say("who.unknown")
    if gpu.state is not GpuState.OK:
        yield Line(Mark.BAD, label, listed([name, say("who.no-answer")]))
        return
    if gpu.is_cut:
        yield Line(Mark.NOTE, label, listed([name, say("who.cut", count=len(gpu.slices))]))
    for place in places_of([gpu]):
        if place.slice is None:
            yield _area(place, label, gpu.refused)
        else:
            part = say("who.slice", index=place.gpu, slice=place.slice)
            yield _area(place, part, False)


def _area(place: Place, label: str, refused: bool) -> Line:
    judged = judge(place, Wish(), None)
    state = {
        None: "who.free",
        Obstacle.PROHIBITED: "who.prohibited",
    }.get(judged.obstacle, "who.in-use")
    parts = [place.name or say("who.unknown"), say(state), _memory(place)]
    if place.utilization_percent is not None:
        parts.append(say("who.load", percent=place.utilization_percent))
    mark = Mark.OK if judged.obstacle is None else Mark.WARN
    return Line(mark, label, listed(part for part in parts if part), _remark(place, refused))


def _memory(place: Place) -> str:
    if place.memory_mib is None or place.used_mib is None:
        return ""
    return say("who.memory", used=mib(place.used_mib), total=mib(place.memory_mib))


def _remark(place: Place, refused: bool) -> str | None:
    if refused:
        return say("who.refused")
    if place.processes is None:
        return say("who.untold")
    amount = unexplained_mib(place)
    if judge(place, Wish(), None).obstacle is Obstacle.TAKEN:
        return say("who.unexplained", amount=mib(amount))
    return None


def _rows(gpu: UsedGpu, now: datetime) -> Iterator[list[str]]:
    """The processes; those that have ended meanwhile are left out."""
    groups = [(str(gpu.index), gpu.processes or ())]
    if gpu.is_cut:  # what the whole card tells, its slices tell again
        groups = [
            (f"{gpu.index}:{position}", part.processes or ())
            for position, part in enumerate(gpu.slices)
        ]
    for label, processes in groups:
        for process in processes:
            if process.presence is not Presence.GONE:
                yield _row(label, process, now)


def _row(label: str, process: GpuProcess, now: datetime) -> list[str]:
    amount = "" if process.memory_mib is None else mib(process.memory_mib)
    what = say("who.desktop", what=what_of(process)) if _draws(process) else what_of(process)
    return [label, _who(process), str(process.pid), amount, _since(process.since, now), what]


def _draws(process: GpuProcess) -> bool:
    return process.kind is Kind.GRAPHICS


def _who(process: GpuProcess) -> str:
    if process.presence is Presence.HIDDEN:
        return say("who.hidden")
    user = process.user or say("who.unknown")
    if process.login:
        return say("who.by-login", user=user, login=process.login)
    return say("who.you", user=user) if process.is_mine else user


def what_of(process: GpuProcess) -> str:
    """ "python train.py" out of a whole command line; the job where there is one."""
    words = list(process.command)
    if not words:
        return process.job or ""
    found = [PurePath(words[0].replace("\\", "/")).name]
    if found[0].startswith(("python", "pypy", "ipython")):
        found += _script(words[1:])
    text = " ".join(found)
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f"{text} ({process.job})" if process.job else text


def _script(words: list[str]) -> list[str]:
    """The module or the script that Python runs."""
    for position, word in enumerate(words):
        if word in ("-m", "-c"):
            following = words[position + 1 : position + 2] if word == "-m" else ["…"]
            return [word, *following]
        if not word.startswith("-"):
            return [PurePath(word).name]
    return []


def _since(since: datetime | None, now: datetime) -> str:
    """The time of today with how long ago; the date of another day."""
    if since is None:
        return ""
    here, ago = since.astimezone(), now - since
    if ago.days < 1:
        length = duration(max(0.0, ago.total_seconds()))
        return say("who.today", time=f"{here:%H:%M}", duration=length)
    return say("who.since-days", date=f"{here:%Y-%m-%d}", count=ago.days)
