"""The flags of this call, for the commands. They live lower down, where `show` can read them."""

from __future__ import annotations

from gpusetup.terminal.session import Session, session

__all__ = ["Session", "session"]
