"""The entry point. `--version` is answered before any framework is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from gpusetup import __version__

        sys.stdout.write(f"gpusetup {__version__}\n")
        return
    if sys.argv[1:2] == ["__complete"]:  # a shell asks after each press of Tab
        from gpusetup.cli.completing.answer import answer

        sys.exit(answer(sys.argv[2:]))
    from gpusetup.cli.main import run

    code = run(sys.argv[1:])
    if code == 130:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End at once after Ctrl-C.

    Where it arrived while a class was being made, Python would end by the signal instead of the
    exit code, although everything was handled.
    """
    import contextlib
    import os

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
