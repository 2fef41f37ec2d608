"""How a survey ends: on the screen or as JSON, kept for `init`, and written to a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gpusetup.basics.errors import Exit
from gpusetup.basics.values import replace
from gpusetup.choosing.coverage import Coverage, cover
from gpusetup.cli.survey import Asked, Found, Wanted
from gpusetup.machine import Machine
from gpusetup.messages import say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.cli.hosts_judging import Judging


def finish(found: Found, wanted: Wanted) -> int:
    """Show, keep, record. Returns the exit code."""
    from gpusetup.cli.detecting import this_machine

    login = this_machine(wanted.timeout_s)
    if found.jobs_ran:
        login = _with_nodes(login, found, wanted)
        _keep(login)
    if wanted.record is not None:
        _record(login, found, wanted.record)
    judging = _judging()
    coverage = _coverage(found, judging)
    if session().json:
        _emit(login, found, coverage)
    else:
        _show(found, judging, coverage, wanted)
    return Exit.FOUND if found.unknown else Exit.OK


def _with_nodes(login: Machine, found: Found, wanted: Wanted) -> Machine:
    """The login node with what its nodes told; a part of a survey is added to the last one."""
    from gpusetup.road.survey_memory import kind_reading, readings_of, remembered

    wish = wanted.wish
    is_part = wanted.collect or wish.partition or wish.gres or wish.constraint
    before = remembered(os.environ) if is_part else None
    fresh = {each.label for each in found.asked}
    nodes = [each.answer.machine for each in found.answered if each.answer]
    readings = [kind_reading(each.label, _code(each)) for each in found.asked if each.outcome]
    if before is not None:
        nodes += [each for each in before.machine.compute_nodes if each.name not in fresh]
        ours = {each.source for each in readings}
        readings += [each for each in readings_of(before.machine) if each.source not in ours]
    return replace(
        login, node_role="login", scheduler="slurm", compute_nodes=tuple(nodes),
        readings=(*login.readings, *readings),
    )  # fmt: skip


def _code(asked: Asked) -> str | None:
    from gpusetup.cli.survey_screen import trouble_code

    return None if asked.answer else trouble_code(asked)


def _keep(machine: Machine) -> None:
    from gpusetup.profiles.document import machine_to_document
    from gpusetup.road.survey_memory import remember

    remember(machine_to_document(machine), os.environ)


def _record(login: Machine, found: Found, name: str) -> None:
    from gpusetup.cli.detecting import own_names, write_profile
    from gpusetup.profiles.anonymous import without_personal_data
    from gpusetup.terminal import show

    names = [*own_names(), *(_node_names(found))]
    write_profile(without_personal_data(login, names), name)
    count = len(login.compute_nodes)
    show.note(say("cluster.recorded", path=show.path(name), count=count))


def _node_names(found: Found) -> list[str]:
    return [each.answer.host for each in found.answered if each.answer and each.answer.host]


def _judging() -> Judging:
    from gpusetup.cli.hosts_judging import Judging
    from gpusetup.compat_files import packaged_or_configured

    return Judging(packaged_or_configured(os.environ))


def _coverage(found: Found, judging: Judging) -> Coverage | None:
    machines = [each.answer.machine for each in found.answered if each.answer]
    return cover(machines, judging.matrix) if machines else None


def _show(found: Found, judging: Judging, coverage: Coverage | None, wanted: Wanted) -> None:
    from gpusetup.cli import survey_screen
    from gpusetup.terminal import show

    survey_screen.show_answers(found, judging, coverage)
    if not found.jobs_ran:
        show.blank()
        show.hint(say("cluster.consent.next", command="gpusetup detect --slurm --yes"))
    elif found.answered:
        show.hint(say("cluster.plan.next"))


def _emit(login: Machine, found: Found, coverage: Coverage | None) -> None:
    from gpusetup.cli.survey_document import cluster_document
    from gpusetup.envelope import emit
    from gpusetup.profiles.document import machine_to_document

    emit({**machine_to_document(login), "cluster": cluster_document(found, coverage)})
