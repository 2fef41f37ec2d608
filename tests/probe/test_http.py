"""Small requests end in time, whatever answers, and never show a password."""

from __future__ import annotations

import base64
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

import pytest

from gpusetup.machine import Installers, Status
from gpusetup.probe.http import fetch_text, measure_speed, size_of
from gpusetup.probe.wheelhouse import list_wheelhouses


@contextmanager
def server(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """One that gives each connection to `answer`, with what was asked. Yields host:port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with connection:
            try:
                answer(connection, connection.recv(65536))
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def page(connection: socket.socket, body: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def thin(connection: socket.socket, _asked: bytes) -> None:
    """A byte now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def test_a_login_in_the_address_is_sent_and_not_shown() -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        page(connection, b"<a href=torch-2.13.0-py3-none-any.whl>torch</a>")

    with server(answer) as host:
        wheels, _ = list_wheelhouses([f"http://me:p%40ss@{host}/page"], None, 5)
    assert [each.filename for each in wheels] == ["torch-2.13.0-py3-none-any.whl"]
    assert b"Authorization: Basic " + base64.b64encode(b"me:p@ss") in asked[0]
    assert f"Host: {host}".encode() in asked[0]


@pytest.mark.parametrize(
    "line", [b"rubbish\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", b""]
)
def test_an_answer_that_makes_no_sense_is_an_ordinary_failure(line: bytes) -> None:
    with server(lambda connection, _: connection.sendall(line)) as host:
        url = f"http://me:hunter22@{host}/torch.whl"
        assert size_of(url, None, 5) is None
        assert measure_speed(url, None, 1) is None or line.endswith(b"short")
        wheels, [reading] = list_wheelhouses([url], None, 5)
    assert wheels == ()
    assert reading.status in (Status.ERROR, Status.ABSENT)
    assert "hunter22" not in repr(reading)


@pytest.mark.parametrize("url", ["http://me:hunter22@", "http://[hunter22", "ftp://me:hunter22@x/"])
def test_an_address_that_makes_no_sense_is_an_ordinary_failure(url: str) -> None:
    with pytest.raises(OSError, match=r"sensible|web address|host") as failed:
        fetch_text(url, None, 5)
    assert "hunter22" not in str(failed.value)


def test_a_thin_server_cannot_hold_us_up() -> None:
    with server(thin) as host:
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            fetch_text(f"http://{host}/page", None, 1)
        speed = measure_speed(f"http://{host}/file", None, 1)
        assert time.monotonic() - begun < 6
    assert speed is not None
    assert speed < 0.01


def test_a_missing_certificate_file_is_an_ordinary_failure(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        fetch_text("https://127.0.0.1:9/", Installers(cert=str(tmp_path / "none.pem")), 1)


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_the_proxy_of_pips_settings_is_used(scheme: str, tmp_path: Path) -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        page(connection, b"<a href=torch-2.13.0-py3-none-any.whl>torch</a>")

    with server(answer) as proxy:
        installers = Installers(proxy=f"{scheme}me:p%40ss@{proxy}")
        assert "torch" in fetch_text("http://wheels.example/page", installers, 5)
        assert list_wheelhouses(["http://wheels.example/page"], installers, 5)[0]
        size_of("http://wheels.example/torch.whl", installers, 5)
        measure_speed("http://wheels.example/torch.whl", installers, 1)
        with pytest.raises(OSError, match=r"."):  # it does not tunnel
            fetch_text("https://wheels.example/page", installers, 5)
    assert [b" ".join(each.split()[:2]) for each in asked] == [
        b"GET http://wheels.example/page",
        b"GET http://wheels.example/page",
        b"GET http://wheels.example/torch.whl",
        b"GET http://wheels.example/torch.whl",
        b"CONNECT wheels.example:443",
    ]
    login = b"Basic " + base64.b64encode(b"me:p@ss")
    assert all(b"proxy-authorization: " + login.lower() in each.lower() for each in asked)
