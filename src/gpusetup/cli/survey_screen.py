"""The survey of a cluster on the screen: what Slurm told, what nodes told, one build for all."""

from __future__ import annotations

from typing import Sequence

from gpusetup.choosing.coverage import Coverage
from gpusetup.cli.coverage_screen import cards_of
from gpusetup.cli.hosts_judging import Judging
from gpusetup.cli.survey import Asked, Found, labels
from gpusetup.cluster.values import End, NodeKind, Partition
from gpusetup.machine import Driver, Machine
from gpusetup.messages import listed, say, sentences
from gpusetup.terminal import show
from gpusetup.terminal.show import Line, Mark

_MOST_FEATURES = 6
_COMMAND = "gpusetup detect --slurm"


def show_cluster(found: Found) -> None:
    """What Slurm tells without a job."""
    facts = found.cluster.facts
    named = say("cluster.title", name=facts.name) if facts.name else say("cluster.title-unnamed")
    show.heading(named)
    show.lines(list(_areas(found)))
    columns = ("kind", "nodes", "gpus", "partitions", "features", "state")
    headers = [say(f"cluster.column-{name}") for name in columns]
    show.table(headers, [_kind_row(each) for each in found.kinds], say("cluster.kinds"))
    if found.modules.loaded:
        show.line(Mark.NOTE, say("cluster.label.loaded"), listed(found.modules.loaded))


def version_text(version: tuple[int, int]) -> str:
    """ "22.05"."""
    return f"{version[0]}.{version[1]:02}"


def _areas(found: Found) -> list[Line]:
    facts = found.cluster.facts
    version = version_text(facts.version) if facts.version else say("cluster.not-known")
    text = say("cluster.facts", version=version)
    if facts.has_accounting is False:
        text = listed([text, say("cluster.no-accounting")])
    areas = [Line(Mark.OK, say("cluster.label.slurm"), text)]
    shown = {name for kind in found.kinds for name in kind.partitions}
    for each in found.cluster.partitions:
        if each.name in shown:
            mark = Mark.OK if each.is_up else Mark.WARN
            areas.append(Line(mark, say("cluster.label.partition"), partition_text(each)))
    if found.modules.there:
        areas.append(Line(Mark.NOTE, say("cluster.label.modules"), listed(found.modules.there)))
    return areas


def partition_text(partition: Partition) -> str:
    """ "gpu: at most 1 h 0 min (default), for the accounts physics"."""
    name = partition.name
    if partition.max_minutes:
        limit = show.duration(partition.max_minutes * 60)
        text = say("cluster.partition", name=name, limit=limit)
    else:
        text = say("cluster.partition-free", name=name)
    if partition.is_default:
        text = say("cluster.partition-default", partition=text)
    if partition.accounts:
        accounts = listed(partition.accounts)
        text = say("cluster.partition-accounts", partition=text, accounts=accounts)
    if partition.groups:
        text = say("cluster.partition-groups", partition=text, groups=listed(partition.groups))
    if not partition.is_up:
        text = say("cluster.partition-down", partition=text, state=partition.state)
    return text


def _kind_row(kind: NodeKind) -> list[str]:
    features = list(kind.features[:_MOST_FEATURES])
    features += ["…"] if len(kind.features) > _MOST_FEATURES else []
    return [
        kind.label,
        str(kind.nodes),
        listed(str(each).removeprefix("gpu:") for each in kind.gpus) or "-",
        listed(kind.partitions),
        listed(features),
        _state(kind),
    ]


def _state(kind: NodeKind) -> str:
    out = kind.nodes - kind.usable
    if not kind.usable:
        states = [each.reason or each.state for each in kind.groups if not each.usable]
        return say("cluster.unusable", reasons=listed(dict.fromkeys(states)))
    if out:
        return say("cluster.unusable-some", free=kind.free, count=out)
    return say("cluster.free", free=kind.free) if kind.free else say("cluster.busy")


