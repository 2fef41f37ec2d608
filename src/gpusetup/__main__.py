"""The entry point. `--version` is answered before any framework is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from gpusetup import __version__

        sys.stdout.write(f"gpusetup {__version__}\n")
        return
    from gpusetup.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
