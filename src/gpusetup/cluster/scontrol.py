"""What `scontrol show` prints: key=value words, in every version; there is no JSON before 23.02."""

from __future__ import annotations

import re
from typing import Mapping

from gpusetup.cluster.durations import minutes_of
from gpusetup.cluster.values import ClusterFacts, Partition

_PAIR = re.compile(r"(?:^|\s)([A-Z][\w:/]*)=")


def read_records(text: str, head: str) -> tuple[Mapping[str, str], ...]:
    """The blocks that begin with a key, such as PartitionName or JobId.

    PartitionName=gpu
       AllowGroups=ALL AllowAccounts=physics,chem AllowQos=ALL
       MaxNodes=UNLIMITED MaxTime=1-00:00:00 State=UP
    """
    blocks = re.split(rf"(?m)^(?={head}=)", text)
    return tuple(_pairs(each) for each in blocks if each.startswith(f"{head}="))


def _pairs(block: str) -> dict[str, str]:
    """A value reaches to the next key: reasons and paths hold spaces."""
    found = list(_PAIR.finditer(block))
    ends = [each.start() for each in found[1:]] + [len(block)]
    return {each[1]: block[each.end() : end].strip() for each, end in zip(found, ends)}


def read_partitions(text: str) -> tuple[Partition, ...]:
    """All partitions of `scontrol show partition`."""
    return tuple(_partition(each) for each in read_records(text, "PartitionName"))


def _partition(record: Mapping[str, str]) -> Partition:
    state = record.get("State", "UP")
    return Partition(
        name=record["PartitionName"],
        is_default=record.get("Default") == "YES",
        is_up=state == "UP",
        max_minutes=minutes_of(record.get("MaxTime", "")),
        default_minutes=minutes_of(record.get("DefaultTime", "")),
        accounts=_only(record.get("AllowAccounts", "ALL")),
        qos=_only(record.get("AllowQos", "ALL")),
        groups=_only(record.get("AllowGroups", "ALL")),
        state=state,
    )


def _only(text: str) -> tuple[str, ...] | None:
    """The names that are let in; None: everybody."""
    return None if text in ("ALL", "", "(null)", "N/A") else tuple(text.split(","))


def read_facts(config: str) -> ClusterFacts:
    """The head lines of `scontrol show config`: `AccountingStorageType   = ...none`."""
    pairs = dict(re.findall(r"(?m)^(\w+)\s*=[ \t]*(.*?)\s*$", config))
    storage = pairs.get("AccountingStorageType")
    limits = pairs.get("EnforcePartLimits")
    return ClusterFacts(
        name=pairs.get("ClusterName") or None,
        version=version_of(pairs.get("SLURM_VERSION", "")),
        has_accounting=None if storage is None else "slurmdbd" in storage,
        enforces_limits=None if limits is None else limits not in ("NO", "0"),
    )


def version_of(text: str) -> tuple[int, int] | None:
    """ "slurm-wlm 22.05.8" -> (22, 5)."""
    found = re.search(r"\b(\d\d)\.(\d\d)\b", text)
    return (int(found[1]), int(found[2])) if found else None
