"""What scripts call in a loop, answered before the framework is imported (it takes half the time).

Only the plain forms with `--json`. Everything else, and whatever could be a mistake, goes the long
way, so that there is one parser for people.
"""

from __future__ import annotations

from typing import Callable, Sequence

from gpusetup.session import session


def short_way(argv: Sequence[str]) -> Callable[[], int] | None:
    """What answers a command line; None: the framework shall read it."""
    words = [word for word in argv if word != "--json"]
    if words != ["detect"] or len(words) == len(argv):
        return None
    return _detect


def _detect() -> int:
    from gpusetup.cli.detecting import print_document, this_machine
    from gpusetup.probe import DEFAULT_TIMEOUT_S

    session().json = True
    print_document(this_machine(DEFAULT_TIMEOUT_S))
    return 0
