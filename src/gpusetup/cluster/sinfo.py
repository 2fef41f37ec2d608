"""What `sinfo` prints, as groups of nodes: our own text format, which every version knows.

gpu|up|1:00:00|idle*|2|64|515000|gpu:a100:4(S:0-1)|ampere,nvlink|gpu[1-2]|none
"""

from __future__ import annotations

import re

from gpusetup.cluster.gres import gpus_of
from gpusetup.cluster.values import NodeGroup

FORMAT = "%R|%a|%l|%T|%D|%c|%m|%G|%f|%N|%E"
_FIELDS = FORMAT.count("|") + 1


def read_groups(text: str) -> tuple[NodeGroup, ...]:
    """One group for each line that is one; what a site prints around them is passed over."""
    lines = [line.split("|") for line in text.splitlines()]
    return tuple(
        _group([*fields[: _FIELDS - 1], "|".join(fields[_FIELDS - 1 :])])
        for fields in lines
        if len(fields) >= _FIELDS and fields[4].strip().isdigit()
    )


def _group(fields: list[str]) -> NodeGroup:
    partition, _up, _limit, state, count, cpus, memory, gres, features, names, reason = (
        each.strip() for each in fields
    )
    word, answers = read_state(state)
    return NodeGroup(
        partition=partition,
        state=word,
        count=int(count),
        names=names,
        gpus=gpus_of(gres),
        features=features_of(features),
        cpus=_number(cpus),
        memory_mib=_number(memory),
        answers=answers,
        reason=reason if reason.lower() not in ("", "none", "(null)", "n/a") else None,
    )


def read_state(text: str) -> tuple[str, bool]:
    """ "idle*" -> ("idle", False): the star says that the node does not answer.

    The other flags: ~ powered down, # powering up, ! % powering down, $ in maintenance, @ ^ will be
    restarted, - planned for a job. Jobs start on all of these sooner or later.
    """
    word = re.match(r"[a-z_]+", text.strip().lower())
    return (word[0] if word else "unknown"), "*" not in text


def features_of(text: str) -> tuple[str, ...]:
    """Sorted, because nodes of one kind may name them in different order."""
    known = {each.strip() for each in text.split(",")} - {"", "(null)", "none", "N/A"}
    return tuple(sorted(known))


def _number(text: str) -> int | None:
    """The least of "64", "64+" (some nodes have more)."""
    found = re.match(r"\d+", text)
    return int(found[0]) if found else None
