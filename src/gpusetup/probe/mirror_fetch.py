"""One request to a mirror, as a certain client, until a deadline, and what came of it."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import zlib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Iterator, Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from gpusetup.basics.redact import without_credentials
from gpusetup.index_pages import NoIndexPage, parse_page
from gpusetup.mirrors.answers import Answer, PageFile, Trouble

_PIECE = 1 << 14
_HEAD = 1 << 13  # what is kept of a body that is no page
_LONGEST_PAGE = 3 << 20  # torch's page has some hundred KiB
_LONGEST_TEXT = 32 << 20  # of a page, when it is unpacked
_DAY = 86_400.0


class Budget:
    """The bytes that all requests of one race may receive together."""

    def __init__(self, most: int) -> None:
        self.left = most
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        with self._lock:
            self.left -= count


@dataclass
class Asker:
    """One client's way to the network.

    Args:
        agent: its User-Agent.
        deadline: the moment, by `time.monotonic`, when all is given up.
        cert: certificates to trust instead of the system's, as pip's `cert`.
        proxy: as pip's `proxy`; without it the environment's.
    """

    agent: str
    deadline: float
    budget: Budget
    cert: str | None = None
    proxy: str | None = None
    accept: str = "*/*"
    _opener: OpenerDirector | None = field(default=None, repr=False)
    _hops: _Hops = field(default_factory=lambda: _Hops(), repr=False)

    def again(self) -> Asker:
        """Another one like it, for another thread."""
        return Asker(self.agent, self.deadline, self.budget, self.cert, self.proxy, self.accept)

    def page(self, url: str) -> Answer:
        """A whole page, with the files that it names."""
        headers = {"Accept": self.accept, "Accept-Encoding": "gzip"}
        return self._ask(url, headers, _LONGEST_PAGE, is_page=True)

    def piece(self, url: str, most: int) -> Answer:
        """The first bytes of a file. A client asks for all of it; the rest would be in vain."""
        headers = {
            "Accept": "*/*", "Accept-Encoding": "identity", "Range": f"bytes=0-{most - 1}",
        }  # fmt: skip
        return self._ask(url, headers, most, is_page=False)

    def _ask(self, url: str, headers: Mapping[str, str], most: int, *, is_page: bool) -> Answer:
        asked, begun = without_credentials(url), time.monotonic()
        self._hops.hosts = []
        try:
            with self._open(url, headers) as answer:
                return _read(answer, asked, self, begun, most, is_page=is_page)
        except HTTPError as error:
            with error:
                end, waited = without_credentials(error.url), time.monotonic() - begun
                trouble = Trouble.LOOP if "infinite loop" in str(error.msg) else None
                head = b"" if trouble else _some(error)
                hops = tuple(self._hops.hosts)
                return Answer(asked, end, error.code, trouble, head, waited_s=waited, hops=hops)
        except (OSError, http.client.HTTPException, ValueError) as error:
            end = without_credentials(self._hops.last or url)
            hops = tuple(self._hops.hosts)
            return Answer(asked, end, trouble=trouble_of(error), hops=hops)

    def _open(self, url: str, headers: Mapping[str, str]) -> Any:
        if urlsplit(url).scheme != "https":
            raise _NotEncrypted(url)
        left = self.deadline - time.monotonic()
        if left <= 0 or self.budget.left <= 0:
            raise TimeoutError
        if self._opener is None:
            self._opener = _opener(self.cert, self.proxy, self._hops)
        request = Request(url, headers={"User-Agent": self.agent, **headers})  # noqa: S310 - https
        return self._opener.open(request, timeout=left)


def _some(error: HTTPError) -> bytes:
    try:
        return error.read(200)
    except (OSError, http.client.HTTPException):
        return b""


def _read(
    answer: Any, asked: str, asker: Asker, begun: float, most: int, *, is_page: bool
) -> Answer:
    """The body as far as it is wanted; what came until the deadline counts."""
    first = time.monotonic()
    parts: list[bytes] = []
    size, trouble = 0, None
    try:
        for part in _parts(answer, most, asker):
            size += len(part)
            if is_page or sum(map(len, parts)) < _HEAD:
                parts.append(part)
    except (OSError, http.client.HTTPException) as error:
        trouble = trouble_of(error)
    read_s = time.monotonic() - first
    total = _total(answer.headers)
    if trouble is None and total is not None and size < min(most, total):
        trouble = Trouble.CUT
    if not is_page and size > 0 and trouble is Trouble.TIMED_OUT:
        trouble = None  # thin, but it comes: the speed tells
    body = b"".join(parts)
    files = _files(body, answer) if is_page and trouble is None else ()
    return Answer(
        asked, without_credentials(answer.url), answer.status, trouble,
        head=body[:_HEAD], size=size, total=total, files=files, waited_s=first - begun,
        read_s=read_s, age_days=_age(answer.headers), hops=tuple(asker._hops.hosts),
    )  # fmt: skip


def _parts(answer: Any, most: int, asker: Asker) -> Iterator[bytes]:
    """Pieces of the body.

    Raises:
        TimeoutError: the deadline is over. A thin server sends a little now and then, and no
            single read is ever too slow.
    """
    read = 0
    while read < most and (part := answer.read1(min(_PIECE, most - read))):
        read += len(part)
        asker.budget.take(len(part))
        yield part
        if asker.budget.left <= 0:
            return
        if time.monotonic() > asker.deadline:
            raise TimeoutError


def _files(body: bytes, answer: Any) -> tuple[PageFile, ...]:
    text = _unpacked(body, answer.headers.get("Content-Encoding", ""))
    kind = answer.headers.get("Content-Type", "")
    try:
        found = parse_page(text.decode("utf-8", "replace"), kind, answer.url)
    except NoIndexPage:
        return ()
    return tuple(PageFile(each.filename, each.url) for each in found)


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding != "gzip":
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _LONGEST_TEXT)
    except zlib.error:
        return b""


def _total(headers: Any) -> int | None:
    text = (headers.get("Content-Range") or "").rpartition("/")[2]
    text = text or headers.get("Content-Length") or ""
    return int(text) if text.isdigit() else None


def _age(headers: Any) -> float | None:
    """Days since the last change, by the server's own clock: ours may be wrong."""
    try:
        now = parsedate_to_datetime(headers["Date"])
        return (now - parsedate_to_datetime(headers["Last-Modified"])).total_seconds() / _DAY
    except (TypeError, ValueError, KeyError):
        return None


