"""Asking Slurm's own commands. They may hang while the controller is busy or gone: with a limit."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Mapping, Sequence

from gpusetup.basics.errors import Refused
from gpusetup.cluster import commands
from gpusetup.cluster.kinds import cluster_of
from gpusetup.cluster.scontrol import read_facts, read_partitions, version_of
from gpusetup.cluster.sinfo import read_groups
from gpusetup.cluster.sinfo_json import read_json_groups
from gpusetup.cluster.troubles import last_words, refusal_in
from gpusetup.cluster.values import Cluster

LIMIT_S = 30.0
# What a job's own variables would make of a new job: a step of the old one.
_KEPT_IN_A_JOB = ("SLURM_CONF", "SLURM_CLUSTERS")


@dataclass(frozen=True)
class Told:
    """What a command of Slurm said."""

    ok: bool
    text: str
    errors: str


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """For Slurm's commands: a new job even from inside of one, and words in English."""
    known = dict(environ)
    if known.get("SLURM_JOB_ID") or known.get("SLURM_JOBID"):
        inherited = [name for name in known if name.startswith("SLURM_")]
        for name in inherited:
            if name not in _KEPT_IN_A_JOB:
                del known[name]
    # times in the one form that is read here, whatever the user likes to see
    return {**known, "SLURM_TIME_FORMAT": "standard"}


def ask(argv: Sequence[str], environ: Mapping[str, str], *, stdin: str | None = None) -> Told:
    """Run one of Slurm's commands.

    Raises:
        Refused: it is not there, or did not answer in time.
    """
    try:
        done = subprocess.run(
            list(argv), env=environment(environ), input=(stdin or "").encode(),
            capture_output=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Refused("cluster.no-slurm", program=argv[0]) from None
    except subprocess.TimeoutExpired:
        words = f"{argv[0]}: {LIMIT_S:g} s"
        raise Refused("job.no-controller", detail=words) from None
    text = done.stdout.decode("utf-8", "replace")
    return Told(done.returncode == 0, text, done.stderr.decode("utf-8", "replace"))


def read_cluster(environ: Mapping[str, str]) -> Cluster:
    """Partitions and kinds of nodes, without a job.

    Raises:
        Refused: there is no Slurm, or its controller does not answer.
    """
    nodes = ask(commands.NODES, environ)
    if not nodes.ok:
        raise _no_answer(nodes)
    partitions = ask(commands.PARTITIONS, environ)
    config = ask(commands.CONFIG, environ)
    facts = read_facts(config.text)
    if facts.version is None:
        from dataclasses import replace

        facts = replace(facts, version=version_of(ask(commands.VERSION, environ).text))
    groups = read_groups(nodes.text) or read_json_groups(ask(commands.NODES_AS_JSON, environ).text)
    return cluster_of(facts, groups, read_partitions(partitions.text))


def _no_answer(told: Told) -> Refused:
    trouble = refusal_in(told.errors)
    code = trouble.code if trouble else "cluster.no-answer"
    return Refused(code, detail=last_words(told.errors) or last_words(told.text) or "sinfo")
