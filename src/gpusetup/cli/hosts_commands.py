"""What `detect`, `doctor` and `who` do with hosts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gpusetup.basics.errors import Exit, Refused, UsageError
from gpusetup.cli.hosts import Gathered, gather
from gpusetup.cli.hosts_judging import Judging
from gpusetup.machine import Machine, Status
from gpusetup.messages import listed, say
from gpusetup.probe.ssh import Host
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.doctor.check import Case
    from gpusetup.matrix.rows import Matrix


def detect(hosts: tuple[Host, ...], timeout_s: float, record: str | None) -> int:
    """The hosts as a table; one alone as this machine is shown. Returns the exit code."""
    gathered = gather(hosts, timeout_s)
    judging = Judging(_matrix())
    if record is not None:
        _record(gathered, record)
    if session().json:
        _emit("detect", gathered, judging)
    elif len(hosts) == 1:
        _show_one(gathered)
    else:
        from gpusetup.cli.hosts_screen import show_fleet
        from gpusetup.terminal import show

        show_fleet(gathered, judging)
        if record is None:
            show.hint(say("hosts.record.next"))
    return _exit(gathered)


def who(hosts: tuple[Host, ...], timeout_s: float) -> int:
    """Who uses the GPUs of each host. Returns the exit code."""
    gathered = gather(hosts, timeout_s)
    if session().json:
        _emit("who", gathered, Judging(_matrix()))
    else:
        from gpusetup.cli.hosts_screen import show_troubles
        from gpusetup.cli.who_screen import show_usage

        for each in gathered.asked:
            if each.answer:
                show_usage(each.answer.usage, each.host.name)
        show_troubles(gathered.asked)
    answers = [each.answer for each in gathered.asked if each.answer]
    failed = any(each.usage.reading.status in (Status.ERROR, Status.TIMEOUT) for each in answers)
    return _exit(gathered) or (Exit.FOUND if failed else Exit.OK)


def case_of(host: Host, timeout_s: float) -> Case:
    """What the doctor may read of one host.

    Raises:
        Refused: it did not answer.
    """
    from gpusetup.cli.hosts_words import trouble_facts

    gathered = gather((host,), timeout_s)
    if gathered.interrupted:
        raise KeyboardInterrupt
    (asked,) = gathered.asked
    if asked.answer is None:
        code = asked.trouble.code if asked.trouble else "node.silent"
        raise Refused(code, **trouble_facts(asked))
    return Judging(_matrix()).case(asked.answer.machine)


def _emit(part: str, gathered: Gathered, judging: Judging) -> None:
    from gpusetup.cli.hosts_document import fleet_document
    from gpusetup.envelope import emit

    emit(fleet_document(part, gathered, judging))


def _show_one(gathered: Gathered) -> None:
    from gpusetup.cli.detect_screen import show_machine
    from gpusetup.cli.hosts_screen import in_use, show_troubles
    from gpusetup.terminal.show import Mark, line

    for each in gathered.asked:
        if each.answer:
            show_machine(replace(each.answer.machine, name=each.host.short), each.host.name)
            text = in_use(each.answer.usage)
            if text:
                line(Mark.NOTE, say("hosts.column-use"), text)
    show_troubles(gathered.asked)


def _exit(gathered: Gathered) -> int:
    if gathered.interrupted:
        return Exit.INTERRUPTED
    return Exit.FOUND if gathered.silent else Exit.OK


def _record(gathered: Gathered, name: str) -> None:
    """A profile for `plan --machine`: of the one host, or with all of them as compute nodes.

    Raises:
        UsageError: it cannot be written, or no host answered.
    """
    from gpusetup.choosing.coverage import together
    from gpusetup.cli.detecting import write_profile
    from gpusetup.terminal import show

    answered = [each for each in gathered.asked if each.answer]
    if not answered:
        raise UsageError("hosts.none-to-record", path=name)
    nodes = tuple(_node(each.answer.machine, each.host) for each in answered if each.answer)
    path = show.path(Path(name))
    if len(gathered.hosts) == 1:
        write_profile(nodes[0], name)
        show.note(say("hosts.recorded-one", path=path, host=gathered.hosts[0].short))
    else:
        write_profile(together(nodes), name)
        show.note(say("hosts.recorded", path=path, count=len(nodes)))
    if gathered.silent:
        names = listed(each.host.name for each in gathered.silent)
        show.warning(say("hosts.recorded-less", hosts=names))
    show.hint(say("hosts.plan.next", path=name))


def _node(machine: Machine, host: Host) -> Machine:
    """Without what belongs to persons; the name that was typed stays, the user does not."""
    from gpusetup.cli.detecting import own_names
    from gpusetup.profiles.anonymous import without_personal_data

    user = host.name.rpartition("@")[0]
    names = (*own_names(), *([user] if user else []))
    return replace(without_personal_data(machine, names), name=host.short)


def _matrix() -> Matrix:
    from gpusetup.compat_files import packaged_or_configured

    return packaged_or_configured(os.environ)
