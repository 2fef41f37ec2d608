"""What a conda engine says it would install, before it does, held against the choice."""

from __future__ import annotations

import json
import os

from gpusetup.basics.errors import Refused
from gpusetup.choosing.choice import Choice
from gpusetup.effects.runner import Ended, run
from gpusetup.engines import conda_engine
from gpusetup.engines.condarc import without_login
from gpusetup.engines.held import Held, changes
from gpusetup.engines.solved import Solved
from gpusetup.engines.specs import judge
from gpusetup.engines.trouble import explain
from gpusetup.request import Engine
from gpusetup.road.cache_locks import check_locks
from gpusetup.road.execute import startable
from gpusetup.steps import Command


def ask(
    dry_run: Command, engine: Engine, choice: Choice, held: Held | None = None
) -> tuple[Solved, ...]:
    """The packages that would be there in the end.

    Raises:
        Refused: the channels have no answer, or another torch, CUDA or Python than the chosen;
            or something would go that somebody wanted; or conda would be told a password.
    """
    _check_no_login(dry_run, engine)
    if engine is Engine.RATTLER:
        check_locks({**os.environ, **{k: v for k, v in dry_run.env.items() if v is not None}})
    solved = look_up(dry_run, engine, held)
    lost = changes(held, solved).lost if held else ()
    if lost:
        raise Refused("conda.would-remove", packages=", ".join(lost))
    reason = judge(choice, solved)
    if reason:
        raise Refused(reason.code, **reason.facts)
    return solved


def _check_no_login(command: Command, engine: Engine) -> None:
    """conda writes its arguments into the environment's history, and everybody sees them."""
    for word in command.argv if engine is not Engine.RATTLER else ():
        bare, login = without_login(word)
        if login:
            raise Refused("conda.login-in-address", channel=bare)


def look_up(dry_run: Command, engine: Engine, held: Held | None = None) -> tuple[Solved, ...]:
    """What an engine answers; of an environment that is there, what it would hold afterwards.

    Raises:
        Refused: the channels have no answer.
    """
    ended = run(startable(dry_run.argv), env=dry_run.env, timeout_s=dry_run.timeout_s)
    module = conda_engine(engine)
    try:
        return (
            module.read(ended.output) if held is None else module.read_changed(ended.output, held)
        )
    except ValueError:
        raise _refused(ended) from None


def _refused(ended: Ended) -> Refused:
    """rattler's child has said it in our own form; conda says it in its own."""
    if ended.returncode is None:
        return Refused("conda.unreachable", url="-", cause="timed out", output="")
    try:
        document = json.loads(ended.output[ended.output.index("{") :])
        if document.get("schema") == "gpusetup.error/1":
            return Refused(document["code"], **document["facts"])
    except (ValueError, AttributeError):
        pass
    reason = explain(ended.output)
    return Refused(reason.code, **reason.facts)
