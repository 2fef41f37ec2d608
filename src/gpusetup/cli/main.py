"""The boundary: language, the framework, and every ending turned into an exit code."""

from __future__ import annotations

import io
import os
import sys
from typing import Sequence

from gpusetup.basics.errors import Exit, GpusetupError, Refused
from gpusetup.cli.greeting import greet
from gpusetup.messages import say, use_language
from gpusetup.terminal.language import preferred_language, why_not_chinese, wished
from gpusetup.terminal.own_name import speak_for_others
from gpusetup.terminal.session import forget, session


def run(argv: list[str]) -> int:
    """Run one command line. Returns the exit code."""
    _prepare_streams()
    if not os.environ.get("HOME", "unset"):
        del os.environ["HOME"]  # programs would take the empty word for a folder, most often "/"
    forget()
    speak_for_others(False)
    wants_json = "--json" in argv
    # help pages and complaints come before the options are read
    session().plain, session().json = "--plain" in argv, wants_json
    use_language(_language(argv, wants_json))
    code: int = Exit.OK
    try:
        greet(argv)
        code = _dispatch(argv, wants_json)
        sys.stdout.flush()
    except BrokenPipeError:  # `head` or `less` has read enough
        _give_stdout_up()
        return Exit.OK
    except OSError:  # the disk behind stdout is full; the command has said so
        _give_stdout_up()
        return code or Exit.STEP_FAILED
    return code


def _dispatch(argv: list[str], wants_json: bool) -> int:
    from gpusetup.cli.hot import short_way

    answer = short_way(argv)
    if answer is None:
        return _by_framework(argv, wants_json)
    try:
        return answer()
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the boundary
        return _end(error, argv, wants_json)


def _by_framework(argv: list[str], wants_json: bool) -> int:
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

    if isinstance(error, RuntimeError) and "home directory" in str(error):
        error = Refused("run.no-home")  # a path that begins with `~`, or a library's own folder
    if isinstance(error, GpusetupError):
        return ending.expected(error, wants_json)
    if isinstance(error, click.ClickException):
        return ending.expected(in_our_words(error, argv), wants_json)
    if isinstance(error, (KeyboardInterrupt, click.Abort, EOFError)):
        return ending.interrupted(wants_json)
    by_disk = ending.of_a_disk(error)
    return ending.expected(by_disk, wants_json) if by_disk else ending.bug(error, wants_json)


def _language(argv: Sequence[str], wants_json: bool) -> str:
    """The language that is wished, unless this terminal cannot show it: then that is said."""
    wish = wished(argv)
    language = preferred_language(wish, os.environ)
    if language != "zh" or wants_json:
        return language
    obstacle = why_not_chinese(
        sys.stdout.encoding,
        os.environ.get("TERM"),
        is_terminal=sys.stdout.isatty(),
        is_wished=bool(wish or os.environ.get("GPUSETUP_LANG")),
    )
    if obstacle is None:
        return "zh"
    sys.stderr.write(say("no-chinese", obstacle=obstacle) + "\n")
    return "en"


def _prepare_streams() -> None:
    """A stream that was closed becomes one to nowhere; a sign that an encoding lacks, a "?"."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115 - lives as long as the program
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _give_stdout_up() -> None:
    """So that the interpreter does not complain about it while it shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
