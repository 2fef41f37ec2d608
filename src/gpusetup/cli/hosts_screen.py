"""The fleet on the screen: a line per host, then what did not answer, then one build for all."""

from __future__ import annotations

from typing import Sequence

from gpusetup.cli.coverage_screen import cards_of, show_left_out
from gpusetup.cli.hosts import Gathered, troubles_by_code
from gpusetup.cli.hosts_judging import Judging, common_build
from gpusetup.cli.hosts_words import trouble_next, trouble_text
from gpusetup.machine import Absence, Driver, GpuState, Machine
from gpusetup.messages import listed, say
from gpusetup.probe.fleet import Asked
from gpusetup.sharing.usage import GpuProcess, Usage, UsedGpu
from gpusetup.terminal import show
from gpusetup.terminal.show import Mark

_COLUMNS = ("host", "cards", "driver", "torch", "use", "wrong")
_MOST_USERS = 3


def show_fleet(gathered: Gathered, judging: Judging) -> None:
    """The whole screen for several hosts."""
    asked = gathered.asked
    show.heading(say("hosts.title", count=len(gathered.hosts)))
    headers = [say(f"hosts.column-{name}") for name in _COLUMNS]
    show.table(headers, [_row(each, judging) for each in asked])
    show_troubles(asked)
    _show_common(gathered, judging)


def show_troubles(asked: Sequence[Asked]) -> None:
    """Hosts without an answer: each by itself, what to do once for all that failed alike."""
    troubled = list(troubles_by_code(asked))
    if troubled:
        show.blank()
    for _code, hosts in troubled:
        for each in hosts:
            show.item(Mark.BAD, say("hosts.trouble", host=each.host.name, text=trouble_text(each)))
        following = trouble_next(hosts[0])
        if following:
            show.hint(following)


def one_line(asked: Asked) -> str:
    """What is said as soon as a host has answered."""
    name = asked.host.name
    if asked.answer is None:
        return say("hosts.did-not", host=name, text=trouble_text(asked))
    cards = cards_of(asked.answer.machine)
    duration = say("seconds", count=f"{asked.seconds or 0:.1f}")
    return say("hosts.answered", host=name, cards=cards, duration=duration)


def _row(asked: Asked, judging: Judging) -> list[str]:
    name, answer = asked.host.name, asked.answer
    if answer is None:
        return [name, "", "", "", "", say("hosts.no-answer")]
    machine = answer.machine
    return [
        name,
        cards_of(machine),
        _driver(machine),
        _torch(machine, judging),
        in_use(answer.usage),
        _wrong(machine, judging),
    ]


def _driver(machine: Machine) -> str:
    if machine.driver is Absence.NOT_THERE:
        return say("hosts.none")
    found = machine.driver.version if isinstance(machine.driver, Driver) else None
    return str(found) if found else say("hosts.not-known")


def _torch(machine: Machine, judging: Judging) -> str:
    build = judging.newest(machine)
    if build is None:
        return say("hosts.none")
    return say("hosts.torch", torch=build.torch, build=build.build)


def in_use(usage: Usage) -> str:
    """ "2 of 4: alice, bob"."""
    if usage.gpus is None:
        return ""
    if not usage.gpus:
        return ""
    occupied = [gpu for gpu in usage.gpus if _is_occupied(gpu)]
    users = list(dict.fromkeys(each.user for gpu in occupied for each in _on(gpu) if each.user))
    if not occupied:
        return say("hosts.free")
    named = users[:_MOST_USERS] + (["…"] if len(users) > _MOST_USERS else [])
    facts = {"used": len(occupied), "count": len(usage.gpus)}
    return say("hosts.by", users=listed(named), **facts) if named else say("hosts.used", **facts)


def _on(gpu: UsedGpu) -> list[GpuProcess]:
    lists = [gpu.processes, *(part.processes for part in gpu.slices)]
    return [process for each in lists for process in each or () if process.occupies]


def _is_occupied(gpu: UsedGpu) -> bool:
    return gpu.state is GpuState.OK and bool(_on(gpu))


def _wrong(machine: Machine, judging: Judging) -> str:
    from gpusetup.cli.doctor_words import title_of

    found = judging.finding(machine)
    return title_of(found) if found else ""


def _show_common(gathered: Gathered, judging: Judging) -> None:
    found = common_build(gathered.asked, judging.matrix)
    if found is None:
        return
    hosts, coverage = found
    show.blank()
    if coverage.build is not None and not coverage.left_out:
        code = "hosts.all-that-answered" if gathered.silent else "hosts.all"
        facts = {"torch": coverage.build.torch, "build": coverage.build.build}
        show.item(Mark.OK, say(code, **facts))
    else:
        show_left_out([each.host.name for each in hosts], coverage)
