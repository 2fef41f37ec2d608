"""What is already at the place: an environment of ours, a stranger's, an unfinished run."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Mapping

from gpusetup.basics.errors import Refused
from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice
from gpusetup.effects.journal import Run
from gpusetup.packages import extra_packages, wants_compiler
from gpusetup.request import Origin, Request
from gpusetup.requirement_files import COMPANIONS, Requirements
from gpusetup.steps import WriteFile

SCHEMA = "gpusetup.environment/1"
RECORD = ("gpusetup", "environment.json")


@dataclass(frozen=True)
class Record:
    """What an environment of ours says about itself."""

    name: str
    run: str
    torch: str
    build: str
    cuda_runtime: str | None
    origin: str
    python: str
    companions: Mapping[str, str]
    packages: tuple[str, ...]
    expected: str  # "cuda" | "mps" | "cpu"
    requirements: str | None = None  # a digest of the file that was installed with it


def record_step(
    prefix: str, run: str, name: str, choice: Choice, request: Request, expected: str
) -> WriteFile:
    """The write that marks an environment as finished; the last one, when the proof has passed."""
    build = choice.build
    document = {
        "schema": SCHEMA, "name": name, "run": run,
        "torch": str(build.torch), "build": build.build,
        "cuda_runtime": str(build.cuda_runtime) if build.cuda_runtime else None,
        "origin": build.origin.value, "python": str(choice.python),
        "companions": {each.name: str(each.version) for each in choice.companions},
        "packages": list(_packages(request, build.origin)),
        "expected": expected, "requirements": _digest(request.requirements),
    }  # fmt: skip
    return WriteFile(
        id="record",
        path=str(Path(prefix, *RECORD)),
        content=json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        text="step.record",
    )


def _packages(request: Request, origin: Origin) -> tuple[str, ...]:
    compiler = ("nvcc",) if wants_compiler(request.packages) else ()
    return (*extra_packages(request.packages, origin), *compiler)


def read_record(prefix: str) -> Record | None:
    """The record of a finished environment of ours; None where there is none."""
    try:
        raw = json.loads(Path(prefix, *RECORD).read_text(encoding="utf-8"))
        if raw["schema"] != SCHEMA:
            return None
        Version.parse(raw["torch"])
        Origin(raw["origin"])
        return Record(
            raw["name"], raw["run"], raw["torch"], raw["build"], raw["cuda_runtime"],
            raw["origin"], raw["python"], raw["companions"], tuple(raw["packages"]),
            raw["expected"], raw.get("requirements"),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def check_readable(run: Run) -> None:
    """Whether what a journal says can be gone by.

    Raises:
        Refused: a newer gpusetup made it, or it is damaged.
    """
    if run.is_damaged or run.begin() is None:
        raise Refused("run.damaged", run=run.id, folder=str(run.folder))
    if not run.is_known:
        raise Refused("run.newer-journal", run=run.id)


def matches(record: Record, request: Request) -> bool:
    """Whether a finished environment meets every wish. No wish is met by anything."""
    from packaging.specifiers import SpecifierSet

    runtime = Version.parse(record.cuda_runtime) if record.cuda_runtime else None
    wished = extra_packages(request.packages, Origin(record.origin))
    companions = [name for name in map(str.lower, request.packages) if name in COMPANIONS]
    return all(
        (
            request.torch is None or SpecifierSet(request.torch).contains(record.torch),
            request.build is None or request.build == record.build,
            request.cuda is None or (runtime is not None and runtime.starts_with(request.cuda)),
            request.python is None or str(request.python.minor()) == record.python,
            request.origin is None or request.origin.value == record.origin,
            set(wished) <= set(record.packages),
            set(companions) <= set(record.companions),
            request.requirements is None or _digest(request.requirements) == record.requirements,
            not wants_compiler(request.packages) or "nvcc" in record.packages,
        )
    )


def _digest(file: Requirements | None) -> str | None:
    """What makes two requirements files the same for an environment."""
    if file is None:
        return None
    parts = (file.lines, file.constraints, file.specs, file.channels)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def free_name(folder: Path, name: str) -> str:
    """NAME itself is taken: the first of NAME-2, NAME-3 ... that is not."""
    number = 2
    # os.path: a dead link takes a name too, and Path raises where one may not look
    while os.path.lexists(folder / f"{name}-{number}"):
        number += 1
    return f"{name}-{number}"
