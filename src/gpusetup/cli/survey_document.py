"""What a survey adds to a machine's document: the key `cluster`."""

from __future__ import annotations

from typing import Any

from gpusetup.choosing.coverage import Coverage
from gpusetup.cli.survey import Asked, Found
from gpusetup.cli.survey_screen import (
    next_of,
    own_environments,
    trouble_code,
    trouble_text,
    version_text,
)
from gpusetup.cluster.values import NodeKind, Partition
from gpusetup.messages import say


def cluster_document(found: Found, coverage: Coverage | None) -> dict[str, Any]:
    """Partitions, kinds with how asking them ended, modules, and the common build."""
    facts = found.cluster.facts
    asked = {each.label: each for each in found.asked}
    kinds = {kind.label: kind for kind in found.kinds}
    everything = dict.fromkeys([*kinds, *asked])
    return {
        "name": facts.name,
        "slurm": version_text(facts.version) if facts.version else None,
        "accounting": facts.has_accounting,
        "partitions": [_partition(each) for each in found.cluster.partitions],
        "kinds": [_kind(name, kinds.get(name), asked.get(name)) for name in everything],
        "modules": {"there": list(found.modules.there), "loaded": list(found.modules.loaded)},
        "common": _common(found, coverage),
    }


def _partition(partition: Partition) -> dict[str, Any]:
    return {
        "name": partition.name,
        "default": partition.is_default,
        "state": partition.state,
        "max_minutes": partition.max_minutes,
        "accounts": partition.accounts and list(partition.accounts),
        "groups": partition.groups and list(partition.groups),
        "qos": partition.qos and list(partition.qos),
    }


def _kind(label: str, kind: NodeKind | None, asked: Asked | None) -> dict[str, Any]:
    return {
        "kind": label,
        "gpus": [{"type": each.type, "count": each.count} for each in kind.gpus] if kind else None,
        "features": list(kind.features) if kind else None,
        "partitions": list(kind.partitions) if kind else None,
        "nodes": kind.nodes if kind else None,
        "usable": kind.usable if kind else None,
        "free": kind.free if kind else None,
        **_end(asked),
    }


def _end(asked: Asked | None) -> dict[str, Any]:
    """`end` null: no job was sent there."""
    outcome = asked.outcome if asked else None
    if asked is None or outcome is None:
        return {"end": None, "node": None, "job": None, "told_by": None, "error": None}
    error = None
    if asked.answer is None:
        detail = asked.trouble.detail if asked.trouble else None
        error = {
            "code": trouble_code(asked),
            "text": trouble_text(asked),
            "facts": {"detail": detail},
            "next": next_of(asked),
        }
    return {
        "end": outcome.end.value,
        "node": outcome.node,
        "job": outcome.job_id,
        "told_by": asked.answer.told_by if asked.answer else None,
        "error": error,
    }


def _common(found: Found, coverage: Coverage | None) -> dict[str, Any] | None:
    if coverage is None:
        return None
    build, kinds = coverage.build, [each.label for each in found.answered]
    left = [(kinds[each.position], each.reason) for each in coverage.left_out]
    named = build and {
        "torch": str(build.torch), "build": build.build, "origin": build.origin.value,
    }  # fmt: skip
    return {
        "build": named,
        "kinds": kinds,
        "left_out": [
            {"kind": name, "code": reason.code, "text": say(reason.code, **reason.facts)}
            for name, reason in left
        ],
        "environments": own_environments(kinds, [name for name, _ in left]) if left else None,
    }
