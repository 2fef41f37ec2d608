"""Small requests over http, for pages and sizes. Installing is left to the installers."""

from __future__ import annotations

import base64
import contextlib
import ssl
import time
from http.client import HTTPException, HTTPResponse
from typing import Iterator
from urllib.parse import unquote, urlsplit
from urllib.request import (
    BaseHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from gpusetup import __version__
from gpusetup.machine import Installers

# TUNA's firewall refuses an absent User-Agent; uv's own is what will ask for the files.
_AGENT = f"uv/0.9 gpusetup/{__version__}"
_LIMIT = 8 << 20  # an index page is some hundred KiB; more is a mistake or an attack


def fetch_text(url: str, installers: Installers | None, timeout_s: float) -> str:
    """The page at a URL. `timeout_s` bounds the whole of it.

    `installers`: as pip is set, its certificate and its proxy count here too.

    Raises:
        OSError: it cannot be had, with the server's word and without credentials.
    """
    with _opened(url, installers, timeout_s) as answer:
        body = b"".join(_pieces(answer, _LIMIT, timeout_s))
    return body.decode("utf-8", "replace")


def size_of(url: str, installers: Installers | None, timeout_s: float) -> int | None:
    """The bytes of a file, asked for with one byte of it; None where the server does not say."""
    try:
        with _opened(url, installers, timeout_s, Range="bytes=0-0") as answer:
            total = (answer.headers.get("Content-Range") or "").rpartition("/")[2]
            return int(total) if total.isdigit() else None
    except OSError:
        return None


def measure_speed(
    url: str, installers: Installers | None, seconds: float = 3.0, most_mib: int = 8
) -> float | None:
    """MiB per second of the first MiB of a file, at most `seconds` long; None if it fails."""
    most = most_mib << 20
    read = 0
    begun = time.monotonic()
    try:
        with _opened(url, installers, seconds, Range=f"bytes=0-{most - 1}") as answer:
            begun = time.monotonic()
            for piece in _pieces(answer, most, seconds):
                read += len(piece)
    except TimeoutError:
        pass  # what came until then tells the speed
    except OSError:
        return None
    passed = time.monotonic() - begun
    return read / (1 << 20) / passed if read and passed > 0 else None


@contextlib.contextmanager
def _opened(
    url: str, installers: Installers | None, timeout_s: float, **headers: str
) -> Iterator[HTTPResponse]:
    """The answer to one request.

    Raises:
        OSError: whatever went wrong. urllib's own errors are OSErrors; http.client's are not, and
            quote what they could not read, passwords too.
    """
    try:
        address, authorization = _without_login(url)
        request = Request(  # noqa: S310 - only http and https pass _without_login
            address, headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers}
        )
        if authorization:
            # unredirected: the password is for this server only
            request.add_unredirected_header("Authorization", authorization)
        with _opener(url, installers).open(request, timeout=timeout_s) as answer:
            yield answer
    except (HTTPException, ValueError) as error:
        raise OSError(f"no sensible answer ({type(error).__name__})") from None


def _opener(url: str, installers: Installers | None) -> OpenerDirector:
    """As pip would go; without a proxy of its own the environment's counts."""
    proxy, cert = (installers.proxy, installers.cert) if installers else (None, None)
    handlers: list[BaseHandler] = [ProxyHandler({"http": proxy, "https": proxy} if proxy else None)]
    if url.startswith("https"):
        handlers.append(HTTPSHandler(context=ssl.create_default_context(cafile=cert)))
    return build_opener(*handlers)


def _without_login(url: str) -> tuple[str, str | None]:
    """The address, and what the Authorization header says. urllib takes no login in an address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise OSError("not a web address")
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    token = base64.b64encode(unquote(login).encode()).decode()
    return parts._replace(netloc=host).geturl(), f"Basic {token}"


def _pieces(answer: HTTPResponse, most: int, seconds: float) -> Iterator[bytes]:
    """The body as it comes, as far as `most` bytes.

    Raises:
        TimeoutError: it took longer. A thin server sends a little now and then, and no single
            read is ever too slow.
    """
    begun = time.monotonic()
    read = 0
    while read < most and (piece := answer.read1(min(65536, most - read))):
        read += len(piece)
        yield piece
        if time.monotonic() - begun > seconds:
            raise TimeoutError("timed out")
