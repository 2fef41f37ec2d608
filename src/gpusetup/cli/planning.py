"""What `plan` does, apart from its options: those bring the framework with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpusetup.basics.errors import UsageError
from gpusetup.basics.values import replace
from gpusetup.choosing.choice import Choice
from gpusetup.request import Request
from gpusetup.shells import Shell
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.cli.deciding import Known
    from gpusetup.machine import Machine


def plan(
    request: Request,
    explain: bool = False,
    machine: Path | None = None,
    script: Shell | None = None,
) -> int:
    """Decide, and show it: on the screen, as JSON, as a script. Returns the exit code."""
    from gpusetup.cli import deciding, plan_output

    if script is not None and session().json:
        raise UsageError("wish.contradiction", first="--json", second="--script")
    found = deciding.look(machine)
    request = deciding.in_its_python(request, found) if machine is None else request
    known = deciding.know(found, request, simulated=machine is not None)
    decision = deciding.decide(known, request)
    if not isinstance(decision, Choice):
        return plan_output.refuse(known, request, decision, explain)
    if script is None:
        decision = _with_room(known, request, decision)
    if machine is None and not request.into:
        _check_folder(request, found)
    if script is not None:
        return plan_output.print_script(known, request, decision, script)
    return plan_output.tell(known, request, decision, explain)


def _with_room(known: Known, request: Request, choice: Choice) -> Choice:
    """With what is to be said of the disk, by what the build takes at least."""
    from gpusetup.choosing.room import is_on_cluster
    from gpusetup.choosing.slow_disks import is_slow

    kinds = [each.filesystem for each in known.machine.disks]
    may_be_slow = request.prefix is not None or any(map(is_slow, kinds))
    if not may_be_slow and not is_on_cluster(known.machine):
        return choice
    from gpusetup.cli.cluster_room import about_room_of, least_mib

    reasons = about_room_of(known, request, choice, least_mib(known, choice))
    return replace(choice, warnings=(*choice.warnings, *reasons))


def _check_folder(request: Request, machine: Machine) -> None:
    """A name that is taken may stand in a plan; a folder where nothing can be made may not.

    Raises:
        Refused: so it is.
    """
    import os

    from gpusetup.road.placing import check_writable, prefix_of

    check_writable(prefix_of(request, machine, os.environ))
