"""The versioned JSON documents: exactly one on stdout, also on failure."""

from __future__ import annotations

import json
import sys
from typing import Mapping

from gpusetup.errors import Exit


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
        "facts": dict(facts),
        "log": log,
        "next": following,
    }
