"""Asking an index: pages and pieces of wheels over http, with a budget, a deadline and a cache."""

from __future__ import annotations

import base64
import http.client
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Mapping
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from gpusetup import __version__
from gpusetup.index_pages import ACCEPT, File, parse_page
from gpusetup.indexes.cache import Cache, NoCache
from gpusetup.indexes.facts import SIZE, Inside, parse_inside
from gpusetup.indexes.remote_zip import NotAZip, read_members

_AGENT = f"gpusetup/{__version__}"
_PIECE = 1 << 16
_TRIES = 2  # a connection that breaks once is asked again
_MIB = 1 << 20


class BudgetSpent(OSError):
    """As much was received as may be."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]  # names in lower case
    url: str  # after redirects


class Client:
    """One run's way to the network. Its methods may be called from several threads.

    Args:
        cert: certificates to trust instead of the system's, as pip's `cert`.
        proxy: as pip's `proxy`; without it the environment's.
        limit_mib: more is not received.
        deadline_s: a request that takes longer is given up.
    """

    def __init__(
        self,
        *,
        cert: str | None = None,
        proxy: str | None = None,
        cache: Cache | NoCache | None = None,
        limit_mib: float = 60.0,
        deadline_s: float = 60.0,
    ) -> None:
        self.requests = 0
        self.received = 0
        self._limit = int(limit_mib * _MIB)
        self._deadline_s = deadline_s
        self._cache = cache or NoCache()
        self._lock = threading.Lock()
        self._opener = _opener(cert, proxy)
        self._users: dict[str, str] = {}  # host -> who asks; its files want the same as its pages

    @property
    def received_mib(self) -> float:
        return self.received / _MIB

    def page(self, url: str) -> tuple[File, ...]:
        """The files of a page. One with an ETag that did not change is not sent again.

        Raises:
            OSError: it cannot be had.
            NoIndexPage: it is something else.
        """
        known = self._cache.page(url)
        headers = {"Accept": ACCEPT, **({"If-None-Match": known["etag"]} if known else {})}
        answer = self._ask(url, headers)
        if answer.status == 304 and known:
            return parse_page(known["text"], known["type"], known["url"])
        text = answer.body.decode("utf-8", "replace")
        kind = answer.headers.get("content-type", "")
        files = parse_page(text, kind, answer.url)
        if answer.headers.get("etag"):
            etag = answer.headers["etag"]
            self._cache.keep_page(
                url, {"etag": etag, "text": text, "type": kind, "url": _bare(answer.url)}
            )
        return files

    def inside(self, file: File, members: tuple[str, ...] = ()) -> Inside:
        """What the METADATA of a wheel tells, and the text members named beside it.

        Raises:
            OSError: it cannot be had, or not in pieces.
            NotAZip: it is damaged.
        """
        texts = self._cache.wheel(file, members)
        if texts is None:
            texts = self._read(file, members)
            self._cache.keep_wheel(file, members, texts)
        return parse_inside(texts)

    def _read(self, file: File, members: tuple[str, ...]) -> dict[str, str]:
        if file.has_metadata and not members:
            return {"METADATA": _head(self._ask(file.url + ".metadata", {}).body)}
        found, total = read_members(
            Remote(self, file.url),
            lambda name: name in members or _is_metadata(name),
            len(members) + 1,
        )
        texts = {
            "METADATA" if _is_metadata(name) else name: (
                _head(content) if _is_metadata(name) else content.decode("utf-8", "replace")
            )
            for name, content in found.items()
        }
        return {**texts, SIZE: str(total)}

    def range(self, url: str, wanted: str) -> Answer:
        """A piece of a file, "bytes=0-99" or "bytes=-100".

        Raises:
            OSError: it cannot be had, or the server only sends whole files.
        """
        answer = self._ask(url, {"Range": wanted}, only_pieces=True)
        if "content-range" not in answer.headers:
            raise OSError("no range requests")
        return answer

    def _ask(self, url: str, headers: Mapping[str, str], *, only_pieces: bool = False) -> Answer:
        for attempt in range(1, _TRIES + 1):
            try:
                return self._ask_once(url, headers, only_pieces)
            except BudgetSpent:
                raise
            except HTTPError as error:
                if error.code < 500 or attempt == _TRIES:
                    raise OSError(str(error.code)) from error
            except http.client.HTTPException as error:
                if attempt == _TRIES:
                    raise OSError(type(error).__name__) from error
            except OSError:
                if attempt == _TRIES:
                    raise
        raise AssertionError  # the last try returns or raises

    def _ask_once(self, url: str, headers: Mapping[str, str], only_pieces: bool) -> Answer:
        self._count(0)
        request = self._request(url, headers)
        deadline = time.monotonic() + self._deadline_s
        with self._lock:
            self.requests += 1
        try:
            with self._opener.open(request, timeout=self._deadline_s) as answer:
                if only_pieces and answer.status != 206:
                    raise OSError("no range requests")  # the whole wheel is not read
                body = self._body(answer, deadline)
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, body, named, answer.url)
        except HTTPError as error:
            error.close()
            if error.code == 304:
                return Answer(304, b"", {}, url)
            raise

    def _request(self, url: str, headers: Mapping[str, str]) -> Request:
        bare, user = _without_user(url)
        parts = urlsplit(bare)
        if parts.scheme not in ("http", "https"):
            raise OSError("not a web address")
        if user:
            self._users[parts.netloc] = user
        fixed = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
        request = Request(bare, headers={**fixed, **headers})  # noqa: S310 - checked above
        if parts.netloc in self._users:  # not for the host that it may redirect to
            request.add_unredirected_header("Authorization", self._users[parts.netloc])
        return request

    def _body(self, answer: http.client.HTTPResponse, deadline: float) -> bytes:
        """All of it: one socket time-out does not bound a thin line, the deadline does."""
        parts: list[bytes] = []
        while True:
            part = answer.read1(_PIECE)
            if not part:
                break
            parts.append(part)
            self._count(len(part))
            if time.monotonic() > deadline:
                raise TimeoutError("timed out")
        expected = answer.headers.get("Content-Length", "")
        if expected.isdigit() and int(expected) > sum(map(len, parts)):
            raise OSError("cut off")
        return b"".join(parts)

    def _count(self, received: int) -> None:
        with self._lock:
            self.received += received
            if self.received >= self._limit:
                raise BudgetSpent("budget spent")


@dataclass(frozen=True)
class Remote:
    """A wheel behind a URL, in pieces."""

    client: Client
    url: str

    def tail(self, count: int) -> tuple[bytes, int]:
        answer = self.client.range(self.url, f"bytes=-{count}")
        total = answer.headers["content-range"].rpartition("/")[2]
        if not total.isdigit():
            raise OSError("no range requests")
        return answer.body, int(total)

    def read(self, first: int, count: int) -> bytes:
        body = self.client.range(self.url, f"bytes={first}-{first + count - 1}").body
        if len(body) > count:
            raise NotAZip("other bytes than asked for")
        return body


def _opener(cert: str | None, proxy: str | None) -> OpenerDirector:
    context = ssl.create_default_context(cafile=cert)
    proxies = {"http": proxy, "https": proxy} if proxy else None
    return build_opener(ProxyHandler(proxies), HTTPSHandler(context=context))


def _without_user(url: str) -> tuple[str, str | None]:
    """ "https://me:word@index/simple" -> the address, and the header's text that says who asks."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    word = base64.b64encode(unquote(user).encode()).decode()
    return urlunsplit(parts._replace(netloc=host)), f"Basic {word}"


def _bare(url: str) -> str:
    return _without_user(url)[0]


def _is_metadata(name: str) -> bool:
    folder, _, file = name.partition("/")
    return file == "METADATA" and folder.endswith(".dist-info")


def _head(metadata: bytes) -> str:
    """The fields of METADATA, without the long description behind them."""
    text = metadata.decode("utf-8", "replace").replace("\r\n", "\n")
    return text.partition("\n\n")[0] + "\n"
