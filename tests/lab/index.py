"""A package index (PEP 503) on loopback that can also misbehave, path by path."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Iterator
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import trustme


@dataclass
class Fault:
    """How a path misbehaves."""

    status: int = 200
    body: bytes | None = None
    wait_s: float = 0.0
    only_whole: bool = False  # not for a part of a file, which is how its metadata is read
    cut_after: int | None = None  # bytes, then the connection is closed
    redirect: str | None = None


@dataclass
class Index:
    """Serves `root/<folder>/*.whl` as `<url>/<folder>/<name>/`. Faults go by path prefix."""

    root: Path
    port: int = 0
    faults: dict[str, Fault] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)  # (path, User-Agent)
    spans: list[tuple[str, str]] = field(default_factory=list)  # (path, Range) of each GET
    hashes: str = "none"  # whether links tell the hash of their file: "none", "right", "wrong"
    is_secure: bool = False

    @property
    def url(self) -> str:
        return f"http{'s' if self.is_secure else ''}://127.0.0.1:{self.port}"

    def fault_of(self, path: str) -> Fault | None:
        return next((each for start, each in self.faults.items() if path.startswith(start)), None)


@contextmanager
def serve(root: Path, authority: trustme.CA | None = None) -> Iterator[Index]:
    """Serve a folder of folders of wheels; over TLS with a certificate of the authority."""
    index = Index(root, is_secure=authority is not None)

    class Handler(_Handler):
        served = index

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if authority is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    index.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Index

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        self._answer(body_wanted=False)

    def do_GET(self) -> None:
        self._answer(body_wanted=True)

    def _answer(self, *, body_wanted: bool) -> None:
        whole = self.path.startswith("http")  # as a proxy gets it
        path = self.path if whole else unquote(urlsplit(self.path).path)
        self.served.requests.append((path, self.headers.get("User-Agent", "")))
        if body_wanted:
            self.served.spans.append((path, self.headers.get("Range", "")))
        fault = self.served.fault_of(path) or Fault()
        if fault.only_whole and (self.headers.get("Range") or not body_wanted):
            fault = Fault()
        time.sleep(fault.wait_s)
        if fault.redirect:
            self._send(302, b"", body_wanted, [("Location", fault.redirect)])
            return
        if fault.status != 200 or fault.body is not None:
            self._send(
                fault.status, fault.body or b"", body_wanted, [("Content-Type", "text/html")]
            )
            return
        self._serve(path, body_wanted, fault)

    def _serve(self, path: str, body_wanted: bool, fault: Fault) -> None:
        parts = [part for part in path.split("/") if part]
        target = self.served.root.joinpath(*parts)
        if target.is_file():
            self._file(target.read_bytes(), body_wanted, fault.cut_after)
        elif len(parts) >= 2 and (listing := self._listing(parts[:-1], parts[-1])):
            self._send(200, listing, body_wanted, [("Content-Type", "text/html")])
        else:
            self._send(404, b"", body_wanted, [])

    def _listing(self, folder: list[str], name: str) -> bytes | None:
        normal = name.lower().replace("_", "-")
        wheels = sorted(self.served.root.joinpath(*folder).glob("*.whl"))
        links = [
            f'<a href="/{"/".join(folder)}/{each.name.replace("+", "%2B")}{self._hash(each)}">'
            f"{each.name}</a><br>"
            for each in wheels
            if each.name.split("-")[0].lower().replace("_", "-") == normal
        ]
        return ("<!DOCTYPE html><html><body>" + "".join(links)).encode() if links else None

    def _hash(self, file: Path) -> str:
        content = file.read_bytes() + (b"more" if self.served.hashes == "wrong" else b"")
        told = self.served.hashes != "none"
        return f"#sha256={hashlib.sha256(content).hexdigest()}" if told else ""

    def _file(self, content: bytes, body_wanted: bool, cut_after: int | None) -> None:
        wanted = self.headers.get("Range", "").replace("bytes=", "")
        start, _, end = wanted.partition("-")
        if wanted and start:
            piece = content[int(start) : int(end) + 1 if end else None]
            span = f"bytes {start}-{int(start) + len(piece) - 1}/{len(content)}"
            self._send(206, piece, body_wanted, [("Content-Range", span)], cut_after)
            return
        if wanted and end:
            piece = content[-int(end) :]
            span = f"bytes {len(content) - len(piece)}-{len(content) - 1}/{len(content)}"
            self._send(206, piece, body_wanted, [("Content-Range", span)], cut_after)
            return
        self._send(200, content, body_wanted, [("Accept-Ranges", "bytes")], cut_after)

    def _send(
        self, status: int, body: bytes, body_wanted: bool, headers: list[tuple[str, str]],
        cut_after: int | None = None,
    ) -> None:  # fmt: skip
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body_wanted:
            self.wfile.write(body if cut_after is None else body[:cut_after])
        if cut_after is not None:
            self.close_connection = True
