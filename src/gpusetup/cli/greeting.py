"""The first line of a conversation, said before anything heavy is imported or probed."""

from __future__ import annotations

import sys
from typing import Sequence

_ASKS_NOTHING = frozenset({"--yes", "-y", "--dry-run", "--json", "--help", "--version"})


def greet(argv: Sequence[str]) -> None:
    """Say that `init` begins, where it is going to ask: a person shall not look at nothing."""
    if not argv or argv[0] != "init" or _ASKS_NOTHING.intersection(argv):
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        from gpusetup.messages import say
        from gpusetup.terminal import show

        other = any(word.partition("=")[0] == "--machine" for word in argv)
        show.note(say("wizard.greeting-other" if other else "wizard.greeting"))
