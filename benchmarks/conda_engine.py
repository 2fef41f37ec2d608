"""What `init --engine rattler` costs above py-rattler called directly, on a channel on disk.

Both solve and make the same environment. The environment's Python is a stub that fails at once, so
that the proof costs nothing; `init` ends with 1 because of that. The promise: one second at most.

    python benchmarks/conda_engine.py [ROUNDS]
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.lab.channel import Stub, write_channel  # noqa: E402

TORCH, PYTHON = "2.8.0", "3.12"
SPECS = (f"python={PYTHON}", f"pytorch={TORCH}=cpu*", "numpy", "pip")
LIMIT_S = 1.0

DIRECT = """
import asyncio, os, sys
import rattler

async def main(channel, prefix, *specs):
    wanted = [rattler.MatchSpec(each) for each in specs]
    virtual = [each.into_generic() for each in rattler.VirtualPackage.detect()]
    records = await rattler.solve([rattler.Channel(channel)], wanted, virtual_packages=virtual)
    await rattler.install(records, prefix, show_progress=False)

asyncio.run(main(*sys.argv[1:]))
os._exit(0)
"""


def main(rounds: int) -> int:
    """Print both times and the difference; 1 if it is above the limit."""
    with tempfile.TemporaryDirectory(prefix="gpusetup-") as name:
        folder = Path(name)
        base = _channel(folder / "channels")
        environ = _environment(folder, base)
        direct, ours = [], []
        for number in range(-1, rounds):  # the first warms caches and does not count
            runs = [(direct, _direct), (ours, _init)]
            random.shuffle(runs)
            for times, run in runs:
                passed = run(folder / "e", base, environ)
                if number >= 0:
                    times.append(passed)
                shutil.rmtree(folder / "e")
    return _tell(direct, ours)


def _tell(direct: list[float], ours: list[float]) -> int:
    above = [b - a for a, b in zip(direct, ours)]
    low, median, high = statistics.quantiles(above, n=4)
    print(f"py-rattler directly: {statistics.median(direct):.2f} s")
    print(f"init --engine rattler: {statistics.median(ours):.2f} s")
    if hasattr(os, "getloadavg"):
        print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"above it: {median:.2f} s ({low:.2f} to {high:.2f}), promised at most {LIMIT_S:.1f} s")
    return int(median > LIMIT_S)


def _channel(folder: Path) -> str:
    python = {"bin/python": ("#!/bin/sh\nexit 1\n", 0o755)}
    stubs = [
        Stub("python", f"{PYTHON}.9", "h0_cpython", files=python),
        Stub("pip", "25.3", "pyh0_0", ("python",), subdir="noarch", files={"s": ("x", 0o644)}),
        Stub("numpy", "2.3.1", "h0", files={"share/numpy": ("x", 0o644)}),
        Stub("pytorch", TORCH, "cpu_generic_py312_h0_1", (f"python {PYTHON}.*", "numpy")),
    ]
    write_channel(folder / "conda-forge", stubs, packages=True)
    return folder.as_uri()


def _environment(folder: Path, base: str) -> dict[str, str]:
    return {
        **os.environ, "HOME": str(folder), "GPUSETUP_CHANNELS": base,
        "RATTLER_CACHE_DIR": str(folder / "cache"),
    }  # fmt: skip


def _direct(prefix: Path, base: str, environ: dict[str, str]) -> float:
    argv = (sys.executable, "-c", DIRECT, f"{base}/conda-forge", str(prefix), *SPECS)
    return _timed(argv, environ, 0)


def _init(prefix: Path, _base: str, environ: dict[str, str]) -> float:
    argv = (
        sys.executable, "-m", "gpusetup", "init", "--yes", "--no-bench", "--cpu",
        "--engine", "rattler", "--origin", "conda-forge", "--torch", TORCH, "--python", PYTHON,
        "--prefix", str(prefix),
    )  # fmt: skip
    return _timed(argv, environ, 1)


def _timed(argv: tuple[str, ...], environ: dict[str, str], expected: int) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    passed = time.perf_counter() - begun
    assert done.returncode == expected, done.stdout + done.stderr
    return passed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 9))
