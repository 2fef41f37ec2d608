"""The options of `detect --slurm`, read. Every value goes to Slurm as one word of a command."""

from __future__ import annotations

import math
import re
from typing import Any, Mapping

from gpusetup.cli.survey import Wanted, survey
from gpusetup.cluster.durations import is_time, minutes_of
from gpusetup.cluster.values import JobWish
from gpusetup.errors import UsageError

_WORD = re.compile(r"[A-Za-z0-9][\w.:,&|=+@*()\[\]-]*")  # never something that begins an option


def check_alone(others: Mapping[str, object]) -> None:
    """Options that are about other machines.

    Raises:
        UsageError: one of them was given.
    """
    for option, value in others.items():
        if value:
            raise UsageError("cluster.not-with", option=option)


def survey_by(options: Mapping[str, Any], record: str | None, timeout_s: float) -> int:
    """Run the survey that the options ask for. Returns the exit code.

    Raises:
        UsageError: a value is none.
    """
    wait = options["--wait"]
    if wait is not None and not (wait >= 0 and math.isfinite(wait)):
        raise UsageError("cluster.bad-wait")
    first = next((each for each in ("--collect", "--drop") if options[each]), None)
    others = ("--collect", "--drop", "--no-jobs", "--batch")
    second = next((each for each in others if options[each] and each != first), None)
    if first and second:
        raise UsageError("wish.contradiction", first=first, second=second)
    unasked = 0.0 if options["--collect"] else 120.0
    return survey(
        Wanted(
            wish=read_wish(options),
            wait_s=unasked if wait is None else wait,
            jobs=not options["--no-jobs"],
            yes=options["--yes"],
            collect=options["--collect"],
            drop=options["--drop"],
            batch=options["--batch"],
            record=record,
            timeout_s=timeout_s,
        )
    )


def read_wish(options: Mapping[str, Any]) -> JobWish:
    """The wishes about jobs.

    Raises:
        UsageError: a value is no word, no time, no size.
    """
    time, memory = options.get("--time"), options.get("--mem")
    if time is not None and not is_time(time):
        raise UsageError("cluster.bad-time", value=time)
    if memory is not None and not mebibytes_of(memory):
        raise UsageError("cluster.bad-memory", value=memory)
    return JobWish(
        partition=_word("--partition", options),
        account=_word("--account", options),
        qos=_word("--qos", options),
        constraint=_word("--constraint", options),
        gres=_word("--gres", options),
        reservation=_word("--reservation", options),
        minutes=minutes_of(time) if time else None,
        memory_mib=mebibytes_of(memory) if memory else None,
    )


def mebibytes_of(text: str) -> int | None:
    """As Slurm reads it: "500" and "500M" are MiB, "2G" are 2048."""
    found = re.fullmatch(r"(\d{1,9})([KMGT]?)B?", text.strip(), re.IGNORECASE)
    if found is None:
        return None
    factors = {"": 1.0, "K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0**2}
    return round(int(found[1]) * factors[found[2].upper()])


def _word(option: str, options: Mapping[str, Any]) -> str | None:
    value = options.get(option)
    if value is None:
        return None
    if not _WORD.fullmatch(value):
        raise UsageError("cluster.bad-wish", option=option, value=value)
    return str(value)
