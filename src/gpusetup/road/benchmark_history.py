"""The benchmarks of this machine so far, a line each in our own folder."""

from __future__ import annotations

import json
import platform
import re
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Mapping

from gpusetup.effects.files import make_folders, write_whole
from gpusetup.effects.home_folder import home_to_read
from gpusetup.effects.places import state_folder

KEPT = 200


def history_file(environ: Mapping[str, str]) -> Path:
    """Of this machine alone: a home folder may serve many."""
    name = re.sub(r"[^A-Za-z0-9.-]", "-", platform.node()) or "machine"
    return state_folder(environ, home_to_read) / "benchmarks" / f"{name}.jsonl"


def remember(document: Mapping[str, Any], environ: Mapping[str, str]) -> Path | None:
    """Add a benchmark; None where our folder cannot be written, which is no reason to fail."""
    path = history_file(environ)
    stamp = datetime.now(timezone.utc).isoformat(timespec="seconds")
    line = json.dumps({"at": stamp, **document}, ensure_ascii=False)
    with suppress(OSError):
        make_folders(path.parent)
        lines = [*_lines(path), line][-KEPT:]
        write_whole(path, ("\n".join(lines) + "\n").encode())
        return path
    return None


def remembered(environ: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """All that are kept, the oldest first."""
    found = []
    for line in _lines(history_file(environ)):
        with suppress(ValueError):
            document = json.loads(line)
            if isinstance(document, dict):
                found.append(document)
    return tuple(found)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()]
