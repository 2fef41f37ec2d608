"""The help page of a command: our own, because the framework's is English and slow to load."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Sequence

import click

from gpusetup.messages import say, sentences
from gpusetup.terminal import cells, show

SHARED = ("--lang", "--json", "--plain", "--verbose", "--version", "--help")
_INDENT = "  "
_WIDEST_NAME = 28


def page(command: click.Command, context: click.Context) -> str:
    """Usage, what it does, commands, arguments, options, examples."""
    parameters = command.get_params(context)
    arguments = [p for p in parameters if isinstance(p, click.Argument) and not _is_hidden(p)]
    options = [p for p in parameters if isinstance(p, click.Option) and not p.hidden]
    own = [option for option in options if option.opts[0] not in SHARED]
    shared = [option for option in options if option.opts[0] in SHARED]
    parts = [_usage(command, context), *(command.help or "").split("\n\n")]
    lines = [line for part in parts for line in [*cells.wrap(part, show.help_cells()), ""]]
    if isinstance(command, click.Group):
        lines += _section(say("help.commands"), _commands(command, context))
    lines += _section(say("help.arguments"), [_argument_entry(one) for one in arguments])
    lines += _section(say("help.options"), [_option_entry(one) for one in own])
    lines += _section(say("help.shared"), [_option_entry(one) for one in shared])
    if command.epilog:
        lines.append(_title(say("help.examples")))
        lines += [_INDENT + line.strip() for line in command.epilog.strip().split("\n")]
    return "\n".join(lines).rstrip()


def _usage(command: click.Command, context: click.Context) -> str:
    words = [context.command_path]
    if isinstance(command, click.Group):
        words.append(say("help.usage.command"))
    else:
        for one in command.get_params(context):
            if isinstance(one, click.Argument) and not _is_hidden(one):
                words.append(_metavar(one))
    words.append(say("help.usage.options"))
    return say("help.usage", line=" ".join(words))


def _commands(group: click.Group, context: click.Context) -> list[tuple[str, str]]:
    """Names and first sentences, without importing the commands."""
    path = context.command_path.split()[1:]
    return [(name, say(".".join(["help", *path, name]))) for name in group.list_commands(context)]


def _is_hidden(argument: click.Argument) -> bool:
    return bool(getattr(argument, "hidden", False))


def _argument_entry(argument: click.Argument) -> tuple[str, str]:
    return _metavar(argument), str(getattr(argument, "help", None) or "")


def _metavar(parameter: click.Parameter) -> str:
    word = parameter.metavar or (parameter.name or "").upper()
    code = f"help.metavar.{word}"
    word = say(code) if code in sentences() else word
    if isinstance(parameter, click.Argument):
        word += "..." if parameter.nargs == -1 else ""
        return word if parameter.required else f"[{word}]"
    return word


def _option_entry(option: click.Option) -> tuple[str, str]:
    name = ", ".join([*option.opts, *option.secondary_opts])
    if not option.is_flag and not option.count:
        name += " " + _value(option)
    text = option.help or ""
    default = _default(option)
    if default:
        text += say("help.default", value=default)
    if option.required:
        text += say("help.required")
    return name, text


def _value(option: click.Option) -> str:
    if option.metavar:
        return _metavar(option)
    if isinstance(option.type, click.Choice):
        return "|".join(str(getattr(each, "value", each)) for each in option.type.choices)
    word = {"integer": "N", "float": "N", "path": "FILE", "file": "FILE"}.get(option.type.name, "")
    code = f"help.metavar.{word or 'TEXT'}"
    return say(code)


def _default(option: click.Option) -> str:
    if isinstance(option.show_default, str):  # what counts where nothing is said
        return option.show_default
    default = option.default
    if not option.show_default or option.is_flag or callable(default):
        return ""
    if isinstance(default, Enum):
        default = default.value
    return str(default) if isinstance(default, (str, int, float)) and default != "" else ""


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
