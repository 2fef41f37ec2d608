"""`detect --json` beside `nvitop -1` and `gpustat --json`, all on the same stand-in for a driver.

    python benchmarks/beside_others.py [FOLDER WITH THEIR PROGRAMS]

The stand-in is the tests' (tests/fakes/nvml.c). What it does not know and pynvml could ask is
answered with "not supported", as real cards answer much: the others would else write tracebacks.
Nobody waits for a driver here, so what is compared is the programs themselves.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rounds import BARE, Work, compare, process

FAKES = Path(__file__).resolve().parent.parent / "tests" / "fakes"
ROUNDS = 25
OURS = "gpusetup detect --json"
OTHERS = {"nvitop": ("-1",), "gpustat": ("--json",)}
CARD = """\
driver 580.95.05
cuda 13000
library 13.580.95.05
gpu 0 name NVIDIA GeForce RTX 4060 Laptop GPU
gpu 0 uuid GPU-11111111-2222-3333-4444-555555555555
gpu 0 capability 8.9
gpu 0 memory 8188 812
gpu 0 bus 0000:01:00.0
gpu 0 utilization 35
gpu 0 temperature 64
gpu 0 power 60 115 115
"""
INDEX = "int nvmlDeviceGetIndex(void *card, unsigned *index) { *index = 0; return 0; }"


def build_driver(folder: Path) -> dict[str, str]:
    """The stand-in; returns the environment that leads to it."""
    import pynvml

    known = (FAKES / "nvml.c").read_text(encoding="utf-8")
    asked = re.findall(r"nvml\w+", Path(pynvml.__file__).read_text(encoding="utf-8"))
    missing = {each for each in asked if not re.search(rf"\b{each}\b", known + INDEX)}
    rest = folder / "rest.c"
    rest.write_text("\n".join([INDEX, *(f"int {each}(void) {{ return 3; }}" for each in missing)]))
    library = folder / "libnvidia-ml.so.1"
    words = ["cc", "-shared", "-fPIC", "-w", "-o", library, FAKES / "nvml.c", rest]
    subprocess.run(list(map(str, words)), check=True)
    (folder / "card.txt").write_text(CARD)
    return {"LD_LIBRARY_PATH": str(folder), "GPUSETUP_FAKE_NVML": str(folder / "card.txt")}


def main(folders: str | None) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        environ = build_driver(Path(scratch))
        ours = [sys.executable, "-m", "gpusetup", "detect", "--json"]
        works: dict[str, Work] = {OURS: process(ours, env=environ)}
        for name, words in OTHERS.items():
            program = shutil.which(name, path=folders)
            if program is None:
                print(f"{name}: not here (pip install {name})")
                continue
            works[f"{name} {' '.join(words)}"] = process([program, *words], env=environ)
        works["python -I -S -c pass"] = process(BARE)
        for ratio in compare(works, OURS, ROUNDS):
            print(ratio)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