def trouble_of(error: Exception) -> Trouble:
    """What went wrong, in one word."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, (ssl.SSLCertVerificationError, ssl.CertificateError)):
        return Trouble.CERTIFICATE
    if isinstance(reason, (TimeoutError, socket.timeout)):
        return Trouble.TIMED_OUT
    if isinstance(reason, socket.gaierror):
        return Trouble.NO_NAME
    if isinstance(reason, ConnectionRefusedError):
        return Trouble.REFUSED
    if isinstance(reason, _NotEncrypted):
        return Trouble.NOT_ENCRYPTED
    if isinstance(reason, _PlainHttp):
        return Trouble.PLAIN_HTTP
    if isinstance(reason, (http.client.IncompleteRead, ConnectionError, ssl.SSLEOFError)):
        return Trouble.CUT
    is_network = isinstance(reason, OSError) and not isinstance(reason, ssl.SSLError)
    return Trouble.UNREACHABLE if is_network else Trouble.NO_SENSE


class _NotEncrypted(OSError):
    """The address that was set is plain http: what it answers would prove nothing."""


class _PlainHttp(OSError):
    """Plain http can be changed on the way: it is not followed."""


class _Hops(HTTPRedirectHandler):
    """Follows redirects over https, and remembers the hosts."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.last = ""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        self.hosts.append(urlsplit(newurl).netloc.rpartition("@")[2])
        self.last = newurl
        if urlsplit(newurl).scheme != "https":
            raise _PlainHttp(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(cert: str | None, proxy: str | None, hops: _Hops) -> OpenerDirector:
    context = ssl.create_default_context(cafile=cert)
    proxies = {"http": proxy, "https": proxy} if proxy else None
    return build_opener(ProxyHandler(proxies), HTTPSHandler(context=context), hops)
