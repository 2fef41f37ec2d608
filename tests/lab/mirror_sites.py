"""Mirrors on loopback over https, with a certificate authority of their own and manners of all kinds.

A site serves a folder. How it behaves goes by the start of the path: slow, thin, hanging, 403 for a
User-Agent, HTML instead of data, a redirect, an old state.
"""

from __future__ import annotations

import contextlib
import html
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator
from urllib.parse import quote, unquote, urlsplit

import trustme

_PIECE = 1 << 14


@dataclass(frozen=True)
class Manner:
    """How a site, or a part of it, behaves."""

    latency_s: float = 0.0
    bytes_per_s: float | None = None
    status: int | None = None
    html: str | None = None  # a page with status 200, whatever was asked for
    hangs: bool = False  # takes the request and never answers
    cut_after: int | None = None  # bytes of the body, then the line is dead
    redirect: str | None = None  # the start of the new address; the path is kept
    refuses: str | None = None  # a pattern of User-Agents that get a 403


@dataclass
class Site:
    """One server."""

    root: Path
    port: int
    manners: dict[str, Manner] = field(default_factory=dict)  # by the start of the path
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, User-Agent
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    def behave(self, start: str = "/", **how: object) -> Site:
        """Behave so where a path begins with this; the longest such beginning counts."""
        self.manners[start] = Manner(**how)  # type: ignore[arg-type]
        return self

    def manner_of(self, path: str) -> Manner:
        fitting = [start for start in self.manners if path.startswith(start)]
        return self.manners[max(fitting, key=len)] if fitting else Manner()

    def asked(self, path: str) -> list[str]:
        """The User-Agents that asked for paths with this in them."""
        return [agent for _, each, agent in self.requests if path in each]


class Lab:
    """The sites of one test, and what a client must trust to reach them."""

    def __init__(self, folder: Path, authority: trustme.CA, stranger: trustme.CA) -> None:
        self.folder = folder
        self.certificates = folder / "lab-ca.pem"
        authority.cert_pem.write_to_path(self.certificates)
        self._authority, self._stranger = authority, stranger
        self._servers: list[_Server] = []

    @property
    def environ(self) -> dict[str, str]:
        """What makes clients trust the lab, and stay on loopback: there is no way out of it."""
        trust = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
        proxies = (
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "ALL_PROXY",
            "https_proxy",
            "http_proxy",
            "all_proxy",
        )
        return {
            **dict.fromkeys(trust, str(self.certificates)),
            **dict.fromkeys(proxies, "http://127.0.0.1:9"),  # where nobody listens
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
            "UV_NATIVE_TLS": "true",
        }

    def site(self, root: Path, *, trusted: bool = True, **manner: object) -> Site:
        """Serve a folder. Not `trusted`: with a certificate that nobody knows."""
        server = _Server(self._authority if trusted else self._stranger)
        site = Site(root, server.server_address[1])
        server.site = site
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self._servers.append(server)
        return site.behave(**manner) if manner else site

    def nobody(self) -> Site:
        """A site that refuses connections: a port on which nothing listens."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return Site(self.folder, free.getsockname()[1])

    def close(self) -> None:
        for server in self._servers:
            server.site.over.set()
            server.shutdown()
            server.server_close()
            server.hang_up()


@contextmanager
def open_lab(folder: Path, authority: trustme.CA, stranger: trustme.CA) -> Iterator[Lab]:
    lab = Lab(folder, authority, stranger)
    try:
        yield lab
    finally:
        lab.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    site: Site

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(self.tls)
        self._lines: dict[socket.socket, threading.Thread] = {}

    def keep(self, line: socket.socket) -> None:
        """Remember a connection until it is closed."""
        self._lines[line] = threading.current_thread()

    def drop(self, line: socket.socket) -> None:
        self._lines.pop(line, None)
        line.close()

    def hang_up(self) -> None:
        """End what clients keep open, and wait for its threads."""
        for line, thread in list(self._lines.items()):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            thread.join(2)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients that go away in the middle are part of it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.request.settimeout(20)
        # here, not where connections are taken: a client that says nothing must not stop others
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.server.keep(self.request)
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.server.drop(self.request)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        site, path = self.server.site, unquote(urlsplit(self.path).path)
        agent = self.headers.get("User-Agent", "")
        site.requests.append((self.command, path, agent))
        manner = site.manner_of(path)
        site.over.wait(60 if manner.hangs else manner.latency_s)
        if manner.hangs:
            self.close_connection = True
        elif manner.redirect is not None:
            self._send(302, b"", manner, Location=manner.redirect + quote(path))
        elif manner.refuses and re.search(manner.refuses, agent):
            page = b"<html><body>Request blocked. Identifier: 5f1c</body></html>"
            self._send(403, page, manner, **{"Content-Type": "text/html"})
        elif manner.status is not None:
            self._send(manner.status, b"", manner)
        elif manner.html is not None:
            self._send(200, manner.html.encode(), manner, **{"Content-Type": "text/html"})
        else:
            self._serve(site.root, path, manner)

    def _serve(self, root: Path, path: str, manner: Manner) -> None:
        target = root.joinpath(*(part for part in path.split("/") if part not in ("", "..")))
        if target.is_dir() and not path.endswith("/"):
            self._send(301, b"", manner, Location=quote(path) + "/")
        elif target.is_dir():
            page = target / "index.html"
            body = page.read_bytes() if page.is_file() else listing(target)
            self._send(200, body, manner, **{"Content-Type": "text/html"})
        elif target.is_file():
            self._file(target, manner)
        else:
            self._send(404, b"<html>Not Found</html>", manner, **{"Content-Type": "text/html"})

    def _file(self, target: Path, manner: Manner) -> None:
        content = target.read_bytes()
        headers = {
            "Content-Type": "application/json" if target.suffix == ".json" else "application/zip",
            "Last-Modified": formatdate(target.stat().st_mtime, usegmt=True),
            "Accept-Ranges": "bytes",
        }
        span = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if span is None:
            self._send(200, content, manner, **headers)
            return
        first, last = span[1], span[2]
        start = int(first) if first else max(0, len(content) - int(last))
        piece = content[start : int(last) + 1 if first and last else None]
        headers["Content-Range"] = f"bytes {start}-{start + len(piece) - 1}/{len(content)}"
        self._send(206, piece, manner, **headers)

    def _send(self, status: int, body: bytes, manner: Manner, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self._body(body, manner)

    def _body(self, body: bytes, manner: Manner) -> None:
        if manner.cut_after is not None:
            self.close_connection = True
            self.wfile.write(body[: manner.cut_after])
            return
        if manner.bytes_per_s is None:
            self.wfile.write(body)
            return
        piece = max(1, min(_PIECE, int(manner.bytes_per_s / 50)))
        begun = time.monotonic()
        for start in range(0, len(body), piece):
            due = begun + (start + piece) / manner.bytes_per_s
            if self.server.site.over.wait(max(0.0, due - time.monotonic())):
                return
            self.wfile.write(body[start : start + piece])


def listing(folder: Path) -> bytes:
    """A folder as Apache and nginx show it; Aliyun writes a plus sign as an entity."""
    names = sorted(each.name for each in folder.iterdir())
    links = [
        f'<a href="{quote(name)}">{html.escape(name).replace("+", "&#43;")}</a>' for name in names
    ]
    return ("<html><body><h1>Index of</h1>\n" + "\n".join(links) + "\n</body></html>").encode()
