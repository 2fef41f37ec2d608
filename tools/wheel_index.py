"""Reading a package index: its file lists, and single members of wheels by range requests."""

from __future__ import annotations

import html
import io
import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from dataclasses import dataclass
from urllib.parse import urljoin

TIMEOUT = 60
WHEEL = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(-\d[^-]*)?"
    r"-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)


@dataclass(frozen=True)
class Wheel:
    """A wheel in a file list, its tags taken apart."""

    filename: str
    url: str
    version: str
    python: str
    abi: str
    platform: str
    requires_python: str | None = None
    uploaded: str | None = None


def default_index() -> str:
    """The index that pip is configured for."""
    named = os.environ.get("PIP_INDEX_URL")
    if named:
        return named
    argv = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    found = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    if found:
        return found
    from pip._internal.models.index import PyPI

    return str(PyPI.simple_url)


def list_wheels(index: str, package: str) -> list[Wheel]:
    """The wheels of a package, from the JSON or the HTML form of the index."""
    page = urljoin(index.rstrip("/") + "/", package + "/")
    accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
    request = urllib.request.Request(page, headers={"Accept": accept})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        text = answer.read().decode("utf-8")
        as_json = "json" in answer.headers.get("Content-Type", "")
        page = answer.url
    files = _from_json(text) if as_json else _from_html(text)
    found = (_wheel(file, page) for file in files)
    return [wheel for wheel in found if wheel is not None]


def _from_json(text: str) -> list[dict[str, str | None]]:
    return [
        {
            "filename": file["filename"],
            "url": file["url"],
            "requires_python": file.get("requires-python"),
            "uploaded": file.get("upload-time"),
        }
        for file in json.loads(text)["files"]
    ]


def _from_html(text: str) -> list[dict[str, str | None]]:
    files: list[dict[str, str | None]] = []
    for found in re.finditer(r"<a\s([^>]*)>\s*([^<]*?)\s*</a>", text):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', found[1]))
        requires = attributes.get("data-requires-python")
        files.append(
            {
                "filename": html.unescape(found[2]),
                "url": html.unescape(attributes.get("href", "")),
                "requires_python": html.unescape(requires) if requires else None,
                "uploaded": attributes.get("data-upload-time"),
            }
        )
    return files


def _wheel(file: dict[str, str | None], page: str) -> Wheel | None:
    name = WHEEL.fullmatch(file["filename"] or "")
    if name is None:
        return None
    return Wheel(
        filename=name[0],
        url=urljoin(page, (file["url"] or "").split("#")[0]),
        version=name["version"],
        python=name["python"],
        abi=name["abi"],
        platform=name["platform"],
        requires_python=file["requires_python"],
        uploaded=file["uploaded"],
    )


class RemoteFile(io.RawIOBase):
    """A file behind a URL, read piece by piece; the server must answer range requests."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = 0
        self.size = self._ask(0, 0)[1]

    def _ask(self, first: int, last: int) -> tuple[bytes, int]:
        headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
        request = urllib.request.Request(self._url, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            if answer.status != 206:
                raise OSError(f"{self._url} does not answer range requests")
            total = int(answer.headers["Content-Range"].rpartition("/")[2])
            return answer.read(), total

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = start + offset
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        last = min(self._place + len(buffer), self.size) - 1
        if last < self._place:
            return 0
        content = self._ask(self._place, last)[0]
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


def read_members(url: str, wanted: re.Pattern[str]) -> tuple[dict[str, str], int]:
    """The members of a remote wheel whose names match, as text, and the size of the wheel."""
    remote = RemoteFile(url)
    with zipfile.ZipFile(io.BufferedReader(remote, 2**16)) as archive:
        names = [name for name in archive.namelist() if wanted.fullmatch(name)]
        return {name: archive.read(name).decode("utf-8", "replace") for name in names}, remote.size
