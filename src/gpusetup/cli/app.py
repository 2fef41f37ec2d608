"""The command line: which command lives in which file, and the options that all share."""

from __future__ import annotations

from typing import Any

import click
import typer
import typer.core

from gpusetup.cli.session import session
from gpusetup.messages import LANGUAGES, translate


def _set(name: str) -> Any:
    def store(_context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            setattr(session(), name, True)

    return store


def shared_options() -> list[click.Option]:
    """--lang, --json, --plain, --verbose: accepted by every command, before or after its name."""
    return [
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            expose_value=False,
            help=translate("Language of the output."),
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_set("json"),
            help=translate("Print one JSON document and nothing else on stdout."),
        ),
        click.Option(
            ["--plain"],
            is_flag=True,
            expose_value=False,
            callback=_set("plain"),
            help=translate("No colour, boxes or animation (screen readers, logs)."),
        ),
        click.Option(
            ["--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_set("verbose"),
            help=translate("Show details."),
        ),
    ]


class SharedCommand(typer.core.TyperCommand):
    """A command that takes the shared options too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared_options())


class SharedGroup(typer.core.TyperGroup):
    """The group, likewise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared_options())


def make_app() -> typer.Typer:
    """The whole command line. Made per call, so that help texts come in the language in use."""
    from gpusetup.cli import bench, detect, init, plan, undo, verify

    app = typer.Typer(
        cls=SharedGroup,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=translate("From a fresh machine to PyTorch that is proven to run on your NVIDIA GPU."),
    )
    for name, module in (
        ("init", init),
        ("plan", plan),
        ("detect", detect),
        ("verify", verify),
        ("bench", bench),
        ("undo", undo),
    ):
        app.command(name, cls=SharedCommand, help=translate(module.HELP))(module.command)
    return app
