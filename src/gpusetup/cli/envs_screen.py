"""The environments on the screen: a table, then what is wrong, then what is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Sequence

from gpusetup.cli.envs_targets import doctor_of
from gpusetup.environments.inventory import Environment, Kept, Size, State
from gpusetup.messages import say
from gpusetup.terminal import show
from gpusetup.terminal.amounts import mib

_HEADERS = ("name", "torch", "build", "python", "size", "state")


def show_environments(found: Sequence[Environment], kept: Sequence[Kept]) -> None:
    """All of them, grouped by the folder that they lie in."""
    if not found:
        show.paragraph(say("envs.none"))
    headers = [say(f"envs.header.{name}") for name in _HEADERS]
    for folder in dict.fromkeys(_folder(each) for each in found):
        show.heading(_short(folder))
        rows = [_row(each) for each in found if _folder(each) == folder]
        show.table(headers, rows)
    _show_troubles(found)
    _show_kept(kept)


def _folder(each: Environment) -> str:
    path = Path(each.path)
    return str(path if each.is_base else path.parent)


def _row(each: Environment) -> list[str]:
    torch = each.installed.torch
    marks = [say(f"envs.mark.{name}") for name in ("active", "readonly") if _is(each, name)]
    name = f"{each.name} ({', '.join(marks)})" if marks else each.name
    return [
        name, torch.version if torch else "-", torch.build if torch else "-",
        each.installed.python or "?", size_words(each.size), say(f"envs.state.{each.state.value}"),
    ]  # fmt: skip


def _is(each: Environment, mark: str) -> bool:
    return each.is_active if mark == "active" else not each.is_writable


def size_words(size: Size | None) -> str:
    """How much disk; a tilde stands before what is shared with other environments or a cache."""
    return "?" if size is None else mib(size.total)


def _show_troubles(found: Sequence[Environment]) -> None:
    for each in found:
        inside = each.installed
        reasons = [(show.Mark.BAD, reason) for reason in inside.problems]
        reasons += [(show.Mark.WARN, reason) for reason in inside.notes]
        for mark, reason in reasons:
            text = say(reason.code, **reason.facts)
            show.item(mark, say("envs.about", path=_short(each.path), text=text))
        if each.state is State.UNFINISHED:
            text = say("envs.unfinished", path=_short(each.path), run=each.run or "")
            show.item(show.Mark.WARN, text)
    for each in found:
        if each.state is State.BROKEN:
            doctor = show.quoted(doctor_of(each, found))
            show.hint(say("envs.see-doctor", name=each.name, command=doctor))


def _show_kept(kept: Sequence[Kept]) -> None:
    if not kept:
        return
    show.heading(say("envs.kept.title"))
    for each in kept:
        facts = {"path": _short(each.prefix), "size": size_words(each.size), "run": each.run or "?"}
        show.item(show.Mark.NOTE, say(f"envs.kept.{each.what.value}", **facts))
    show.hint(say("envs.kept.hint"))


def _short(path: str) -> str:
    """With ~ for the home folder."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() can raise
    inside = path == home or path.startswith(home + os.sep)
    return f"~{path[len(home) :]}" if inside and home != os.sep else path
