"""The command line: which command lives in which file, and the options that all share.

How a command is made (`cli/detect.py` for `gpusetup detect`):

- The file is imported only when its command is called, after the language is known.
- It holds a function `command(...) -> int` with typer's annotations; it returns the exit code.
  A command with parts (`gpusetup matrix list`) holds `COMMANDS = {"list": function, ...}` instead,
  and where one of them is meant without being named, `DEFAULT = "list"`.
- Help texts are sentences like all others, in `messages/<subject>.py`, spoken at import:
  `typer.Option("--from", metavar="FILE", help=say("help.detect.from"))`.
- `help.<command>` is the command's first line. Where they
  exist, `help.<command>.more` follows it and `help.<command>.examples` stands at the end, each
  line a command. For parts of a command: `help.matrix.list`.
- Flags name their one form (`"--yes"`), or typer adds a `--no-yes`.
- A file with both `command` and `COMMANDS` is a command that has parts too (`gpusetup bench`); its
  parts stand in `help.<command>.examples`.
- A metavar that has a sentence (`help.metavar.FILE`) is translated.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Callable, Iterator, Mapping

import click
import typer
import typer.core

from gpusetup.cli.guesses import no_such
from gpusetup.cli.help_groups import SHARED
from gpusetup.cli.help_page import page, show_help
from gpusetup.messages import say, sentences
from gpusetup.terminal.language import LANGUAGES
from gpusetup.terminal.session import session

COMMANDS: Mapping[str, str] = {
    "init": "gpusetup.cli.init",
    "plan": "gpusetup.cli.plan",
    "detect": "gpusetup.cli.detect",
    "doctor": "gpusetup.cli.doctor",
    "verify": "gpusetup.cli.verify",
    "bench": "gpusetup.cli.bench",
    "mirrors": "gpusetup.cli.mirrors",
    "who": "gpusetup.cli.who",
    "pick": "gpusetup.cli.pick",
    "matrix": "gpusetup.cli.matrix",
    "envs": "gpusetup.cli.envs",
    "export": "gpusetup.cli.export",
    "undo": "gpusetup.cli.undo",
    "completion": "gpusetup.cli.completion",
}
"""The commands in the order of the help page, and where each one lives."""

HIDDEN: Mapping[str, str] = {"engine": "gpusetup.cli.engine"}
"""Commands that plans are made of, and people rarely type: not on the help page."""


def make_app() -> click.Group:
    """The whole command line. Made per call, so that texts come in the language in use."""
    return LazyGroup("gpusetup", help=help_text("help"), invoke_without_command=True)


def help_text(code: str) -> str:
    """The sentence of a command, and what follows it on its help page."""
    parts = [say(code)]
    if f"{code}.more" in sentences():
        parts.append(say(f"{code}.more"))
    return "\n\n".join(parts)


def shared_options() -> list[click.Option]:
    """--lang, --json, --plain, --verbose, --version: before or after the command's name."""
    return [
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            expose_value=False,
            help=say("help.option.lang"),
        ),
        _flag("json", _set),
        _flag("plain", _set),
        _flag("verbose", _set),
        _flag("version", _print_version, is_eager=True),
    ]


def _flag(name: str, callback: Callable[..., None], *, is_eager: bool = False) -> click.Option:
    return click.Option(
        [f"--{name}"],
        is_flag=True,
        is_eager=is_eager,
        expose_value=False,
        callback=callback,
        help=say(f"help.option.{name}"),
    )


