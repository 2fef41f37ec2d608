"""How soon a person has something to read and to answer: `python benchmarks/first_question.py`.

The probes are those of this machine; `init` asks the sources that this machine's pip names.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from rounds import compare, first_line, process, until

LAPTOP = Path(__file__).resolve().parent.parent / "tests" / "machines" / "laptop-4060-wsl2.yaml"
VERSION = "gpusetup --version"
ROUNDS = 15


def gpusetup(*words: str) -> list[str]:
    return [sys.executable, "-m", "gpusetup", *words]


def main() -> int:
    question = until(gpusetup("init", "--lang", "en"), b"Something else")
    works = {
        VERSION: process(gpusetup("--version")),
        "first line of init": first_line(gpusetup("init", "--lang", "en")),
        "first question of init": question,
        "first question of init --machine": until(
            gpusetup("init", "--machine", str(LAPTOP), "--lang", "en"), b"Something else"
        ),
    }
    for ratio in compare(works, VERSION, ROUNDS):
        print(ratio)
    print(f"first question of init: {statistics.median(question() for _ in range(ROUNDS)):.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
