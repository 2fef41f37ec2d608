"""A profile with compute nodes: one build for all, or which node stands in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HEAD = "os: linux\narch: x86_64\ncompute_nodes:\n"


def node(name: str | None, driver: str, gpu: str, capability: str) -> str:
    named = f"name: {name}, " if name else ""
    return (
        f'- {{{named}libc: {{name: glibc, version: "2.35"}}, driver: {{version: "{driver}"}}, '
        f'gpus: [{{index: 0, name: {gpu}, compute_capability: "{capability}"}}]}}\n'
    )


OLD = node("old", "470.57.02", "Tesla K80", "3.7")
NEW = node("new", "580.95.05", "NVIDIA GeForce RTX 5090", "12.0")
NAMELESS = node(None, "580.95.05", "NVIDIA GeForce RTX 5090", "12.0")


def plan(folder: Path, nodes: str, *words: str) -> tuple[int, str, str]:
    profile = folder / "nodes.yaml"
    profile.write_text(HEAD + nodes)
    argv = [sys.executable, "-m", "gpusetup", "plan", "--machine", str(profile), *words]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env={**os.environ, "HOME": str(folder)}
    )
    return done.returncode, done.stdout, done.stderr


def test_a_refusal_names_the_node_that_stands_in_the_way(tmp_path: Path) -> None:
    code, out, errors = plan(tmp_path, OLD + NEW + NAMELESS)
    assert code == 3
    assert "runs on all but old." in out
    assert "old falls out: CUDA 13.2 needs NVIDIA driver 580 or newer" in out
    assert "Take old out of the file" in " ".join(errors.split())


def test_the_document_has_names_and_reasons(tmp_path: Path) -> None:
    code, out, _errors = plan(tmp_path, NAMELESS + OLD + NEW, "--json")
    nodes = json.loads(out)["nodes"]
    assert code == 3
    assert nodes["names"] == ["node 1 (GeForce RTX 5090)", "old", "new"]
    assert [(each["name"], each["code"]) for each in nodes["left_out"]] == [
        ("old", "choose.driver-too-old")
    ]


def test_a_wish_counts_for_the_nodes_too(tmp_path: Path) -> None:
    _code, out, _errors = plan(tmp_path, OLD + NEW, "--json", "--torch", "2.9.1", "--cuda", "cu128")
    nodes = json.loads(out)["nodes"]
    assert (nodes["build"]["torch"], nodes["build"]["build"]) == ("2.9.1", "cu128")
    assert [each["name"] for each in nodes["left_out"]] == ["old"]


def test_hosts_that_were_asked_from_elsewhere_are_proven_on_their_gpus(tmp_path: Path) -> None:
    _code, out, _errors = plan(tmp_path, NEW, "--json")
    document = json.loads(out)
    (verify,) = [step for step in document["steps"] if step["id"] == "verify"]
    assert verify["argv"][verify["argv"].index("--expected") + 1] == "cuda"
    assert "nodes" not in document
