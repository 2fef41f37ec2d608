"""The table of all commands, options and values: made of the help pages, kept as a small file.

It is made anew for another version, another language, or when a file of the command line or of
the data has changed. Where it cannot be written it is made each time.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Iterator, Mapping

from gpusetup import __version__
from gpusetup.effects.files import write_whole
from gpusetup.effects.home_folder import home_to_read

_FORM = 1


def table(language: str, environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Path of a command ("matrix show", "" for the whole) -> its page."""
    key = f"{_FORM} {__version__} {_newest_source()} {environ.get('GPUSETUP_COMPAT', '')}"
    place = _folder(environ) / f"completion-{language}.json"
    try:
        kept = json.loads(place.read_text("utf-8"))
        if kept["key"] == key:
            pages: Mapping[str, Any] = kept["pages"]
            return pages
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none yet, or cut in the middle
    from gpusetup.cli.completing.making import made

    fresh = made()
    _keep(place, {"key": key, "pages": fresh})
    return fresh


def _folder(environ: Mapping[str, str]) -> Path:
    wish = environ.get("XDG_CACHE_HOME") or ""
    base = Path(wish) if wish.startswith("/") else home_to_read() / ".cache"
    return base / "gpusetup"


def _keep(place: Path, content: Mapping[str, Any]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, json.dumps(content, ensure_ascii=False).encode())
    except OSError:
        pass  # a full disk, a home that cannot be written: slower, and right


def _newest_source() -> int:
    """When a file of the command line was changed last: a checkout has one version for days."""
    return max(_changed(), default=0)


def _changed() -> Iterator[int]:
    package = Path(__file__).parent.parent.parent
    for folder in (package / "cli", package / "messages"):
        with os.scandir(folder) as found:
            yield from (each.stat().st_mtime_ns for each in found if each.name.endswith(".py"))
