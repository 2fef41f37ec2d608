"""A machine's file tree in a temporary folder, and the environment that goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from gpusetup.probe.world import World


def world(root: Path, files: Mapping[str, str] | None = None, **environ: str) -> World:
    """A tree with these files (a name that ends in / is a folder), and HOME=/home/alice."""
    for path, text in (files or {}).items():
        place = root / path.lstrip("/")
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
    return World({"HOME": "/home/alice", "PATH": "/usr/bin", **environ}, root)


def program(root: Path, path: str, script: str) -> None:
    """An executable shell script in the tree."""
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    place.chmod(0o755)