def _set(_context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and parameter.name:
        setattr(session(), parameter.name, True)


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from gpusetup import __version__

        if session().json:
            from gpusetup.cli.help_document import version_document
            from gpusetup.envelope import emit

            emit(version_document(__version__))
        else:
            click.echo(f"gpusetup {__version__}")
        context.exit()


def _print_help(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        show_help(context.command, context)
        context.exit()


class SharedCommand(typer.core.TyperCommand):
    """A command that takes the shared options too, with our help page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared_options())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _named(ctx):
            return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _help_option(super().get_help_option(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(page(self, ctx))


class _Group(click.Group):
    """A group that takes the shared options too; alone it shows its help page."""

    def __init__(self, *args: Any, default: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, callback=_help_if_alone, **kwargs)
        self.params.extend(shared_options())
        self._default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self._default and not _names_a_part(args):
            args = [self._default, *args]
        with _named(ctx):
            return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _help_option(super().get_help_option(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(page(self, ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in our order, not in that of the alphabet

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        found = self.get_command(ctx, name)
        if found is None:
            raise no_such("command", name, self.list_commands(ctx), ctx.command_path)
        return name, found, args[1:]


def _names_a_part(args: list[str]) -> bool:
    """Whether anything stands there beside options (of which only --lang takes a value)."""
    pairs = zip(["", *args], args)
    words = [word for before, word in pairs if not word.startswith("-") and before != "--lang"]
    return bool(words) or "--help" in args


class _CommandWithParts(_Group):
    """A command that has parts too: `gpusetup bench --full`, and `gpusetup bench tune`."""

    def __init__(self, whole: click.Command, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, invoke_without_command=True, **kwargs)
        self.whole = whole

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        if any(word in self.commands for word in _before_own_options(args)):
            return super().make_context(info_name, args, parent, **extra)
        return self.whole.make_context(info_name, args, parent, **extra)


def _before_own_options(args: list[str]) -> Iterator[str]:
    """The words up to the first option that is not one of every command."""
    words = iter(args)
    for word in words:
        if word == "--lang":
            next(words, None)
        elif word.startswith("-") and word.split("=")[0] not in SHARED:
            return
        else:
            yield word


@click.pass_context
def _help_if_alone(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        show_help(context.command, context)


class LazyGroup(_Group):
    """The group of all commands: imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name) or HIDDEN.get(cmd_name)
        return _make(cmd_name, importlib.import_module(place)) if place else None


@contextmanager
def _named(context: click.Context) -> Iterator[None]:
    """Let a complaint know its command: the parser forgets to say."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or context
        raise


def takers_of(option: str) -> list[str]:
    """The commands that take an option, for a complaint: it imports them all."""
    group = make_app()
    context = click.Context(group, info_name="gpusetup")
    found = []
    for name in COMMANDS:
        command = group.get_command(context, name)
        if command and any(option in each.opts for each in command.params):
            found.append(name)
    return found


def _make(name: str, module: ModuleType) -> click.Command:
    parts: Mapping[str, Callable[..., int]] | None = getattr(module, "COMMANDS", None)
    if parts is None:
        return _command(name, module.command, f"help.{name}")
    if hasattr(module, "command"):
        whole = _command(name, module.command, f"help.{name}")
        group: _Group = _CommandWithParts(whole, name, help=help_text(f"help.{name}"))
    else:
        default = getattr(module, "DEFAULT", None)
        text = help_text(f"help.{name}")
        group = _Group(
            name,
            help=text,
            epilog=_examples(f"help.{name}"),
            invoke_without_command=True,
            default=default,
        )
    for part, function in parts.items():
        group.add_command(_command(part, function, f"help.{name}.{part}"))
    return group


def _command(name: str, function: Callable[..., int], code: str) -> click.Command:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, cls=SharedCommand, help=help_text(code), epilog=_examples(code))(function)
    made = typer.main.get_command(app)
    made.name = name
    _restore_argument_help(made, function)
    return made


def _examples(code: str) -> str | None:
    return say(f"{code}.examples") if f"{code}.examples" in sentences() else None


def _restore_argument_help(command: click.Command, function: Callable[..., int]) -> None:
    """From click 8.5 on, typer 0.25 loses the help texts of arguments."""
    from typer.utils import get_params_from_function

    declared = get_params_from_function(function)
    for argument in command.params:
        if isinstance(argument, click.Argument) and argument.name in declared:
            text = getattr(declared[argument.name].default, "help", None)
            if text and not getattr(argument, "help", None):
                argument.help = text


def _help_option(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = say("help.option.help")
        option.callback = _print_help
    return option
