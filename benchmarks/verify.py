"""A quick verification beside a bare `import torch`: `python benchmarks/verify.py PYTHON`.

Both in the same environment, in turn. The promise: no more than 1.2 times the import, and 1.5 s.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
from typing import Mapping, Sequence

from rounds import Work, process

ROUNDS = 15
FACTOR, MORE_S = 1.2, 1.5


def main(words: Sequence[str]) -> int:
    if len(words) != 1:
        print("usage: python benchmarks/verify.py PYTHON   (one that has torch, for the CPU)")
        return 2
    # without .pyc files the import alone would take several times as long
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    python = words[0]
    works = {
        "import": process([python, "-I", "-c", "import torch"]),
        "verify": process([sys.executable, "-m", "gpusetup", "verify", "--python", python]),
    }
    for work in works.values():  # caches of files and byte code
        work()
    rounds = [measured(works) for _ in range(ROUNDS)]
    for name in works:
        show(name, [each[name] for each in rounds], "s")
    show("verify / import", [each["verify"] / each["import"] for each in rounds], "x")
    left = [FACTOR * each["import"] + MORE_S - each["verify"] for each in rounds]
    show(f"left of {FACTOR} x import + {MORE_S} s", left, "s")
    return int(statistics.median(left) < 0)


def measured(works: Mapping[str, Work]) -> dict[str, float]:
    """One round in random order."""
    names = list(works)
    random.shuffle(names)
    return {name: works[name]() for name in names}


def show(name: str, values: Sequence[float], unit: str) -> None:
    low, median, high = statistics.quantiles(values, n=4)
    print(f"{name}: {median:.2f} {unit} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
