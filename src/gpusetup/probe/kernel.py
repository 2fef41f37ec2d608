"""What the kernel's files say: the module, its device nodes, the library files beside it.

Reads files only, so it is there at once and nothing can hang.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Mapping

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass, field
from gpusetup.basics.versions import Version
from gpusetup.machine import Reading, Status
from gpusetup.probe.pci import bus_id

MODULE = "kernel-module"
NODES = "device-nodes"
_NVRM = pattern(r"NVRM version:.*?(Open )?Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)\s")
_NODES = ("nvidiactl", "nvidia-uvm", "dxg")


@dataclass(frozen=True)
class KernelFacts:
    """`models`: PCI bus id -> the card's name, from /proc/driver/nvidia/gpus."""

    readings: tuple[Reading, ...]
    version: Version | None = None
    module: str | None = None  # "open" | "proprietary"
    models: Mapping[str | None, str] = field(default_factory=dict)
    loaded: bool = False


def read_kernel(root: Path) -> KernelFacts:
    """The loaded module and the device nodes, below `root`."""
    flavour = parse_nvrm_version(_text(root / "proc/driver/nvidia/version"))
    text = _text(root / "sys/module/nvidia/version").strip()
    version = Version.told(text) or (flavour[0] if flavour else None)
    loaded = version is not None or (root / "sys/module/nvidia").is_dir()
    detail = None if version is None else str(version)
    return KernelFacts(
        readings=(
            Reading(MODULE, Status.OK if loaded else Status.ABSENT, detail),
            _device_nodes(root),
        ),
        version=version,
        module=flavour[1] if flavour else None,
        models=_models(root / "proc/driver/nvidia/gpus"),
        loaded=loaded,
    )


def parse_nvrm_version(text: str) -> tuple[Version, str] | None:
    """The version and flavour of the loaded module.

    NVRM version: NVIDIA UNIX x86_64 Kernel Module  375.26  Thu Dec  8 18:36:43 PST 2016
    NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.144.03  Release Build  (...)
    """
    found = _NVRM.search(text)
    if not found:
        return None
    return Version.parse(found[2]), "open" if found[1] else "proprietary"


def _models(folder: Path) -> dict[str | None, str]:
    """The names that the module knows its cards by, without asking any card."""
    models: dict[str | None, str] = {}
    for path in _children(folder):
        model = parse_model(_text(path / "information"))
        if model:
            models[bus_id(path.name)] = model
    return models


def parse_model(text: str) -> str | None:
    """ "Model: \t\t NVIDIA GeForce RTX 3090" of /proc/driver/nvidia/gpus/*/information."""
    found = re.search(r"^Model:\s*(.+?)\s*$", text, re.MULTILINE)
    return found[1] if found and "?" not in found[1] else None


def _device_nodes(root: Path) -> Reading:
    folder = root / "dev"
    cards = [path for path in _children(folder) if re.fullmatch(r"nvidia\d+", path.name)]
    present = cards + [folder / name for name in _NODES if (folder / name).exists()]
    return judge_nodes({each.name: os.access(each, os.R_OK | os.W_OK) for each in present})


def order_of_node(name: str) -> tuple[int, str]:
    """Cards first, then the files that all cards share."""
    return (_NODES.index(name) + 1, name) if name in _NODES else (0, name)


def judge_nodes(nodes: Mapping[str, bool]) -> Reading:
    """The files that CUDA opens. Present and not ours to open is an error worth its own words."""
    if not nodes:
        return Reading(NODES, Status.ABSENT)
    closed = [name for name, is_open in nodes.items() if not is_open]
    if closed:
        return Reading(NODES, Status.ERROR, "permission denied: /dev/" + ", /dev/".join(closed))
    has_card = any(re.fullmatch(r"nvidia\d+", name) for name in nodes)
    if has_card and "nvidia-uvm" not in nodes:
        return Reading(NODES, Status.PARTIAL, "missing: /dev/nvidia-uvm")
    return Reading(NODES, Status.OK, ", ".join(f"/dev/{name}" for name in nodes))


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
