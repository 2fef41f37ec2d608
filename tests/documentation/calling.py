"""Run in a process of its own: parse command lines by the real declarations, or run them.

Reads {"parse": [[word, ...], ...], "run": [[word, ...], ...]} from standard input and prints
{"parse": [complaint or null, ...], "run": [[exit code, last words], ...]}.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

import click

from gpusetup.basics.errors import UsageError
from gpusetup.cli.app import make_app
from gpusetup.cli.main import run


def complaint(words: list[str]) -> str | None:
    """What the command line says to these words; nothing is carried out."""
    app = make_app()
    try:
        context = app.make_context("gpusetup", list(words))
        while isinstance(context.command, click.Group):
            names = getattr(context, "_protected_args", None) or context.__dict__.get(
                "protected_args"
            )
            rest = [*(names or []), *context.args]
            if not rest:
                return None
            name, command, rest = context.command.resolve_command(context, rest)
            assert command is not None
            context = command.make_context(name, rest, parent=context)
    except click.exceptions.Exit:  # --help, --version
        return None
    except (click.UsageError, UsageError) as error:
        return f"{type(error).__name__}: {getattr(error, 'message', '') or error.args}"
    return None


def outcome(words: list[str]) -> tuple[int, str]:
    """Run a command line: its exit code and the end of what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(words))
    return code, (err.getvalue() or out.getvalue())[-400:]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        parsed = [complaint(words) for words in asked["parse"]]
        ran = [outcome(words) for words in asked["run"]]
    print(json.dumps({"parse": parsed, "run": ran}))
