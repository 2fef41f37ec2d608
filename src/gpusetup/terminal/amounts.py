"""Sizes and times in the form that people read."""

from __future__ import annotations

from gpusetup.messages import say


def mib(amount: float) -> str:
    """ "812 MiB", "3.1 GiB"."""
    if 0 < amount < 10:
        return f"{amount:.1f} MiB"
    return f"{amount:.0f} MiB" if amount < 1000 else f"{amount / 1024:.1f} GiB"


def duration(seconds: float) -> str:
    """ "8 s", "4 min", "1 h 10 min"."""
    if seconds < 100:
        return say("seconds", count=f"{max(1, seconds):.0f}")
    minutes = round(seconds / 60)
    if minutes < 60:
        return say("minutes", count=minutes)
    return say("hours", hours=minutes // 60, minutes=minutes % 60)
