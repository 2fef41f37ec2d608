"""`init` from its flags to its end: with a conversation at a terminal, without one elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Union

from gpusetup.basics.errors import Exit, Interrupted, Refused, UsageError
from gpusetup.choosing.choice import Choice, Decision
from gpusetup.cli import deciding, plan_output
from gpusetup.cli.again import find_finished, prove_again
from gpusetup.cli.clustered import tell_survey
from gpusetup.cli.detect_screen import show_machine
from gpusetup.cli.going_on import open_with_unfinished
from gpusetup.cli.install import Manner, install
from gpusetup.machine import Machine
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.terminal import prompts
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.cli.wizard import Wizard


def initialize(request: Request, profile: Path | None, manner: Manner) -> int:
    """All of `init`. Returns the exit code.

    Args:
        request: the wishes of the command line.
        profile: another machine; at a terminal its plan is talked about, and never run here.
        manner: how `init` was called.

    Raises:
        UsageError: nobody can answer, or a profile shall be installed on.
        Refused: the answers cannot be written where they shall go.
    """
    _check(profile, manner)
    if manner.asks:
        return _talking(request, profile, manner)
    machine = deciding.look(profile, tells=False)
    request = _in_its_python(request, machine, profile)
    finished = None if profile else find_finished(request, machine)
    if finished is not None and not manner.dry_run:
        return prove_again(finished, request, machine)
    if not session().json:
        if profile is None:
            open_with_unfinished(request, machine)
        show_machine(machine, say("run.found"))
        if profile is None:
            tell_survey(machine)
    known = deciding.know(machine, request, simulated=profile is not None)
    decision: Decision = deciding.decide(known, request)
    if not isinstance(decision, Choice):
        return plan_output.refuse(known, request, decision)
    if finished is not None:
        return plan_output.nothing_to_do(known, request, decision, finished)
    deciding.check_runnable(decision, known, request)
    return install(known, request, decision, manner)


def _check(profile: Path | None, manner: Manner) -> None:
    if profile is not None and not manner.dry_run:
        if not manner.asks or not prompts.has_answers():
            raise UsageError("init.machine-dry")
    elif manner.asks:
        prompts.require_answers()
    if manner.write_answers is not None:
        from gpusetup.cli.answers import check_writable

        check_writable(manner.write_answers)


def _in_its_python(request: Request, machine: Machine, profile: Path | None) -> Request:
    return request if profile else deciding.in_its_python(request, machine)


def _talking(request: Request, profile: Path | None, manner: Manner) -> int:
    """`init` as a conversation."""
    from gpusetup.cli.wizard import Wizard

    with _nothing_changed():
        machine = deciding.look(profile, tells=False)
        request = _in_its_python(request, machine, profile)
        finished = None if profile else find_finished(request, machine)
        if finished is not None:
            return prove_again(finished, request, machine)
        if profile is None:
            open_with_unfinished(request, machine)
        known = deciding.know(machine, request, simulated=profile is not None, asks=True)
        wizard = Wizard(known, machine, request)
        accepted = wizard.start()
    return _carry_out(wizard, accepted, manner)


def _carry_out(wizard: Wizard, accepted: Union[Choice, Exit], manner: Manner) -> int:
    """Plan and run what was accepted; back to the questions where that is wished or needed."""
    from gpusetup.cli.plan_page import Changing

    while isinstance(accepted, Choice):
        known, request = wizard.known, wizard.request
        try:
            deciding.check_runnable(accepted, known, request)
            return install(known, request, accepted, manner)
        except Changing:
            with _nothing_changed():
                accepted = wizard.change()
        except Refused as refused:
            with _nothing_changed():
                accepted = wizard.stopped_by(refused)
    return accepted


@contextmanager
def _nothing_changed() -> Iterator[None]:
    """Ctrl-C before anything was done is answered as kindly as q."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("ask.nothing-changed") from None
