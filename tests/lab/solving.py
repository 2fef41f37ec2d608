"""Many solves in one child process: rattler may crash an interpreter that ends.

Called as `python -m tests.lab.solving`, it reads jobs from stdin and writes answers to stdout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from gpusetup.engines.solved import Solved

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """One solve. `cuda` is what the driver serves; it is seen, or told by the override."""

    channels: tuple[str, ...]
    specs: tuple[str, ...]
    subdir: str
    cuda: str | None = None
    by_override: bool = False
    glibc: str = "2.36"


@dataclass(frozen=True)
class Answer:
    """The packages, or the code of the refusal."""

    packages: tuple[Solved, ...]
    refusal: str | None = None
    text: str = ""


def solve_all(jobs: list[Job]) -> list[Answer]:
    """The answers in the order of the jobs."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.solving"], input=json.dumps([asdict(job) for job in jobs]),
        capture_output=True, text=True, timeout=300, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return [
        Answer(tuple(Solved(**each) for each in raw["packages"]), raw["refusal"], raw["text"])
        for raw in json.loads(done.stdout)
    ]


def _answer(job: Job) -> dict[str, object]:
    from gpusetup.basics.errors import Refused
    from gpusetup.engines.specs import Wanted
    from gpusetup.road import with_rattler

    wanted = Wanted(tuple(job.channels), tuple(job.specs))
    try:
        records = with_rattler.solve(wanted, job.subdir, _virtual(job))
    except Refused as refused:
        return {"packages": [], "refusal": refused.code, "text": str(refused.facts["output"])}
    solved = [asdict(with_rattler.as_solved(each)) for each in records]
    return {"packages": solved, "refusal": None, "text": ""}


def _virtual(job: Job):  # type: ignore[no-untyped-def]
    """This machine's virtual packages with the override; for other systems, what they have."""
    import rattler

    os.environ.pop("CONDA_OVERRIDE_CUDA", None)
    os.environ["CONDA_OVERRIDE_GLIBC"] = job.glibc
    if job.cuda and job.by_override:
        os.environ["CONDA_OVERRIDE_CUDA"] = job.cuda
    detected = rattler.VirtualPackage.detect(rattler.VirtualPackageOverrides.from_env())
    found = [each.into_generic() for each in detected]
    if job.cuda and not job.by_override:
        found.append(_generic("__cuda", job.cuda))
    if job.subdir.startswith("win"):
        cuda = [each for each in found if each.name.normalized == "__cuda"]
        found = [*cuda, _generic("__win", "0")]
    return found


def _generic(name: str, version: str):  # type: ignore[no-untyped-def]
    import rattler

    # a build string has a type of its own since 0.28
    build = getattr(rattler, "BuildString", str)("0")
    return rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version), build)


if __name__ == "__main__":
    answers = [_answer(Job(**raw)) for raw in json.loads(sys.stdin.read())]
    sys.stdout.write(json.dumps(answers))
    sys.stdout.flush()
    os._exit(0)
