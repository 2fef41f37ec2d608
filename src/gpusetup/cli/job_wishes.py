"""The options of the proofs that are sent to a cluster as jobs, declared once.

They are those of `detect --slurm`, and read as these are.
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Callable, Optional, get_type_hints

import typer

from gpusetup.cluster.values import JobWish
from gpusetup.errors import UsageError
from gpusetup.messages import say

WAIT_S = 600.0  # an import from a cold network file system is nothing to hurry


@dataclass(frozen=True)
class Jobs:
    """Whether and how jobs are sent. Those that have not begun after `wait_s` stay in the queue."""

    slurm: bool = False
    wish: JobWish = field(default_factory=JobWish)
    gpus: int = 1
    wait_s: float | None = None
    batch: bool = False
    collects: bool = False  # what was left in the queue is taken up
    drops: bool = False  # what was left in the queue is cancelled


def job_options(
    slurm: bool = typer.Option(False, "--slurm", help=say("help.job.slurm")),
    gpus: int = typer.Option(1, "--gpus", metavar="N", min=1, help=say("help.job.gpus")),
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
) -> Jobs:
    """How jobs are sent.

    Raises:
        UsageError: a wish without `--slurm`, one that cannot be read, or two against each other.
    """
    wishes = {
        "--partition": partition, "--account": account, "--qos": qos, "--constraint": constraint,
        "--gres": gres, "--reservation": reservation, "--time": time, "--mem": memory,
    }  # fmt: skip
    given = [name for name, value in wishes.items() if value is not None]
    flags = {"--gpus": gpus != 1, "--batch": batch, "--collect": collect, "--drop": drop}
    given += [name for name, value in flags.items() if value]
    if given and not slurm:
        raise UsageError("cluster.without-slurm", option=given[0])
    if wait is not None and not (slurm and wait >= 0 and math.isfinite(wait)):
        raise UsageError("cluster.bad-wait" if slurm else "cluster.without-slurm", option="--wait")
    later = next((each for each in ("--collect", "--drop") if each in given), None)
    if later and len(given) > 1:
        second = next(each for each in given if each != later)
        raise UsageError("wish.contradiction", first=later, second=second)
    if not slurm:
        return Jobs()
    from gpusetup.cli.survey_options import read_wish

    return Jobs(slurm, read_wish(wishes), gpus, wait, batch, collect, drop)


def with_jobs(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command all job options; it gets them as one `jobs`."""
    options = inspect.signature(job_options)
    own = inspect.signature(command)

    @wraps(command)
    def wrapper(**given: Any) -> int:
        wished = {name: given.pop(name) for name in options.parameters}
        return command(jobs=job_options(**wished), **given)

    mine = [each for each in own.parameters.values() if each.name != "jobs"]
    parameters = [*mine, *options.parameters.values()]
    wrapper.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    hints = {**get_type_hints(job_options), **get_type_hints(command)}
    wrapper.__annotations__ = {each.name: hints[each.name] for each in parameters}
    del wrapper.__wrapped__  # typer would look through it
    return wrapper
