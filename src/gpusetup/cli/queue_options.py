"""What the jobs of a cluster ask for, and how they are waited for: declared and read once.

`detect --slurm` and the proofs on nodes have these options. Every value goes to Slurm as one word
of a command.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Collection, Mapping, Optional

import typer

from gpusetup.basics.errors import UsageError
from gpusetup.messages import say

if TYPE_CHECKING:
    from gpusetup.cluster.values import JobWish

Typed = dict[str, Any]
"""The options of a command line that were given, with their values."""

LATER = ("--collect", "--drop")
"""About jobs that were left in the queue."""

_WORD = re.compile(r"[A-Za-z0-9][\w.:,&|=+@*()\[\]-]*")  # never something that begins an option


def queue_options(
    partition: Optional[str] = typer.Option(
        None, "--partition", metavar="NAME", help=say("help.cluster.partition")
    ),
    account: Optional[str] = typer.Option(
        None, "--account", metavar="NAME", help=say("help.cluster.account")
    ),
    qos: Optional[str] = typer.Option(None, "--qos", metavar="NAME", help=say("help.cluster.qos")),
    constraint: Optional[str] = typer.Option(
        None, "--constraint", metavar="FEATURE", help=say("help.cluster.constraint")
    ),
    gres: Optional[str] = typer.Option(
        None, "--gres", metavar="GRES", help=say("help.cluster.gres")
    ),
    reservation: Optional[str] = typer.Option(
        None, "--reservation", metavar="NAME", help=say("help.cluster.reservation")
    ),
    time: Optional[str] = typer.Option(
        None, "--time", metavar="MINUTES", help=say("help.cluster.time")
    ),
    memory: Optional[str] = typer.Option(
        None, "--mem", metavar="2G", help=say("help.cluster.memory")
    ),
    wait: Optional[float] = typer.Option(
        None, "--wait", metavar="SECONDS", help=say("help.cluster.wait")
    ),
    batch: bool = typer.Option(False, "--batch", help=say("help.cluster.batch")),
    collect: bool = typer.Option(False, "--collect", help=say("help.cluster.collect")),
    drop: bool = typer.Option(False, "--drop", help=say("help.cluster.drop")),
) -> Typed:
    """Not judged yet: whether they may be given at all, the command knows."""
    return typed(
        {
            "--partition": partition, "--account": account, "--qos": qos,
            "--constraint": constraint, "--gres": gres, "--reservation": reservation,
            "--time": time, "--mem": memory, "--wait": wait, "--batch": batch,
            "--collect": collect, "--drop": drop,
        }
    )  # fmt: skip


def typed(options: Mapping[str, Any]) -> Typed:
    """Those that were given. A 0 was given."""
    return {name: each for name, each in options.items() if each is not None and each is not False}


def check(given: Typed, *, slurm: bool, sending: Collection[str]) -> None:
    """Whether the options go together.

    Args:
        sending: those that make no sense beside jobs that were left in the queue.

    Raises:
        UsageError: an option without `--slurm`, a wait that is none, or two against each other.
    """
    if given and not slurm:
        raise UsageError("cluster.without-slurm", option=next(iter(given)))
    wait = given.get("--wait", 0.0)
    if not (wait >= 0 and math.isfinite(wait)):
        raise UsageError("cluster.bad-wait", option="--wait")
    first = next((each for each in LATER if each in given), None)
    second = next((each for each in given if each in (*LATER, *sending) and each != first), None)
    if first and second:
        raise UsageError("wish.contradiction", first=first, second=second)


def read_wish(given: Typed) -> JobWish:
    """The wishes about jobs.

    Raises:
        UsageError: a value is no word, no time, no size.
    """
    from gpusetup.cluster.durations import is_time, minutes_of
    from gpusetup.cluster.values import JobWish

    time, memory = given.get("--time"), given.get("--mem")
    if time is not None and not is_time(time):
        raise UsageError("cluster.bad-time", value=time)
    if memory is not None and not mebibytes_of(memory):
        raise UsageError("cluster.bad-memory", value=memory)
    words = ("partition", "account", "qos", "constraint", "gres", "reservation")
    return JobWish(
        **{name: _word(f"--{name}", given) for name in words},
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


def _word(option: str, given: Typed) -> str | None:
    value = given.get(option)
    if value is None:
        return None
    if not _WORD.fullmatch(value):
        raise UsageError("cluster.bad-wish", option=option, value=value)
    return str(value)
