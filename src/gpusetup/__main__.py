"""The entry point. `--version` is answered before any framework is imported."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        _leave(_tell_version())
    # A command makes many objects and ends: looking for cycles early would only cost time.
    gc.set_threshold(50_000)
    if sys.argv[1:2] == ["__complete"]:  # a shell asks after each press of Tab
        from gpusetup.cli.completing.answer import answer

        _leave(answer(sys.argv[2:]))
    from gpusetup.cli.main import run

    _leave(run(sys.argv[1:]))


def _tell_version() -> int:
    from gpusetup import __version__

    try:
        print(f"gpusetup {__version__}", flush=True)  # noqa: T201 - says nothing where stdout is closed
    except BrokenPipeError:  # whoever reads has read enough
        return 0
    except OSError:  # the disk behind stdout is full
        return 4
    return 0


def _leave(code: int) -> None:
    """End at once, with nothing left to tidy up: the interpreter's own end takes a tenth of `plan`.

    Where Ctrl-C arrived while a class was being made, Python would even end by the signal instead
    of the exit code, although everything was handled.
    """
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 - `contextlib` would have to be imported
            stream.flush()
        except (AttributeError, OSError, ValueError):  # closed, or full
            pass
    os._exit(code)


if __name__ == "__main__":
    main()
