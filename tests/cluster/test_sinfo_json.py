"""`sinfo --json` of several versions says the same as its text."""

from __future__ import annotations

import json

from gpusetup.cluster.kinds import kinds_of
from gpusetup.cluster.sinfo_json import read_json_groups
from gpusetup.cluster.values import GpuGres
from gpusetup.probe.slurm import read_cluster
from tests.lab.slurm import SlurmLab

NEWER = {
    "meta": {"slurm": {"version": {"major": "24", "minor": "11"}}},
    "sinfo": [
        {
            "partition": {"name": "gpu"},
            "node": {"state": ["IDLE"]},
            "nodes": {"total": 2, "nodes": ["gpu1", "gpu2"]},
            "gres": {"total": "gpu:h100:4(S:0-1)", "used": "gpu:h100:0"},
            "features": {"total": "nvlink,hopper", "active": "nvlink,hopper"},
            "cpus": {"minimum": 64, "maximum": 64},
            "memory": {"minimum": {"set": True, "infinite": False, "number": 512000}},
            "reason": {},
        },
        {
            "partition": {"name": "gpu"},
            "node": {"state": ["IDLE", "DRAIN", "NOT_RESPONDING"]},
            "nodes": {"total": 1, "nodes": ["gpu3"]},
            "gres": {"total": "gpu:h100:4"},
            "features": {"total": ""},
            "cpus": {"minimum": {"set": False, "infinite": False, "number": 0}},
            "memory": {"minimum": 512000},
            "reason": {"description": "fan"},
        },
    ],
}


def test_the_newer_form() -> None:
    free, drained = read_json_groups(json.dumps(NEWER))
    assert (free.partition, free.count, free.names, free.state) == ("gpu", 2, "gpu1,gpu2", "idle")
    assert (free.gpus, free.features) == ((GpuGres("h100", 4),), ("hopper", "nvlink"))
    assert (free.cpus, free.memory_mib, free.free) == (64, 512000, True)
    assert (drained.state, drained.usable, drained.reason) == ("drained", False, "fan")
    assert drained.cpus is None


def test_what_is_no_such_document_holds_no_nodes() -> None:
    for text in ("", "sinfo: error", "[]", '{"sinfo": [{"nodes": 3}]}', '{"nodes": [{}]}'):
        assert read_json_groups(text) == ()


def test_the_form_of_this_slurm_says_the_same_as_its_text(slurm_lab: SlurmLab) -> None:
    by_text = read_cluster(slurm_lab.environment()).kinds
    by_json = kinds_of(read_json_groups(slurm_lab.run("sinfo", "--json")))

    def told(kinds: object) -> set[tuple[object, ...]]:
        return {(k.label, k.gpus, k.features, k.nodes, k.free) for k in kinds}  # type: ignore[attr-defined]

    assert told(by_json) == told(by_text)
