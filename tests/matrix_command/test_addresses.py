"""Newer data of the matrix from an address."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar, Iterator

import pytest

from tests.matrix_command.archives import changed, document, hashed, released, said, tarred


class Server(BaseHTTPRequestHandler):
    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        content = self.files.get(self.path)
        self.send_response(200 if content is not None else 404)
        length = 10**9 if self.path == "/cut" else len(content or b"")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


def test_an_address_is_fetched(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, server: str
) -> None:
    path = tarred(changed(tmp_path))
    Server.files = {"/compat.tar.gz": path.read_bytes()}
    url = f"{server}/to/{server}/compat.tar.gz"
    found = document(capsys, "update", url, "--sha256", hashed(path))
    assert found["installed"] is True
    assert released() == "2026-10-29"


@pytest.mark.parametrize("path", ["/gone", "/cut", "/to/file:///etc/passwd", "/to/ftp://x/y"])
def test_what_cannot_be_fetched_is_refused(
    capsys: pytest.CaptureFixture[str], server: str, path: str
) -> None:
    Server.files = {"/cut": b"half"}
    found = document(capsys, "update", server + path, "--sha256", "0" * 64)
    assert (found["exit"], found["code"]) == (3, "matrix.update-not-reached")


def test_more_than_a_matrix_is_not_fetched(capsys: pytest.CaptureFixture[str], server: str) -> None:
    Server.files = {"/large": b"0" * (17 << 20)}
    found = document(capsys, "update", f"{server}/large", "--sha256", "0" * 64)
    assert (found["exit"], found["code"]) == (3, "matrix.update-too-large")


def test_a_password_in_the_address_is_not_repeated(
    capsys: pytest.CaptureFixture[str], server: str
) -> None:
    url = server.replace("http://", "http://me:geheim@") + "/gone"
    code, out, err = said(capsys, "update", url, "--sha256", "0" * 64)
    assert code == 3
    assert "geheim" not in out + err
