"""The help page of a command: our own, because the framework's is English and slow to load."""

from __future__ import annotations

import sys
from typing import Sequence

import click

from gpusetup.cli.help_facts import ArgumentHelp, Help, OptionHelp, read_help
from gpusetup.cli.help_groups import OTHERS, groups_of
from gpusetup.messages import say
from gpusetup.terminal import cells, show
from gpusetup.terminal.own_name import typeable
from gpusetup.terminal.session import session

_INDENT = "  "
_WIDEST_NAME = 28
_FEW = 8  # below this, headings would be more than they explain


def show_help(command: click.Command, context: click.Context) -> None:
    """The page of a command; with `--json` the same as a document."""
    if session().json:
        from gpusetup.cli.help_document import help_document
        from gpusetup.envelope import emit

        emit(help_document(read_help(command, context)))
    else:
        click.echo(page(command, context))


def page(command: click.Command, context: click.Context) -> str:
    """Usage, what it does, commands, arguments, options by subject, examples."""
    known = read_help(command, context)
    parts = [_usage(known, is_group=isinstance(command, click.Group)), *map(typeable, known.texts)]
    lines = [line for part in parts for line in [*cells.wrap(part, show.help_cells()), ""]]
    lines += _section(say("help.commands"), known.commands)
    lines += _section(
        say("help.arguments"), [(_argument_name(one), one.text) for one in known.arguments]
    )
    lines += _options(known)
    if known.examples:
        lines.append(_title(say("help.examples")))
        lines += [_INDENT + line for line in known.examples]
    return "\n".join(lines).rstrip()


def _options(known: Help) -> list[str]:
    """By subject where there are many. The options of every command come last."""
    own = [one for one in known.options if one.group != "shared"]
    is_only_one = len(own) < _FEW or len({one.group for one in own}) < 2
    by_group: dict[str, list[tuple[str, str]]] = {group: [] for group in groups_of(known.path)}
    for one in known.options:
        is_here = one.group == "shared" or not is_only_one
        by_group.setdefault(one.group if is_here else OTHERS, []).append(_entry_of(one))
    lines = []
    for group, entries in by_group.items():
        code = f"help.group.{group}"
        if group == OTHERS:
            code = "help.options" if is_only_one else "help.group.others"
        lines += _section(say("help.shared" if group == "shared" else code), entries)
    return lines


def _usage(known: Help, *, is_group: bool) -> str:
    words = [known.path]
    if is_group:
        words.append(say("help.usage.command"))
    words += [_argument_name(one) for one in known.arguments]
    words.append(say("help.usage.options"))
    return say("help.usage", line=" ".join(words))


def _argument_name(argument: ArgumentHelp) -> str:
    word = argument.metavar + ("..." if argument.repeated else "")
    return word if argument.required else f"[{word}]"


def _entry_of(option: OptionHelp) -> tuple[str, str]:
    name = ", ".join(option.names)
    if option.value is not None:
        name += " " + option.value
    text = option.text
    if option.default:
        text += say("help.default", value=option.default)
    if option.required:
        text += say("help.required")
    return name, text


def _section(title: str, entries: Sequence[tuple[str, str]]) -> list[str]:
    if not entries:
        return []
    columns = show.help_cells()
    beside = min(max(cells.width(name) for name, _text in entries), _WIDEST_NAME)
    if columns < show.NARROW:
        beside = 0  # texts stand below the names
    lines = [_title(title)]
    for name, text in entries:
        lines += _entry(name, text, beside, columns)
    return [*lines, ""]


def _entry(name: str, text: str, beside: int, columns: int) -> list[str]:
    margin = " " * (len(_INDENT) + beside + 2) if beside else _INDENT * 2
    texts = cells.wrap(text, columns - len(margin)) if text else []
    names = [
        _INDENT + show.style(part, "36", sys.stdout) for part in _name_lines(name, columns - 4)
    ]
    if texts and cells.width(name) <= beside:
        names[-1] += " " * (beside - cells.width(name) + 2) + texts.pop(0)
    return [*names, *(margin + line for line in texts)]


def _name_lines(name: str, room: int) -> list[str]:
    """A long list of choices, broken behind its bars."""
    if cells.width(name) <= room:
        return [name]
    lines = [""]
    for piece in name.replace("|", "|\x00").split("\x00"):
        if lines[-1] and cells.width(lines[-1] + piece) > room:
            lines.append("  ")
        lines[-1] += piece
    return lines


def _title(text: str) -> str:
    return show.style(text, "1", sys.stdout)
