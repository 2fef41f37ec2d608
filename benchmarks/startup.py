"""How long commands take, as multiples of a bare interpreter: `python benchmarks/startup.py`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rounds import BARE, compare, first_line, process

MACHINES = Path(__file__).resolve().parent.parent / "tests" / "machines"
ROUNDS = 15


def gpusetup(*words: str) -> list[str]:
    return [sys.executable, "-m", "gpusetup", *words]


def main() -> int:
    machine = str(MACHINES / "laptop-4060-wsl2.yaml")
    works = {
        "python -I -S -c pass": process(BARE),
        "python -c pass": process([sys.executable, "-c", "pass"]),
        "gpusetup --version": process(gpusetup("--version")),
        "gpusetup --help": process(gpusetup("--help")),
        "gpusetup detect --json": process(gpusetup("detect", "--json")),
        "gpusetup plan --json --machine": process(gpusetup("plan", "--json", "--machine", machine)),
        "gpusetup matrix show --json": process(gpusetup("matrix", "show", "RTX 3060", "--json")),
    }
    for ratio in compare(works, "python -I -S -c pass", ROUNDS):
        print(ratio)
    if os.name == "posix":
        first = {
            "gpusetup --version": first_line(gpusetup("--version")),
            "first line of gpusetup init": first_line(gpusetup("init")),
        }
        for ratio in compare(first, "gpusetup --version", ROUNDS):
            print(f"{ratio}, against gpusetup --version")
    return 0


if __name__ == "__main__":
    sys.exit(main())
