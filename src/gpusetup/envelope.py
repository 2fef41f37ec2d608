"""The versioned JSON documents: exactly one on stdout, also on failure."""

from __future__ import annotations

import json
import sys
from typing import Mapping

from gpusetup.basics.errors import Exit, Problem
from gpusetup.messages import say


def emit(document: Mapping[str, object]) -> None:
    """Print one document. Chinese stays readable where stdout can carry it."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    text = json.dumps(document, indent=2, ensure_ascii=not encoding.startswith("utf"))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def error_document(
    exit_code: Exit,
    code: str,
    text: str,
    facts: Mapping[str, object],
    log: str | None,
    following: str | None,
) -> dict[str, object]:
    """`gpusetup.error/1`: what went wrong, with the log's path and the next thing to do."""
    return {
        "schema": "gpusetup.error/1",
        "exit": int(exit_code),
        "code": code,
        "text": text,
        "facts": {name: _plain(value) for name, value in facts.items()},
        "log": log,
        "next": following,
    }


def _plain(value: object) -> object:
    """A fact as JSON can hold it: problems keep their line, path and sentence."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Problem):
        text = say(value.code, **value.facts)
        return {"code": value.code, "line": value.line, "path": value.path, "text": text}
    return (
        value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)
    )
