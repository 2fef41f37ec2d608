"""A small file from the web, whole or not at all: bounded in size and in time."""

from __future__ import annotations

import ssl
import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from gpusetup import __version__

_PIECE = 1 << 16


class TooLarge(OSError):
    """There is more than was asked for."""


class _SameKind(HTTPRedirectHandler):
    """Follow redirects on the web only, and never from https to plain http."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme == "http"):
            raise OSError(f"redirected to {scheme}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str, limit: int, timeout_s: float = 20.0, deadline_s: float = 300.0) -> bytes:
    """The bytes at an http or https address.

    Raises:
        TooLarge: it is more than `limit` bytes.
        OSError: it cannot be had, or not in time (urllib's errors are OSErrors).
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise OSError(f"not a web address: {url}")
    begun = time.monotonic()
    opener = build_opener(
        ProxyHandler(), HTTPSHandler(context=ssl.create_default_context()), _SameKind()
    )
    request = Request(url, headers={"User-Agent": f"gpusetup/{__version__}"})  # noqa: S310 - the scheme is checked above
    pieces: list[bytes] = []
    size = 0
    with opener.open(request, timeout=timeout_s) as answer:
        while piece := answer.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise TooLarge(f"more than {limit >> 20} MiB")
            if time.monotonic() - begun > deadline_s:
                raise OSError("timed out")
            pieces.append(piece)
        expected = answer.headers.get("Content-Length")
    if expected and expected.isdigit() and int(expected) != size:
        raise OSError(f"only {size} of {expected} bytes came")
    return b"".join(pieces)
