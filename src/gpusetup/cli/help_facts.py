"""What a help page says, as values: for the page, for its JSON, and for the shells' completion."""

from __future__ import annotations

import re
from enum import Enum

import click

from gpusetup.basics.values import dataclass
from gpusetup.cli.help_groups import SHARED, group_of
from gpusetup.messages import say, sentences


@dataclass(frozen=True)
class ArgumentHelp:
    """`metavar` stands for the value in the language in use, `kind` is the same in code."""

    metavar: str
    kind: str
    required: bool
    repeated: bool
    text: str


@dataclass(frozen=True)
class OptionHelp:
    """`value` None: a flag. `choices`: all values that there are, where they are few."""

    names: tuple[str, ...]
    value: str | None
    kind: str | None
    choices: tuple[str, ...]
    default: str
    required: bool
    repeated: bool
    group: str
    text: str


@dataclass(frozen=True)
class Help:
    """One page."""

    path: str
    texts: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    arguments: tuple[ArgumentHelp, ...]
    options: tuple[OptionHelp, ...]
    examples: tuple[str, ...]


def read_help(command: click.Command, context: click.Context) -> Help:
    """The facts of a command's page."""
    parameters = command.get_params(context)
    path = context.command_path
    return Help(
        path=path,
        texts=tuple((command.help or "").split("\n\n")),
        commands=_commands(command, context),
        arguments=tuple(
            _argument(one)
            for one in parameters
            if isinstance(one, click.Argument) and not getattr(one, "hidden", False)
        ),
        options=tuple(
            _option(one, path)
            for one in parameters
            if isinstance(one, click.Option) and not one.hidden
        ),
        examples=tuple(line.strip() for line in (command.epilog or "").strip().split("\n") if line),
    )


def _commands(command: click.Command, context: click.Context) -> tuple[tuple[str, str], ...]:
    """Names and first sentences, without importing the commands."""
    if not isinstance(command, click.Group):
        return ()
    path = context.command_path.split()[1:]
    names = command.list_commands(context)
    return tuple((name, say(".".join(["help", *path, name]))) for name in names)


def _argument(argument: click.Argument) -> ArgumentHelp:
    kind = argument.metavar or (argument.name or "").upper()
    return ArgumentHelp(
        metavar=metavar(kind),
        kind=kind,
        required=argument.required,
        repeated=argument.nargs == -1,
        text=str(getattr(argument, "help", None) or ""),
    )


def _option(option: click.Option, path: str) -> OptionHelp:
    kind = None if option.is_flag or option.count else _kind(option)
    name = next((each for each in option.opts if each.startswith("--")), option.opts[0])
    return OptionHelp(
        names=(*option.opts, *option.secondary_opts),
        value=None if kind is None else metavar(kind),
        kind=kind,
        choices=_choices(option),
        default=_default(option),
        required=option.required,
        repeated=bool(option.multiple),
        group="shared" if name in SHARED else group_of(path, name),
        text=option.help or "",
    )


def metavar(kind: str) -> str:
    """What stands for a value, in the language in use: `NAME|auto` has a word for NAME only."""

    def word(found: re.Match[str]) -> str:
        code = f"help.metavar.{found[0]}"
        return say(code) if code in sentences() else found[0]

    return re.sub(r"(?<![\w.-])[A-Z]+(?![\w.-])", word, kind)


def _kind(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(_choices(option))
    return {"integer": "N", "float": "N", "path": "FILE", "file": "FILE"}.get(
        option.type.name, "TEXT"
    )


def _choices(option: click.Option) -> tuple[str, ...]:
    if not isinstance(option.type, click.Choice):
        return ()
    return tuple(str(getattr(each, "value", each)) for each in option.type.choices)


def _default(option: click.Option) -> str:
    if isinstance(option.show_default, str):  # what counts where nothing is said
        return option.show_default
    default = option.default
    if not option.show_default or option.is_flag or callable(default):
        return ""
    if isinstance(default, Enum):
        default = default.value
    if isinstance(default, float):
        return f"{default:g}"
    return str(default) if isinstance(default, (str, int)) and default != "" else ""
