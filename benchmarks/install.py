"""How long an installation takes, beside the same typed by hand, beside pip, beside the line.

    python benchmarks/install.py [thin] [warm] [cold]

Needs a CPU wheel of torch in a folder that pip's find-links names; nothing else is downloaded but
torch's own requirements. Targets: the install part of `init` at most 1.05 times the printed
commands typed by hand, and a second; creating the environment at most half of `python -m venv` and
pip with cold caches, a tenth of it with warm ones; from an index of a given rate at most 1.15
times the line.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from rounds import Work
from tests.fixtures.torch_env import TorchWheel, find_torch_wheel, pip_settings

ROUNDS = 3
RATE = 10 << 20  # bytes per second of the thin line
GPUSETUP = (sys.executable, "-m", "gpusetup")


def main(parts: list[str]) -> int:
    wheel = find_torch_wheel(pip_settings().get("find-links", "").split())
    if wheel is None:
        print("no CPU wheel of torch in a find-links folder: nothing measured")
        return 0
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        scratch = Path(folder)
        if "thin" in parts:
            print(f"thin line: {thin(scratch, wheel):.2f} x the line", flush=True)
        if "warm" in parts:
            report("warm caches", warm(scratch, wheel))
        if "cold" in parts:
            report("cold caches", cold(scratch, wheel))
    return 0


def report(title: str, works: dict[str, Work]) -> None:
    """The median seconds of each, and its ratio to the first of the same round."""
    for work in works.values():  # caches of files and byte code
        work()
    taken = [{name: work() for name, work in works.items()} for _ in range(ROUNDS)]
    first = next(iter(works))
    for name in works:
        seconds = statistics.median(each[name] for each in taken)
        ratio = statistics.median(each[first] / each[name] for each in taken)
        print(f"{title}: {name} {seconds:.2f} s; {first} takes {ratio:.2f} x of it", flush=True)


def warm(scratch: Path, wheel: TorchWheel) -> dict[str, Work]:
    caches = {"UV_CACHE_DIR": str(scratch / "uv"), "PIP_CACHE_DIR": str(scratch / "pip")}
    return {
        "gpusetup": fresh(scratch, lambda home: init(home, wheel, caches)),
        "by hand": fresh(scratch, lambda home: by_hand(home, wheel, caches)),
        "venv and pip": fresh(scratch, lambda home: with_pip(home, wheel, caches)),
    }


def cold(scratch: Path, wheel: TorchWheel) -> dict[str, Work]:
    return {
        "gpusetup": fresh(scratch, lambda home: init(home, wheel, _own_caches(home))),
        "venv and pip": fresh(scratch, lambda home: with_pip(home, wheel, _own_caches(home))),
    }


def _own_caches(home: Path) -> dict[str, str]:
    return {"UV_CACHE_DIR": str(home / "uv"), "PIP_CACHE_DIR": str(home / "pip")}


def fresh(scratch: Path, measure: Callable[[Path], float]) -> Work:
    """A measurement in a home folder of its own."""

    def work() -> float:
        home = Path(tempfile.mkdtemp(dir=scratch))
        try:
            return measure(home)
        finally:
            shutil.rmtree(home)

    return work


def init(home: Path, wheel: TorchWheel, caches: dict[str, str]) -> float:
    """The seconds from the journal's first line to the end of the last installation."""
    run((*GPUSETUP, "init", "--yes", "--no-bench", *wishes(wheel)), home, caches)
    [journal] = (home / ".local" / "state" / "gpusetup" / "runs").glob("*/journal.jsonl")
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    done = [each["at"] for each in lines if each["event"] == "done" and "install" in each["step"]]
    return float(max(done) - lines[0]["at"])


def by_hand(home: Path, wheel: TorchWheel, caches: dict[str, str]) -> float:
    """The commands of the plan, one after the other."""
    plan = json.loads(run((*GPUSETUP, "plan", "--json", *wishes(wheel)), home, caches))
    script = home / "by-hand.sh"
    script.write_text(run((*GPUSETUP, "plan", "--script", "bash", *wishes(wheel)), home, caches))
    # the proof is no part of the installation
    text = "\n".join(
        each for each in script.read_text().splitlines() if "gpusetup verify" not in each
    )
    script.write_text("\n".join(each for each in text.splitlines() if "gpusetup bench" not in each))
    assert plan["steps"]
    begun = time.perf_counter()
    run(("bash", str(script)), home, caches)
    return time.perf_counter() - begun


def with_pip(home: Path, wheel: TorchWheel, caches: dict[str, str]) -> float:
    """The way of most instructions."""
    begun = time.perf_counter()
    run((sys.executable, "-m", "venv", str(home / "env")), home, caches)
    python = str(home / "env" / "bin" / "python")
    run((python, "-m", "pip", "install", "-q", wheel.requirement, "numpy"), home, caches)
    return time.perf_counter() - begun


def wishes(wheel: TorchWheel) -> tuple[str, ...]:
    version = wheel.requirement.partition("==")[2].partition("+")[0]
    return ("--torch", version, "--cpu", "--python", wheel.python, "--engine", "uv")


def run(argv: tuple[str, ...], home: Path, more: dict[str, str]) -> str:
    environ = {**os.environ, "HOME": str(home), **more}
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"):
        environ.pop(name, None)
    ended = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (argv, ended.stdout, ended.stderr)
    return ended.stdout


class Thin(SimpleHTTPRequestHandler):
    """Serves files at a rate, all clients together."""

    lock = threading.Lock()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        with contextlib.suppress(BrokenPipeError):  # who looked at the beginning only is gone
            while piece := source.read(1 << 16):
                with self.lock:
                    time.sleep(len(piece) / RATE)
                outputfile.write(piece)


def thin(scratch: Path, wheel: TorchWheel) -> float:
    """`init`'s install part from a thin line, as a multiple of fetching the wheel from it alone."""
    served = scratch / "served"
    (served / "cpu" / "torch").mkdir(parents=True)
    shutil.copy(wheel.path, served / "cpu" / "torch")
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Thin(*args, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = Path(tempfile.mkdtemp(dir=scratch))
    try:
        index = f"http://127.0.0.1:{server.server_address[1]}"
        more = {
            "GPUSETUP_WHEEL_INDEX": index, "PIP_FIND_LINKS": "", "UV_CACHE_DIR": str(home / "uv"),
        }  # fmt: skip
        alone = fetch(f"{index}/cpu/torch/{quote(wheel.path.name)}")
        begun = time.perf_counter()
        seconds = init(home, wheel, more)
        print(f"thin line: {time.perf_counter() - begun:.1f} s in all, {seconds:.1f} s to install")
    finally:
        server.shutdown()
    return seconds / alone


def fetch(address: str) -> float:
    """The seconds that the bytes alone take."""
    begun = time.perf_counter()
    with urlopen(address) as answer:  # noqa: S310 - our own server
        while answer.read(1 << 20):
            pass
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["thin", "warm", "cold"]))
