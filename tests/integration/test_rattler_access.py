"""The built-in engine goes the ways that conda's settings name: mirrors, logins, certificates."""

from __future__ import annotations

import base64
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator

import pytest

from tests.lab.channel import Stub, write_channel

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the settings' places are POSIX's")
HOST = "127.0.0.1"


@dataclass
class Seen:
    port: int = 0
    requests: list[tuple[str, str | None]] = field(default_factory=list)  # path, Authorization


@contextmanager
def serve(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[Seen]:
    """Channels below /cloud, also behind a token."""
    seen = Seen()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.requests.append((self.path, self.headers.get("Authorization")))
            self.path = self.path.replace("/t/TOKEN", "").replace("/cloud", "")
            super().do_GET()

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer((HOST, 0), partial(Handler, directory=str(folder)))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    seen.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def folder(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"share/pip": ("x", 0o644)}
    stubs = [Stub("pip", "25.3", "pyh0_0", subdir="noarch", files=files)]
    write_channel(tmp_path / "channels" / "conda-forge", stubs, packages=True)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "SSL_CERT_FILE",
                 "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "RATTLER_CACHE_DIR"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", HOST)
    monkeypatch.setenv("TMPDIR", str(home))
    return tmp_path / "channels"


def rattler(*words: str, code: int = 0) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "engine", "rattler", *words, "--json"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def condarc(home: Path, text: str) -> None:
    (home / ".condarc").write_text(text)


@pytest.mark.parametrize(
    ("login", "path", "header"),
    [
        ("", "/cloud", None),
        ("me:s%40cret@", "/cloud", "Basic " + base64.b64encode(b"me:s@cret").decode()),
    ],
    ids=["open", "with a login"],
)
def test_packages_come_from_the_mirror_and_keep_their_channels_name(
    folder: Path, home: Path, login: str, path: str, header: str | None
) -> None:
    with serve(folder) as seen:
        base = f"http://{login}{HOST}:{seen.port}{path}"
        condarc(home, f"custom_channels: {{conda-forge: '{base}'}}\n")
        rattler("create", "--prefix", str(home / "e"), "-c", "conda-forge", "pip")
    assert all(where.startswith("/cloud/conda-forge/") for where, _ in seen.requests)
    assert {said for _, said in seen.requests} == {header}
    record = (home / "e" / "conda-meta" / "pip-25.3-pyh0_0.json").read_text()
    assert json.loads(record)["url"].startswith("https://conda.anaconda.org/conda-forge/noarch/")
    assert "cret" not in record
    assert not list(home.glob("gpusetup-*.json"))  # the file with the login


def test_a_token_goes_into_the_path(folder: Path, home: Path) -> None:
    with serve(folder) as seen:
        condarc(home, f"channel_alias: http://{HOST}:{seen.port}/t/TOKEN\n")
        rattler("solve", "-c", "conda-forge", "pip")
    assert {where.split("/conda-forge")[0] for where, _ in seen.requests} == {"/t/TOKEN"}


def test_a_channel_on_disk_may_stand_in_for_a_name(folder: Path, home: Path) -> None:
    condarc(home, f"custom_channels: {{conda-forge: '{folder.as_uri()}'}}\n")
    found = rattler("solve", "-c", "conda-forge", "pip")
    assert found["packages"]


def test_a_proxy_is_taken(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    with serve(folder) as seen:
        condarc(
            home,
            f"proxy_servers: {{http: 'http://{HOST}:{seen.port}'}}\n"
            "channel_alias: http://channels.invalid/cloud\n",
        )
        rattler("solve", "-c", "conda-forge", "pip", code=3)  # the server is no real proxy
    assert any(where.startswith("http://channels.invalid/cloud") for where, _ in seen.requests)


def test_packages_are_kept_where_conda_keeps_them(folder: Path, home: Path) -> None:
    condarc(home, f"pkgs_dirs: [{home}/data/pkgs]\n")
    rattler("create", "--prefix", str(home / "e"), "-c", (folder / "conda-forge").as_uri(), "pip")
    assert list((home / "data" / "pkgs" / "rattler" / "pkgs").glob("pip-25.3-*"))
    assert not (home / ".cache" / "rattler").exists()


def test_what_the_administrator_forbids_is_not_asked_for(folder: Path, home: Path) -> None:
    condarc(home, "denylist_channels: [pytorch]\n")
    ended = rattler("solve", "-c", "pytorch", "-c", "conda-forge", "pip", code=3)
    assert (ended["code"], ended["facts"]) == ("conda.not-allowed", {"channel": "pytorch"})


def test_a_broken_settings_file_is_named(folder: Path, home: Path) -> None:
    condarc(home, "channels: [a\n")
    ended = rattler("solve", "-c", folder.as_uri(), "pip", code=3)
    assert ended["code"] == "conda.condarc"
    assert ended["facts"]["path"] == f"{home}/.condarc"  # type: ignore[index]


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate for this machine that nobody knows."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path / "tls"
    folder.mkdir()
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=lab",
            "-addext", f"subjectAltName=IP:{HOST}", "-addext", "basicConstraints=CA:FALSE",
        ],
        cwd=folder, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("setting", ["ssl_verify: {ca}", "ssl_verify: false", ""])
def test_certificates_are_checked_as_conda_checks_them(
    folder: Path, home: Path, authority: Path, setting: str
) -> None:
    from rattler.networking import Client

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "ca.pem", authority / "key.pem")
    with serve(folder, tls) as seen:
        base = f"https://{HOST}:{seen.port}/cloud"
        condarc(home, f"channel_alias: {base}\n{setting.format(ca=authority / 'ca.pem')}\n")
        if setting == "ssl_verify: false" and not hasattr(Client, "from_config"):
            ended = rattler("solve", "-c", "conda-forge", "pip", code=3)
            assert ended["code"] == "conda.must-verify"
        elif setting:
            assert rattler("solve", "-c", "conda-forge", "pip")["packages"]
        else:
            ended = rattler("solve", "-c", "conda-forge", "pip", code=3)
            assert ended["code"] == "conda.unreachable"
