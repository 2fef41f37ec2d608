"""The symptoms from compat/symptoms.yaml, through a form that loads in a millisecond."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gpusetup.basics.errors import UsageError
from gpusetup.compat_files import compat_folder, generated_form
from gpusetup.doctor.symptoms import Symptom, with_any_blanks

_FORM = 1  # raise it when the form changes
_KEYS = {"finding", "words", "pattern", "severity", "hint", "before", "unless", "source", "checked"}
_UNBOUNDED = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\})")


def load_symptoms(folder: Path | None = None) -> tuple[Symptom, ...]:
    """The rows that gpusetup came with, or those of another folder.

    Raises:
        UsageError: a row cannot be used.
    """
    file = (folder or compat_folder()) / "symptoms.yaml"
    data = file.read_bytes()
    stamp = f"{_FORM}:{hashlib.sha256(data).hexdigest()}"
    form = generated_form().with_name("symptoms")
    rows = _quick(form, stamp)
    if rows is None:
        rows = parse_symptoms(data.decode("utf-8"))
        if folder is None:
            write_form(rows, form, stamp)
    return rows


def compile_form(folder: Path, form: Path) -> None:
    """Write the quick form: what the build does."""
    data = (folder / "symptoms.yaml").read_bytes()
    stamp = f"{_FORM}:{hashlib.sha256(data).hexdigest()}"
    write_form(parse_symptoms(data.decode("utf-8")), form, stamp)


def write_form(rows: tuple[Symptom, ...], form: Path, stamp: str) -> None:
    """Write the quick form; where that is not possible, the YAML is read each time."""
    text = json.dumps({"stamp": stamp, "rows": [asdict(row) for row in rows]}, ensure_ascii=False)
    with suppress(OSError):
        form.parent.mkdir(exist_ok=True)
        part = form.with_name(f"{form.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(form)


def parse_symptoms(text: str) -> tuple[Symptom, ...]:
    """The rows of a YAML text.

    Raises:
        UsageError: with the row and what is wrong in it.
    """
    import yaml

    document = yaml.safe_load(text)
    sources = set(document.get("sources") or ())
    return tuple(_row(name, row, sources) for name, row in document["symptoms"].items())


def _row(name: str, row: dict[str, Any], sources: set[str]) -> Symptom:
    wrong = _mistake(row, sources)
    if wrong:
        raise UsageError("doctor.symptom-mistake", row=name, mistake=wrong)
    return Symptom(
        id=name,
        finding=row["finding"],
        words=tuple(row["words"]),
        pattern=row["pattern"],
        severity=row.get("severity", "error"),
        hint=bool(row.get("hint", False)),
        before=row.get("before"),
        unless=row.get("unless"),
    )


def _mistake(row: dict[str, Any], sources: set[str]) -> str | None:
    """What is wrong with a row: its keys, its sources, a pattern that could run away."""
    if set(row) - _KEYS or not {"finding", "words", "pattern", "source"} <= set(row):
        return ", ".join(sorted(set(row) - _KEYS)) or "finding, words, pattern, source"
    if not set(row["source"]) <= sources:
        return "source"
    if any(word != word.lower() for word in row["words"]):
        return "words"
    for key in ("pattern", "before", "unless"):
        if key in row and _UNBOUNDED.search(row[key]):
            return f"{key}: *, + or {{n,}}"
        try:
            re.compile(with_any_blanks(row.get(key, "")))
        except re.error as error:
            return f"{key}: {error}"
    return None


def _quick(form: Path, stamp: str) -> tuple[Symptom, ...] | None:
    try:
        document = json.loads(form.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if document.get("stamp") != stamp:
        return None
    return tuple(Symptom(**{**row, "words": tuple(row["words"])}) for row in document["rows"])
