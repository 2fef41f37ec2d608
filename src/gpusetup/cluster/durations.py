"""Slurm's times: "5", "5:30", "1:00:00", "2-00", "2-12:00:00", "UNLIMITED"."""

from __future__ import annotations

import re

_FORM = re.compile(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?")
_NO_LIMIT = ("unlimited", "infinite", "none", "n/a", "not_set", "partition_limit", "")


def minutes_of(text: str) -> int | None:
    """Whole minutes, rounded up; None: no limit, or not a time.

    "1:30" is one and a half minutes, "1:30:00" an hour and a half, "1-12" a day and a half.
    """
    found = _FORM.fullmatch(text.strip())
    if text.strip().lower() in _NO_LIMIT or found is None:
        return None
    days, *parts = found.groups()
    numbers = [int(each) for each in parts if each is not None]
    if days is not None:
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
    elif len(numbers) == 3:
        hours, minutes, seconds = numbers
    else:
        hours, (minutes, seconds) = 0, (*numbers, 0)[:2]
    total = ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
    return -(-total // 60)


def is_time(text: str) -> bool:
    """Whether a person wrote a limit that Slurm takes."""
    return bool(_FORM.fullmatch(text.strip())) and bool(minutes_of(text))


def as_limit(minutes: int) -> str:
    """What srun takes: 90 -> "1:30:00"."""
    return f"{minutes // 60}:{minutes % 60:02}:00"
