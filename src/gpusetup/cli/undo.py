"""`gpusetup undo`."""

from __future__ import annotations

from gpusetup.errors import UsageError

HELP = "Not built yet."


def command() -> int:
    """See HELP."""
    raise UsageError("not-built-yet", command="undo")
