"""The boundary: language, the framework, and every ending turned into an exit code."""

from __future__ import annotations

import io
import os
import sys
from typing import Sequence

from gpusetup.errors import Exit, GpusetupError
from gpusetup.messages import preferred_language, use_language
from gpusetup.session import forget, session


def wished_language(argv: Sequence[str]) -> str | None:
    """The value of --lang, looked for before the framework runs: help texts need it."""
    for position, word in enumerate(argv):
        if word == "--lang" and position + 1 < len(argv):
            return argv[position + 1]
        if word.startswith("--lang="):
            return word.split("=", 1)[1]
    return None


def run(argv: list[str]) -> int:
    """Run one command line. Returns the exit code."""
    _tolerate_any_encoding()
    forget()
    wants_json = "--json" in argv
    session().plain = "--plain" in argv  # help pages and complaints come before the options
    use_language(_language(argv, wants_json))
    try:
        code = _dispatch(argv, wants_json)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_has_gone()
    return code


def _dispatch(argv: list[str], wants_json: bool) -> int:
    import click

    from gpusetup.cli.app import make_app

    try:
        # not `main()`, which would turn Ctrl-C and a broken pipe into endings of its own
        with make_app().make_context("gpusetup", argv) as context:
            result = context.command.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the boundary
        return _end(error, argv, wants_json)
    return int(result) if isinstance(result, int) else Exit.OK


def _end(error: BaseException, argv: list[str], wants_json: bool) -> int:
    """Every other way to end. What is needed for that is imported only now."""
    import click

    from gpusetup.cli import ending
    from gpusetup.cli.usage import in_our_words

    if isinstance(error, GpusetupError):
        return ending.expected(error, wants_json)
    if isinstance(error, click.ClickException):
        return ending.expected(in_our_words(error, argv), wants_json)
    if isinstance(error, (KeyboardInterrupt, click.Abort, EOFError)):
        return ending.interrupted(wants_json)
    return ending.bug(error, wants_json)


def _language(argv: Sequence[str], wants_json: bool) -> str:
    """The language that is wished, unless this terminal cannot show it."""
    language = preferred_language(wished_language(argv), os.environ)
    if language == "zh" and not wants_json:
        try:
            "\u4e2d".encode(sys.stdout.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return "en"
    return language


def _tolerate_any_encoding() -> None:
    """A sign that the terminal's encoding lacks becomes "?", never an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _reader_has_gone() -> int:
    """`head` or `less` closed the pipe: be quiet, also while the interpreter shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.OK
