"""How long an installation takes through a mirror, by what was measured. Pure."""

from __future__ import annotations

import math
from typing import Iterable

from gpusetup.mirrors.verdicts import Verdict

# What an installation of torch asks for, roughly: some dozens of pages and files, some hundred MiB.
REQUESTS = 30
LOAD_BYTES = 500 << 20
HIGHEST = 100 << 20  # bytes per second: what is faster was measured in some buffer
CLEARLY = 1.5  # so many times faster than the default, or the default stays


def seconds_for(verdict: Verdict) -> float:
    """The time for that load; infinite where nothing was measured or it does not serve."""
    if not verdict.ok or not verdict.bytes_per_s:
        return math.inf
    return load_seconds(verdict.waited_s or 0.0, verdict.bytes_per_s)


def load_seconds(waited_s: float, bytes_per_s: float) -> float:
    """The time for a load with this latency and speed."""
    return REQUESTS * waited_s + LOAD_BYTES / min(bytes_per_s, HIGHEST)


def ranked(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Those that serve, the fastest first."""
    serving = [each for each in verdicts if each.ok]
    return tuple(sorted(serving, key=lambda each: (seconds_for(each), each.waited_s or 0.0)))


def clearly_faster(verdict: Verdict, default: Verdict | None) -> bool:
    """Whether to leave the default for it. A default that does not serve is always left."""
    if default is None or not default.ok:
        return True
    seconds = seconds_for(verdict)
    return math.isfinite(seconds) and seconds * CLEARLY <= seconds_for(default)
