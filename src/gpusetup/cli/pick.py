"""`gpusetup pick`: a CUDA_VISIBLE_DEVICES of GPUs that nobody uses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import typer

from gpusetup.basics.errors import Exit, Refused, UsageError
from gpusetup.messages import listed, say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.sharing.picking import Judged, Pick, Wish
    from gpusetup.sharing.usage import Usage


def command(
    count: int = typer.Option(1, "-n", "--count", help=say("help.pick.count")),
    memory: Optional[str] = typer.Option(
        None, "--memory", metavar="AMOUNT", help=say("help.pick.memory")
    ),
    export: bool = typer.Option(False, "--export", help=say("help.pick.export")),
    share: bool = typer.Option(False, "--share", help=say("help.pick.share")),
    uuid: bool = typer.Option(False, "--uuid", help=say("help.pick.uuid")),
) -> int:
    """Texts: `help.pick` and its parts."""
    from gpusetup.cli.reading_words import detail_words
    from gpusetup.cli.who import ask_usage
    from gpusetup.sharing.picking import pick

    wish = _wish(count, memory, share, uuid)
    usage = ask_usage()
    if usage.gpus is None:
        raise Refused("pick.no-driver", detail=detail_words(usage.reading) or say("who.unknown"))
    if not usage.gpus:
        raise Refused("pick.no-gpus")
    picked = pick(usage.gpus, wish, os.environ)
    if not picked.places:
        _refuse(picked, wish)
    _tell(usage, picked, export)
    return Exit.OK


def _wish(count: int, memory: str | None, share: bool, by_uuid: bool) -> Wish:
    from gpusetup.sharing.picking import Wish, parse_amount

    if count < 1:
        raise UsageError("pick.count", count=count)
    try:
        amount = None if memory is None else parse_amount(memory)
    except ValueError as error:
        raise UsageError("pick.memory-unit", text=memory) from error
    return Wish(count, amount, share, by_uuid)


def _refuse(picked: Pick, wish: Wish) -> None:
    from gpusetup.terminal import show

    reasons = [why(each) for each in picked.judged if each.obstacle]
    if not session().json:
        for reason in reasons:
            show.note(reason)
    raise Refused(
        "pick.too-few",
        count=wish.count,
        free=picked.free,
        all=len(picked.judged),
        reasons=reasons,
    )


def why(judged: Judged) -> str:
    """ "GPU 3 is in use by anna"."""
    from gpusetup.sharing.picking import unexplained_mib
    from gpusetup.terminal.show import mib

    place = judged.place
    number = str(place.gpu) if place.slice is None else f"{place.gpu}:{place.slice}"
    amount = place.free_mib if judged.obstacle == "small" else unexplained_mib(place)
    facts = {
        "users": listed(judged.users),
        "percent": place.utilization_percent,
        "amount": say("who.unknown") if amount is None else mib(amount),
    }
    obstacle = judged.obstacle.value if judged.obstacle else ""
    label = say("pick.label", place=number)
    return label + say("colon") + say(f"pick.obstacle-{obstacle}", **facts)


def _tell(usage: Usage, picked: Pick, export: bool) -> None:
    from gpusetup.terminal import show

    if sum(place.slice is not None for place in picked.places) > 1:
        show.warning(say("pick.slices"))
    scheduler = _scheduler_without_job()
    if scheduler:
        show.warning(say("pick.scheduler", scheduler=scheduler))
    if session().json:
        from gpusetup.envelope import emit
        from gpusetup.sharing.document import pick_document

        emit(pick_document(usage, picked))
        return
    order = "export CUDA_DEVICE_ORDER=PCI_BUS_ID\n" if picked.in_bus_order else ""
    if export:
        show.raw(f"{order}export CUDA_VISIBLE_DEVICES={picked.value}\n")
    else:
        show.raw(f"{picked.value}\n")


def _scheduler_without_job() -> str | None:
    """The scheduler that hands out the GPUs here, where it has not given us any."""
    from gpusetup.probe.scheduler import read_scheduler
    from gpusetup.probe.world import World

    world = World(os.environ, Path(os.environ.get("GPUSETUP_ROOT") or "/"))
    name, _role, reading = read_scheduler(world)
    in_job = reading.detail is not None and reading.detail.endswith(("JOB_ID", "JOBID"))
    return {"slurm": "Slurm"}.get(name or "") if not in_job else None
