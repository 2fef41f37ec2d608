"""Groups of nodes become kinds of nodes, and a kind becomes the request for one job on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Sequence

from gpusetup.cluster.values import (
    Cluster,
    ClusterFacts,
    JobRequest,
    JobWish,
    NodeGroup,
    NodeKind,
    Partition,
)

_Key = tuple[object, ...]  # what tells kinds apart


def cluster_of(
    facts: ClusterFacts, groups: Sequence[NodeGroup], partitions: Sequence[Partition]
) -> Cluster:
    """Everything that Slurm told, the nodes sorted into kinds."""
    named = {each.name for each in partitions}
    untold = dict.fromkeys(each.partition for each in groups if each.partition not in named)
    all_partitions = (*partitions, *(Partition(name) for name in untold))
    return Cluster(facts, all_partitions, kinds_of(groups))


def kinds_of(groups: Sequence[NodeGroup]) -> tuple[NodeKind, ...]:
    """Nodes with the same types of GPU are one kind, however many GPUs each of them has.

    Where the cluster does not name types, features tell the kinds apart. All nodes without a GPU
    are one kind. GPU kinds first, in the order in which Slurm names them.
    """
    found: dict[_Key, list[NodeGroup]] = {}
    for group in groups:
        found.setdefault(_key(group), []).append(group)
    kinds = [_kind(members) for members in found.values()]
    kinds.sort(key=lambda kind: not kind.has_gpu)
    return tuple(_with_own_labels(kinds))


def _key(group: NodeGroup) -> _Key:
    types = tuple(sorted(each.type or "" for each in group.gpus))
    return (types, group.features) if "" in types else (types,)


def _kind(groups: Sequence[NodeGroup]) -> NodeKind:
    shared = set(groups[0].features).intersection(*(each.features for each in groups))
    largest = max(groups, key=lambda each: sum(gpu.count for gpu in each.gpus))
    gpus = largest.gpus
    named = [gpu.type for gpu in gpus if gpu.type]
    label = "+".join(named) if named else ("gpu" if gpus else "cpu")
    return NodeKind(label, gpus, tuple(sorted(shared)), tuple(groups))


def _with_own_labels(kinds: Sequence[NodeKind]) -> Iterable[NodeKind]:
    """Two kinds are never called the same: their features, else a number, tell them apart."""
    labels = [each.label for each in kinds]
    taken: set[str] = set()
    for kind in kinds:
        label = kind.label
        if labels.count(label) > 1:
            others = [set(each.features) for each in kinds if each.label == label and each != kind]
            own = [each for each in kind.features if all(each not in other for other in others)]
            label = f"{label}-{own[0]}" if own else label
        number = 2
        unique = label
        while unique in taken:
            unique, number = f"{label}-{number}", number + 1
        taken.add(unique)
        yield replace(kind, label=unique)


def in_partition(cluster: Cluster, name: str | None) -> tuple[NodeKind, ...]:
    """The kinds of one partition, or all."""
    if name is None:
        return cluster.kinds
    names = name.split(",")
    kept = (
        replace(kind, groups=tuple(each for each in kind.groups if each.partition in names))
        for kind in cluster.kinds
    )
    return tuple(kind for kind in kept if kind.groups)


def to_ask(kinds: Sequence[NodeKind], wish: JobWish) -> tuple[NodeKind, ...]:
    """The kinds that a job is sent to: those with GPUs, or all if none has any.

    A gres or a constraint that was wished for leaves out the kinds that do not have it.
    """
    with_gpu = tuple(each for each in kinds if each.has_gpu)
    asked = with_gpu or tuple(kinds)
    return tuple(each for each in asked if _meets(each, wish))


def _meets(kind: NodeKind, wish: JobWish) -> bool:
    wanted = _gres_type(wish.gres)
    if wanted and wanted not in [gpu.type for gpu in kind.gpus]:
        return False
    plain = wish.constraint or ""
    if plain and all(letter.isalnum() or letter in "._-" for letter in plain):
        return any(plain in each.features for each in kind.groups)
    return True


def _gres_type(gres: str | None) -> str | None:
    """ "gpu:a100:2" -> "a100"; "gpu:2" and "gpu" name no type."""
    words = (gres or "").split(":")
    return words[1] if len(words) > 1 and not words[1].isdigit() else None


def request_for(
    kind: NodeKind, cluster: Cluster, wish: JobWish, *, gpus: int = 1, minutes: int = 5
) -> JobRequest:
    """One job that can only run on nodes of this kind.

    Args:
        gpus: how many of the node's GPUs it wants; 0 for a node without any.
        minutes: its time limit, unless the wish or the partition says less.
    """
    partition = _partition(kind, cluster, wish)
    usable = [each for each in kind.groups if partition in (None, each.partition)]
    gres = _gres(kind, wish, gpus)
    known = cluster.partition(partition) if partition else None
    limit = known.max_minutes if known else None
    asked = wish.minutes or minutes
    return JobRequest(
        kind=kind.label,
        partition=partition,
        account=wish.account,
        qos=wish.qos,
        gres=gres,
        constraint=_constraint(kind, wish),
        exclude=_others(kind, cluster, partition, gres),
        reservation=wish.reservation,
        minutes=asked if wish.minutes else min(asked, limit or asked),
        memory_mib=wish.memory_mib or _memory(usable),
    )


def _memory(groups: Sequence[NodeGroup]) -> int:
    """A gigabyte, or half of what a small node has."""
    least = min((each.memory_mib for each in groups if each.memory_mib), default=4096)
    return max(64, min(1024, least // 2))


def _gres(kind: NodeKind, wish: JobWish, gpus: int) -> str | None:
    if wish.gres:
        return wish.gres
    if not kind.has_gpu or not gpus:
        return None
    kinds_of_gpu = kind.gpus[0]
    count = min(gpus, kinds_of_gpu.count)
    return f"gpu:{kinds_of_gpu.type}:{count}" if kinds_of_gpu.type else f"gpu:{count}"


def _constraint(kind: NodeKind, wish: JobWish) -> str | None:
    """Features tell kinds apart only where the GPUs have no types."""
    if wish.constraint or any(gpu.type for gpu in kind.gpus) or not kind.has_gpu:
        return wish.constraint
    return "&".join(kind.features) or None


def _partition(kind: NodeKind, cluster: Cluster, wish: JobWish) -> str | None:
    """The wished one; else one that is up, open to all, and has the most free nodes."""
    if wish.partition:
        return wish.partition.split(",")[0] if "," in wish.partition else wish.partition
    return min(kind.partitions, key=lambda name: _order(name, kind, cluster), default=None)


def _order(name: str, kind: NodeKind, cluster: Cluster) -> tuple[object, ...]:
    partition = cluster.partition(name) or Partition(name)
    groups = [each for each in kind.groups if each.partition == name]
    return (
        not partition.is_up,
        partition.accounts is not None or partition.groups is not None,
        partition.qos is not None,
        not any(each.usable for each in groups),
        -sum(each.count for each in groups if each.free),
        not partition.is_default,
        name,
    )


def _others(
    kind: NodeKind, cluster: Cluster, partition: str | None, gres: str | None
) -> str | None:
    """Nodes of other kinds in that partition which would fit the request as well."""
    wanted = _gres_type(gres)
    found: list[str] = []
    for other in cluster.kinds:
        if other.label == kind.label or (gres and not _offers(other, wanted)):
            continue
        if not gres and other.has_gpu == kind.has_gpu:
            continue
        found += [each.names for each in other.groups if partition in (None, each.partition)]
    return ",".join(dict.fromkeys(found)) or None


def _offers(kind: NodeKind, gpu_type: str | None) -> bool:
    types = [gpu.type for gpu in kind.gpus]
    return bool(types) if gpu_type is None else gpu_type in types
