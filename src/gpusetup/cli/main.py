"""The boundary: language, the framework, and every ending turned into an exit code."""

from __future__ import annotations

import os
import sys

from gpusetup.errors import Exit, GpusetupError
from gpusetup.messages import preferred_language, use_language


def wished_language(argv: list[str]) -> str | None:
    """The value of --lang, looked for before the framework runs: help texts need it."""
    for position, word in enumerate(argv):
        if word == "--lang" and position + 1 < len(argv):
            return argv[position + 1]
        if word.startswith("--lang="):
            return word.split("=", 1)[1]
    return None


def run(argv: list[str]) -> int:
    """Run one command line. Returns the exit code."""
    use_language(preferred_language(wished_language(argv), os.environ))
    import click

    from gpusetup.cli.app import make_app
    from gpusetup.cli.ending import bug, expected, usage

    wants_json = "--json" in argv
    try:
        # standalone_mode off: endings are ours
        result = make_app()(argv, standalone_mode=False, prog_name="gpusetup")
    except GpusetupError as error:
        return expected(error, wants_json)
    except click.ClickException as error:
        return usage(error, wants_json)
    except (KeyboardInterrupt, click.Abort):
        from gpusetup.cli.ending import interrupted

        return interrupted(wants_json)
    except BrokenPipeError:
        # the reader (head, less) has gone; do not complain while the interpreter shuts down
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # noqa: BLE001 - the boundary: our own bug becomes one line and a log
        return bug(error, wants_json)
    return int(result) if isinstance(result, int) else Exit.OK
