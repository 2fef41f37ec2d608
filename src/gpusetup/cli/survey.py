"""`gpusetup detect --slurm`: what Slurm tells, and what one node of each kind tells by a job."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Sequence

from gpusetup.basics.errors import Exit, Refused
from gpusetup.cluster.kinds import in_partition, request_for, to_ask
from gpusetup.cluster.values import (
    Cluster,
    End,
    JobOutcome,
    JobRequest,
    JobTrouble,
    JobWish,
    NodeKind,
)
from gpusetup.messages import listed, say
from gpusetup.probe.cluster_modules import Modules
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.matrix.rows import Matrix
    from gpusetup.probe.node import NodeAnswer
    from gpusetup.road.cluster_jobs import Task

SUBJECT = "detect"
_PROBE_S = 60.0


@dataclass(frozen=True)
class Wanted:
    """How a survey shall go."""

    wish: JobWish
    wait_s: float = 120.0
    jobs: bool = True
    yes: bool = False
    collect: bool = False
    drop: bool = False
    batch: bool = False
    record: str | None = None
    timeout_s: float = 40.0


@dataclass(frozen=True)
class Asked:
    """A kind of nodes, how its job ended, and what the node told. No outcome: no job was run."""

    label: str
    kind: NodeKind | None = None
    outcome: JobOutcome | None = None
    answer: NodeAnswer | None = None

    @property
    def trouble(self) -> JobTrouble | None:
        return self.outcome.trouble if self.outcome else None


@dataclass(frozen=True)
class Found:
    """The whole survey."""

    cluster: Cluster
    kinds: tuple[NodeKind, ...]
    asked: tuple[Asked, ...]
    modules: Modules
    jobs_ran: bool = False

    @property
    def answered(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.asked if each.answer)

    @property
    def unknown(self) -> tuple[Asked, ...]:
        """Kinds that a job was sent to, and of which nothing came."""
        return tuple(each for each in self.asked if each.outcome and not each.answer)


def survey(wanted: Wanted) -> int:
    """The command. Returns the exit code.

    Raises:
        Refused: there is no Slurm, its controller does not answer, no node fits.
    """
    from gpusetup.cli import survey_screen
    from gpusetup.cli.survey_keeping import finish
    from gpusetup.effects.runner import ended_as_by_ctrl_c
    from gpusetup.terminal import show

    if wanted.drop:
        return _drop()
    with show.awaiting(say("cluster.asking")):
        found = _told_by_slurm(wanted)
    if not session().json:
        survey_screen.show_cluster(found)
    with ended_as_by_ctrl_c():
        if wanted.collect:
            found = _collected(found, wanted)
        elif _may_run(found, wanted):
            found = _asked_by_jobs(found, wanted)
    return finish(found, wanted)


def _drop() -> int:
    from gpusetup.road.cluster_jobs import cancel_left
    from gpusetup.terminal import show

    count = cancel_left(os.environ, SUBJECT)
    show.note(say("cluster.dropped", count=count) if count else say("cluster.none-left"))
    if session().json:
        from gpusetup.envelope import emit

        emit({"schema": "gpusetup.run/1", "ok": True, "cancelled": count})
    return Exit.OK


def _told_by_slurm(wanted: Wanted) -> Found:
    from gpusetup.probe.cluster_modules import read_modules
    from gpusetup.probe.slurm import read_cluster
    from gpusetup.probe.world import World

    cluster = read_cluster(os.environ)
    kinds = in_partition(cluster, wanted.wish.partition)
    fitting = to_ask(kinds, wanted.wish)
    if not fitting and not wanted.collect:
        raise Refused("cluster.no-kinds", wishes=_in_words(wanted.wish))
    asked = tuple(Asked(kind.label, kind) for kind in fitting)
    return Found(cluster, kinds, asked, read_modules(World(os.environ)))


def _in_words(wish: JobWish) -> str:
    flags = (("partition", wish.partition), ("gres", wish.gres), ("constraint", wish.constraint))
    return " ".join(f"--{name} {value}" for name, value in flags if value) or "sinfo"


def _may_run(found: Found, wanted: Wanted) -> bool:
    """Jobs run with consent only: the flag, or the question on a terminal."""
    import sys

    from gpusetup.terminal import prompts, show

    if not wanted.jobs or wanted.yes:
        return wanted.jobs
    is_person = all(show.is_terminal(each) for each in (sys.stdin, sys.stdout))
    if not is_person or session().json:
        return False
    minutes = max((each.request.minutes for each in _tasks(found, wanted)), default=5)
    kinds = listed(each.label for each in found.asked)
    try:
        return prompts.confirm(say("cluster.question", minutes=minutes, kinds=kinds))
    except prompts.Quit:
        return False


def _tasks(found: Found, wanted: Wanted) -> list[Task]:
    from gpusetup.probe.node_script import node_script
    from gpusetup.road.cluster_jobs import Task

    tasks, places = [], _places()
    for each in found.asked:
        if each.kind is None:
            continue
        nonce = secrets.token_hex(8)
        body = node_script(nonce, seconds=_PROBE_S, places=places)
        request = request_for(each.kind, found.cluster, wanted.wish)
        tasks.append(Task(request, body, {"nonce": nonce}))
    return tasks


def _places() -> list[str]:
    """The folders that the nodes must have too: home, our own, the environments', temporary, and
    those that a cluster names for large data."""
    from gpusetup.choosing.room import VARIABLES
    from gpusetup.effects.places import environments_folder
    from gpusetup.road.cluster_records import jobs_folder

    folder = environments_folder(os.environ)
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    named = [os.environ.get(each, "").rstrip("/") for each in VARIABLES]
    large = [each for each in named if each.startswith("/") and each.isprintable()]
    own = ["~", "/tmp", str(jobs_folder(os.environ)), str(folder)]  # noqa: S108 - looked at
    return list(dict.fromkeys([*own, *large]))


def _asked_by_jobs(found: Found, wanted: Wanted) -> Found:
    from gpusetup.cli.survey_waiting import Waiting
    from gpusetup.road.cluster_jobs import Manner, run_jobs

    usable = [each for each in found.asked if each.kind and each.kind.usable]
    tasks = _tasks(replace(found, asked=tuple(usable)), wanted)
    manner = Manner(wanted.wait_s, leaves=True, batch=wanted.batch or wanted.wait_s == 0)
    with Waiting(len(tasks)) as waiting:
        outcomes = run_jobs(tasks, os.environ, manner, waiting.show)
    answers = {
        each.label: _answered(each, outcome, str(task.memo["nonce"]))
        for each, outcome, task in zip(usable, outcomes, tasks)
    }
    asked = tuple(answers.get(each.label) or _out_of_use(each) for each in found.asked)
    return replace(found, asked=asked, jobs_ran=True)


def _out_of_use(asked: Asked) -> Asked:
    """No job is sent where none could start."""
    groups = asked.kind.groups if asked.kind else ()
    reasons = listed(dict.fromkeys(each.reason or each.state for each in groups))
    trouble = JobTrouble("job.no-node-in-use", reasons)
    return replace(asked, outcome=JobOutcome(JobRequest(asked.label), End.REFUSED, trouble=trouble))


def _collected(found: Found, wanted: Wanted) -> Found:
    """The answers of jobs that were left; of other kinds the last survey still counts."""
    from gpusetup.cli.survey_waiting import Waiting
    from gpusetup.road import cluster_records
    from gpusetup.road.cluster_jobs import collect

    count = len(cluster_records.left(os.environ, SUBJECT))
    if not count:
        raise Refused("cluster.none-left")
    with Waiting(count) as waiting:
        pairs = collect(os.environ, SUBJECT, wanted.wait_s, waiting.show)
    kinds = {each.label: each for each in found.cluster.kinds}
    asked = (
        _answered(Asked(label, kinds.get(label)), outcome, str(memo.get("nonce")))
        for outcome, memo in pairs
        for label in [outcome.request.kind]
    )
    return replace(found, asked=tuple(asked), jobs_ran=True)


def _answered(asked: Asked, outcome: JobOutcome, nonce: str) -> Asked:
    """What the node told; an answer that cannot be read is none."""
    from gpusetup.cli.survey_places import place_readings
    from gpusetup.probe.node import read_node
    from gpusetup.probe.node_block import NodeTrouble

    if outcome.end is not End.ANSWERED:
        return replace(asked, outcome=outcome)
    read = read_node(outcome.answer or "", nonce, _matrix)
    if isinstance(read, NodeTrouble):
        words = say(read.code, **{"command": "srun", **read.facts})
        trouble = JobTrouble("job.cut-off" if "cut" in read.code else "job.failed", words)
        return replace(asked, outcome=replace(outcome, end=End.FAILED, trouble=trouble))
    if asked.kind and asked.kind.has_gpu and not read.machine.gpus:
        trouble = JobTrouble("job.no-gpu-seen", outcome.node)
        return replace(asked, outcome=replace(outcome, end=End.FAILED, trouble=trouble))
    readings = (*read.machine.readings, *place_readings(read.places))
    machine = replace(read.machine, name=asked.label, readings=readings)
    return replace(asked, outcome=outcome, answer=replace(read, machine=machine))


def _matrix() -> Matrix:
    from gpusetup.compat_files import packaged_or_configured

    return packaged_or_configured(os.environ)


def labels(asked: Sequence[Asked]) -> str:
    """The kinds in one line."""
    return listed(each.label for each in asked)
