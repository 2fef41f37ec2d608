"""Cases for the doctor: healthy machines of `bases/`, and each fault as a difference from one."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any, Mapping

import yaml

from gpusetup.compat_files import packaged_or_configured
from gpusetup.doctor.check import Case, Diagnosis
from gpusetup.doctor.checks import ALL_CHECKS
from gpusetup.doctor.diagnose import diagnose
from gpusetup.doctor.remedies import with_remedies
from gpusetup.matrix.rows import Matrix
from gpusetup.profiles.case import case_from_text

FOLDER = Path(__file__).parent
BASES = sorted(path.stem for path in (FOLDER / "bases").glob("*.yaml"))


@cache
def matrix() -> Matrix:
    return packaged_or_configured({})


def case_of(base: str, change: Mapping[str, Any] | None = None) -> Case:
    """A base with some values changed. Lists are replaced, mappings merged, "-" takes a key out."""
    text = (FOLDER / "bases" / f"{base}.yaml").read_text("utf-8")
    if change:
        raw = yaml.safe_load(text)
        text = yaml.safe_dump(merged(raw, change), sort_keys=False, allow_unicode=True)
    machine, surroundings, environment = case_from_text(text, base)
    return Case(machine, matrix(), environment, surroundings)


def merged(base: Any, change: Any) -> Any:
    """The change laid over the base."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    found = dict(base)
    for key, value in change.items():
        if value == "-":
            found.pop(key, None)
        else:
            found[key] = merged(base.get(key), value)
    return found


def diagnosis_of(case: Case) -> Diagnosis:
    """The diagnosis with remedies, as `gpusetup doctor` makes it."""
    return with_remedies(diagnose(case, ALL_CHECKS), case)
