"""Small requests over http, for pages and sizes. Installing is left to the installers."""

from __future__ import annotations

import ssl
import time
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from gpusetup import __version__

# TUNA's firewall refuses an absent User-Agent; uv's own is what will ask for the files.
_AGENT = f"uv/0.9 gpusetup/{__version__}"
_LIMIT = 8 << 20  # an index page is some hundred KiB; more is a mistake or an attack


def _open(url: str, cert: str | None, timeout_s: float, **headers: str) -> object:
    if urlsplit(url).scheme not in ("http", "https"):
        raise OSError(f"not a web address: {url}")
    context = ssl.create_default_context(cafile=cert) if url.startswith("https") else None
    request = Request(url, headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers})  # noqa: S310 - the scheme is checked above
    return urlopen(request, timeout=timeout_s, context=context)  # noqa: S310


def fetch_text(url: str, cert: str | None, timeout_s: float) -> str:
    """The page at a URL.

    Raises:
        OSError: it cannot be had (urllib's errors are OSErrors), with the server's word.
    """
    with _open(url, cert, timeout_s) as answer:  # type: ignore[attr-defined]
        body: bytes = answer.read(_LIMIT)
    return body.decode("utf-8", "replace")


def size_of(url: str, cert: str | None, timeout_s: float) -> int | None:
    """The bytes of a file, asked for with one byte of it; None where the server does not say."""
    try:
        with _open(url, cert, timeout_s, Range="bytes=0-0") as answer:  # type: ignore[attr-defined]
            total = (answer.headers.get("Content-Range") or "").rpartition("/")[2]
            return int(total) if total.isdigit() else None
    except (OSError, ValueError):
        return None


def measure_speed(
    url: str, cert: str | None, seconds: float = 3.0, most_mib: int = 8
) -> float | None:
    """MiB per second of the first MiB of a file, at most `seconds` long; None if it fails."""
    begun = time.monotonic()
    read = 0
    try:
        with _open(url, cert, seconds, Range=f"bytes=0-{(most_mib << 20) - 1}") as answer:  # type: ignore[attr-defined]
            first = time.monotonic()
            while read < most_mib << 20 and time.monotonic() - begun < seconds:
                piece = answer.read(65536)
                if not piece:
                    break
                read += len(piece)
    except OSError:
        return None
    passed = time.monotonic() - first
    return read / (1 << 20) / passed if read and passed > 0 else None
