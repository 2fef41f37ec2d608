"""What `sinfo --json` prints, as groups of nodes, for where its text form cannot be read.

Until 22.05 it names every node ("nodes", a state as a word, features as "a,b"); later it groups
them ("sinfo", a state as a list of words, some numbers as objects with "set" and "number").
"""

from __future__ import annotations

import json
from typing import Any, Iterable, Iterator, Mapping

from gpusetup.cluster.gres import gpus_of
from gpusetup.cluster.sinfo import features_of
from gpusetup.cluster.values import NodeGroup


def read_json_groups(text: str) -> tuple[NodeGroup, ...]:
    """The groups; nothing where the text is not of one of these forms."""
    try:
        document = json.loads(text)
        if isinstance(document.get("sinfo"), list):
            return tuple(_newer(each) for each in document["sinfo"])
        return tuple(_older(document.get("nodes") or ()))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()


def _older(nodes: Iterable[Mapping[str, Any]]) -> Iterator[NodeGroup]:
    for node in nodes:
        for partition in node["partitions"]:
            words = [str(node["state"]), *map(str, node.get("state_flags") or ())]
            yield _group(partition, [str(node["name"])], words, 1, node.get("gres"),
                         node.get("features"), node.get("cpus"), node.get("real_memory"),
                         node.get("reason"))  # fmt: skip


def _newer(row: Mapping[str, Any]) -> NodeGroup:
    nodes = row["nodes"]
    names = [str(each) for each in nodes.get("nodes") or ()]
    count = _number(nodes.get("total")) or len(names)
    words = [str(each) for each in row["node"]["state"]]
    return _group(row["partition"]["name"], names, words, count, row["gres"].get("total"),
                  row["features"].get("total"), row["cpus"].get("minimum"),
                  row["memory"].get("minimum"), row.get("reason"))  # fmt: skip


def _group(
    partition: str, names: list[str], words: list[str], count: int, gres: object, features: object,
    cpus: object, memory: object, reason: object,
) -> NodeGroup:  # fmt: skip
    flags = {each.lower() for each in words}
    state = words[0].lower() if words else "unknown"
    if "drain" in flags:
        state = "drained" if state == "idle" else "draining"
    told = reason.get("description") if isinstance(reason, Mapping) else reason
    return NodeGroup(
        partition=partition,
        state=state,
        count=count,
        names=",".join(names),
        gpus=gpus_of(str(gres or "")),
        features=features_of(str(features or "")),
        cpus=_number(cpus),
        memory_mib=_number(memory),
        answers="not_responding" not in flags,
        reason=str(told) if told else None,
    )


def _number(value: object) -> int | None:
    """4, or {"set": true, "infinite": false, "number": 4}."""
    if isinstance(value, Mapping):
        known = value.get("set") and not value.get("infinite")
        return _number(value.get("number")) if known else None
    return value if isinstance(value, int) else None
