"""A `conda` through which a CPU build slips in, by each of the ways that people know.

It takes what it is told and asks for what a careless person, a mirror or a setting would make of it.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Callable

from tests.lab import conda_shim

Words = list[str]


def write_careless(folder: Path, way: str) -> Path:
    """An executable `conda` that goes that way."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "conda"
    program.write_text(
        f'#!/bin/sh\nexport PYTHONPATH="{Path(__file__).parents[2]}"\n'
        f'exec "{sys.executable}" -m tests.lab.careless_conda {way} "$@"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def _without_builds(words: Words) -> Words:
    """`pytorch=2.5.1=py3.12_cuda12.4*` -> `pytorch=2.5.1`; what binds its libraries goes."""
    kept = [word for word in words if not word.startswith(("torchvision", "torchaudio", "libc"))]
    return [re.sub(r"^(pytorch=[\d.]+)=.*", r"\1", word) for word in kept]


def _old_toolkit(words: Words) -> Words:
    return [word.replace("pytorch-cuda=", "cudatoolkit=") for word in _without_builds(words)]


def _without_nvidia(words: Words) -> Words:
    return [
        word
        for word in _without_channel(_without_builds(words), "nvidia")
        if "pytorch-cuda" not in word
    ]


def _without_channel(words: Words, name: str) -> Words:
    """The words but for `-c .../NAME`."""
    found: Words = []
    for word in words:
        if word.rpartition("/")[2] == name and found and found[-1] == "-c":
            found.pop()
        else:
            found.append(word)
    return found


def _forge_first(words: Words) -> Words:
    forge = next(word for word in words if word.endswith("conda-forge"))
    first = words.index("-c")
    rest = _without_channel(_without_nvidia(words), "conda-forge")
    return [*rest[:first], "-c", forge, *rest[first:]]


def _without_driver(words: Words) -> Words:
    os.environ["CONDA_OVERRIDE_CUDA"] = ""
    return [word for word in _without_builds(words) if "cuda-version" not in word]


WAYS: dict[str, Callable[[Words], Words]] = {
    "old-toolkit": _old_toolkit,
    "without-nvidia": _without_nvidia,
    "forge-first": _forge_first,
    "without-driver": _without_driver,
}

if __name__ == "__main__":
    way, words = sys.argv[1], sys.argv[2:]
    code = conda_shim.main(WAYS[way](words) if words[:1] == ["create"] else words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