def show_answers(found: Found, judging: Judging, coverage: Coverage | None) -> None:
    """What the nodes told, what is not known of the others, one build for those that answered."""
    if found.answered:
        columns = ("kind", "node", "cards", "driver", "libc", "torch")
        headers = [say(f"cluster.column-{name}") for name in columns]
        rows = [_answer_row(each, judging) for each in found.answered]
        show.table(headers, rows, say("cluster.answers"))
    for each in found.answered:
        if each.answer and each.answer.told_by == "sh":
            text = say("cluster.no-answer-of-kind", kind=each.label, text=say("cluster.shell"))
            show.item(Mark.NOTE, text)
    show_unknown(found.unknown)
    if coverage is not None:
        show.blank()
        show_coverage([each.label for each in found.answered], coverage)


def _answer_row(asked: Asked, judging: Judging) -> list[str]:
    machine = asked.answer.machine if asked.answer else None
    if machine is None:
        return [asked.label, *[""] * 5]
    build = judging.newest(machine)
    return [
        asked.label,
        (asked.outcome.node if asked.outcome else None) or "?",
        cards_of(machine),
        _driver(machine),
        str(machine.libc.version) if machine.libc else say("cluster.not-known"),
        say("hosts.torch", torch=build.torch, build=build.build) if build else say("hosts.none"),
    ]


def _driver(machine: Machine) -> str:
    found = machine.driver.version if isinstance(machine.driver, Driver) else None
    return str(found) if found else say("cluster.not-known")


def show_unknown(unknown: Sequence[Asked]) -> None:
    """Kinds of which nothing came: why, and what to do about it."""
    if not unknown:
        return
    show.blank()
    for each in unknown:
        mark = Mark.NOTE if each.outcome and each.outcome.end is End.LEFT else Mark.BAD
        show.item(mark, trouble_text(each))
    for text in dict.fromkeys(next_of(each) for each in unknown):
        if text:
            show.hint(text)
    show.item(Mark.WARN, say("cluster.unknown", kinds=labels(unknown)))


def trouble_text(asked: Asked) -> str:
    """ "a100: Slurm refused the account: ..."."""
    outcome = asked.outcome
    if outcome is None:
        return ""
    if outcome.end is End.LEFT:
        reason = outcome.reason or say("job.no-words")
        return say("cluster.left", kind=asked.label, job=outcome.job_id or "?", reason=reason)
    text = say(trouble_code(asked), detail=_detail(asked))
    return say("cluster.no-answer-of-kind", kind=asked.label, text=text)


def trouble_code(asked: Asked) -> str:
    """A code of `messages`."""
    outcome = asked.outcome
    if outcome and outcome.end is End.LEFT:
        return "cluster.left"
    return asked.trouble.code if asked.trouble else "job.failed"


def next_of(asked: Asked) -> str | None:
    """What to do."""
    code = f"{trouble_code(asked)}.next"
    if code not in sentences():
        return None
    facts = {"command": f"{_COMMAND} --collect", "drop": f"{_COMMAND} --drop"}
    return say(code, detail=_detail(asked), **facts)


def _detail(asked: Asked) -> str:
    return (asked.trouble.detail if asked.trouble else None) or say("job.no-words")


def show_coverage(kinds: Sequence[str], coverage: Coverage) -> None:
    """One environment for all, or for most, and who falls out and why."""
    build, left = coverage.build, coverage.left_out
    if build is None:
        show.item(Mark.BAD, say("cluster.nothing"))
        return
    facts = {"torch": build.torch, "build": build.build}
    if not left:
        show.item(Mark.OK, say("cluster.all", **facts))
        return
    names = [kinds[each.position] for each in left]
    show.item(Mark.WARN, say("cluster.all-but", kinds=listed(names), **facts))
    for each, name in zip(left, names):
        reason = say(each.reason.code, **each.reason.facts)
        show.item(Mark.WARN, say("cluster.because", kind=name, reason=reason))
    for group in own_environments(kinds, names):
        command = f"gpusetup init {group.replace(',', '-')} --for-kind {group}"
        show.hint(say("cluster.own.next", kind=group, command=command))


def own_environments(kinds: Sequence[str], left: Sequence[str]) -> list[str]:
    """What `--for-kind` takes: those that share a build, and each of the others."""
    served = [each for each in dict.fromkeys(kinds) if each not in left]
    return [",".join(served), *dict.fromkeys(left)]
