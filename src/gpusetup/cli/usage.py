"""The framework's complaints about a command line, said in our own words and languages."""

from __future__ import annotations

import re
from typing import Sequence

import click

from gpusetup.basics.errors import UsageError
from gpusetup.cli.app import takers_of
from gpusetup.cli.guesses import no_such
from gpusetup.cli.help_facts import metavar


def in_our_words(error: click.ClickException, argv: Sequence[str]) -> UsageError:
    """The same complaint with a code, its facts and what to do next."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gpusetup"
    if isinstance(error, click.NoSuchOption):
        known = _option_names(context)
        return no_such("option", error.option_name, known, command, takers_of(error.option_name))
    if isinstance(error, click.MissingParameter):
        kind = "argument" if isinstance(error.param, click.Argument) else "option"
        return UsageError(f"usage.missing.{kind}", name=_name(error), command=command)
    if isinstance(error, click.BadParameter):
        return _bad_value(error, argv, command)
    if isinstance(error, click.BadOptionUsage):
        takes_none = "=" in " ".join(word for word in argv if word.startswith(error.option_name))
        code = "usage.takes-none" if takes_none else "usage.needs-value"
        return UsageError(code, name=error.option_name, command=command)
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message, re.DOTALL)
    if extra:
        return UsageError("usage.extra", words=extra[1], command=command)
    return UsageError("usage.other", reason=error.message, command=command)


def _option_names(context: click.Context | None) -> list[str]:
    if context is None:
        return []
    names = [name for each in context.command.get_params(context) for name in each.opts]
    return [name for name in names if name.startswith("-")]


def _name(error: click.BadParameter) -> str:
    parameter = error.param
    if parameter is None:
        return ""
    if isinstance(parameter, click.Argument):
        named = parameter.metavar or ""
        if not named or ("|" in named and named.islower()):  # "bash|zsh": its values, no name
            return (parameter.name or "").upper()
        return metavar(named)
    return parameter.opts[0]


def _bad_value(error: click.BadParameter, argv: Sequence[str], command: str) -> UsageError:
    parameter, name = error.param, _name(error)
    value = _value(parameter, error.message, argv)
    kind = parameter.type if parameter is not None else None
    if isinstance(kind, click.Choice):
        choices = ", ".join(str(getattr(each, "value", each)) for each in kind.choices)
        return UsageError("usage.choice", name=name, value=value, choices=choices)
    if kind is not None and kind.name in ("integer", "float") and "range" not in error.message:
        return UsageError("usage.number", name=name, value=value, command=command)
    return UsageError("usage.value", name=name, reason=error.message, command=command)


def _value(parameter: click.Parameter | None, message: str, argv: Sequence[str]) -> str:
    """What was typed: from the command line, else what the complaint quotes."""
    for option in parameter.opts if isinstance(parameter, click.Option) else ():
        for word, following in zip(argv, [*argv[1:], ""]):
            if word == option:
                return following
            if word.startswith(option + "="):
                return word[len(option) + 1 :]
    quoted = re.match(r"'([^']*)'", message)
    return quoted[1] if quoted else ""
