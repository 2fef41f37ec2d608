"""What an index told before: pages with their ETags, and the few texts read from wheels.

A wheel never changes under its hash, so what was read from it stays true. Nothing is kept of a
wheel that is listed without a hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Mapping

from gpusetup.basics.redact import without_credentials
from gpusetup.effects.files import write_whole
from gpusetup.effects.home_folder import NOWHERE, home_to_read
from gpusetup.index_pages import File


class NoCache:
    """Remembers nothing (`--no-cache`)."""

    def page(self, url: str) -> dict[str, str] | None:
        return None

    def keep_page(self, url: str, page: Mapping[str, str]) -> None:
        return None

    def wheel(self, file: File, members: tuple[str, ...]) -> dict[str, str] | None:
        return None

    def keep_wheel(self, file: File, members: tuple[str, ...], texts: Mapping[str, str]) -> None:
        return None


class Cache(NoCache):
    """A folder of small JSON files. One that is damaged or cannot be written does not count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def page(self, url: str) -> dict[str, str] | None:
        found = self._read(self._page_file(url))
        return found if found and {"etag", "text", "type", "url"} <= found.keys() else None

    def keep_page(self, url: str, page: Mapping[str, str]) -> None:
        self._write(self._page_file(url), page)

    def wheel(self, file: File, members: tuple[str, ...]) -> dict[str, str] | None:
        path = self._wheel_file(file, members)
        return self._read(path) if path else None

    def keep_wheel(self, file: File, members: tuple[str, ...], texts: Mapping[str, str]) -> None:
        path = self._wheel_file(file, members)
        if path:
            self._write(path, texts)

    def _page_file(self, url: str) -> Path:
        return self._folder / "pages" / f"{_digest(without_credentials(url))}.json"

    def _wheel_file(self, file: File, members: tuple[str, ...]) -> Path | None:
        if file.sha256 is None:
            return None
        name = _digest("\n".join((file.filename, file.sha256, *members)))
        return self._folder / "wheels" / f"{name}.json"

    def _read(self, path: Path) -> dict[str, str] | None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if isinstance(found, dict) and all(isinstance(each, str) for each in found.values()):
            return found
        return None

    def _write(self, path: Path, content: Mapping[str, str]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(dict(content)).encode())
        except OSError:  # a full or read-only disk: the next run asks again
            return


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def cache_folder() -> Path:
    """Where the cache lies: `indexes` in gpusetup's cache folder."""
    if not os.environ.get("XDG_CACHE_HOME", "").strip() and home_to_read() == NOWHERE:
        return NOWHERE / "indexes"
    from platformdirs import user_cache_path

    return user_cache_path("gpusetup", appauthor=False) / "indexes"
