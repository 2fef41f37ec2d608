"""The network on loopback: pieces, budgets, deadlines, caches, credentials."""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar, Iterator

import pytest

from gpusetup.index_pages import File, NoIndexPage
from gpusetup.indexes.cache import Cache
from gpusetup.indexes.client import BudgetSpent, Client
from tests.lab.index import Fault, Index, serve
from tests.lab.wheels import make_wheel

VERSION = "__version__ = '2.7.1+cu126'\ncuda = '12.6'\n"
MEMBERS = ("torch/version.py",)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    make_wheel(
        tmp_path / "files" / "simple",
        "torch",
        "2.7.1",
        tag="cp312-cp312-win_amd64",
        requires=["numpy<3"],
        files={"torch/version.py": VERSION, **{f"torch/{i}.py": "x" * i for i in range(900)}},
    )
    with serve(tmp_path / "files") as served:
        yield served


def first(client: Client, index: Index) -> File:
    return client.page(f"{index.url}/simple/torch/")[0]


def test_members_are_read_without_the_whole_wheel(index: Index) -> None:
    client = Client()
    file = first(client, index)
    before = client.received
    inside = client.inside(file, MEMBERS)
    whole = next(index.root.glob("simple/*.whl")).stat().st_size
    assert (inside.cuda, inside.requires) == ("12.6", ("numpy<3",))
    assert client.received - before < whole / 4


def test_metadata_is_taken_from_beside_the_wheel_where_it_is_offered(index: Index) -> None:
    client = Client()
    file = replace(first(client, index), has_metadata=True)
    index.faults["/simple/torch-2.7.1"] = Fault(body=b"Name: torch\nRequires-Dist: sympy\n\nText")
    assert client.inside(file).requires == ("sympy",)
    assert index.requests[-1][0].endswith(".whl.metadata")


def test_a_server_that_sends_whole_files_is_refused(index: Index) -> None:
    client = Client()
    file = first(client, index)
    index.faults["/simple/torch-2.7.1"] = Fault(body=b"x" * 3_000_000)
    with pytest.raises(OSError, match="no range requests"):
        client.inside(file, MEMBERS)
    assert client.received < 300_000


def test_what_a_wheel_said_is_remembered_by_its_hash(index: Index, tmp_path: Path) -> None:
    content = next(index.root.glob("simple/*.whl")).read_bytes()
    client = Client(cache=Cache(tmp_path / "cache"))
    file = replace(first(client, index), sha256=hashlib.sha256(content).hexdigest())
    told = client.inside(file, MEMBERS)
    requests = client.requests
    again = Client(cache=Cache(tmp_path / "cache"))
    assert again.inside(file, MEMBERS) == told
    assert (client.requests, again.requests) == (requests, 0)
    assert again.inside(replace(file, sha256="0" * 64), MEMBERS) == told
    assert again.requests > 0


def test_nothing_is_remembered_of_a_wheel_without_a_hash(index: Index, tmp_path: Path) -> None:
    client = Client(cache=Cache(tmp_path / "cache"))
    client.inside(first(client, index), MEMBERS)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"METADATA": 3}'])
def test_a_damaged_cache_does_not_count(index: Index, tmp_path: Path, damage: str) -> None:
    client = Client(cache=Cache(tmp_path / "cache"))
    file = replace(first(client, index), sha256="a" * 64)
    client.inside(file, MEMBERS)
    (kept,) = (tmp_path / "cache" / "wheels").iterdir()
    kept.write_text(damage)
    assert client.inside(file, MEMBERS).cuda == "12.6"


def test_a_cache_that_cannot_be_written_is_no_trouble(index: Index, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    client = Client(cache=Cache(tmp_path / "cache"))
    file = replace(first(client, index), sha256="a" * 64)
    assert client.inside(file, MEMBERS).cuda == "12.6"


def test_the_budget_ends_what_comes(index: Index) -> None:
    index.faults["/simple/torch/"] = Fault(body=b"x" * 2_000_000)
    client = Client(limit_mib=0.5)
    with pytest.raises(BudgetSpent):
        client.page(f"{index.url}/simple/torch/")
    with pytest.raises(BudgetSpent):
        client.page(f"{index.url}/simple/torch/")
    assert client.received < 700_000


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Fault(status=404), "404"), (Fault(status=503), "503"), (Fault(wait_s=2), "timed out")],
)
def test_what_goes_wrong_is_said_in_a_word(index: Index, fault: Fault, reason: str) -> None:
    index.faults["/simple/torch/"] = fault
    with pytest.raises(OSError, match=reason):
        Client(deadline_s=0.3).page(f"{index.url}/simple/torch/")


def test_a_broken_connection_is_asked_again_once(index: Index) -> None:
    client = Client()
    file = first(client, index)
    index.faults["/simple/torch-2.7.1"] = Fault(cut_after=4)
    with pytest.raises(OSError, match="cut off"):
        client.inside(file, MEMBERS)
    assert client.requests == 3


def test_a_login_page_is_no_index(index: Index) -> None:
    index.faults["/simple/torch/"] = Fault(body=b"<html>Please log in</html>")
    with pytest.raises(NoIndexPage):
        Client().page(f"{index.url}/simple/torch/")


def test_only_the_web_is_asked() -> None:
    with pytest.raises(OSError, match="not a web address"):
        Client().page("file:///etc/passwd")


class _Listing(BaseHTTPRequestHandler):
    """One page with an ETag; keeps what was asked."""

    seen: ClassVar[list[tuple[str | None, str | None]]] = []

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.seen.append((self.headers.get("If-None-Match"), self.headers.get("Authorization")))
        if self.path == "/moved/torch/":
            self.send_response(302)
            port = self.server.server_address[1]
            self.send_header("Location", f"http://localhost:{port}/simple/torch/")
            self.end_headers()
            return
        known = self.headers.get("If-None-Match") == '"one"'
        self.send_response(304 if known else 200)
        self.send_header("ETag", '"one"')
        self.end_headers()
        if not known:
            self.wfile.write(b"<a href='torch-2.7.1-cp312-cp312-win_amd64.whl'>x</a>")


@pytest.fixture
def listing() -> Iterator[int]:
    _Listing.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), _Listing)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_that_did_not_change_is_not_sent_again(listing: int, tmp_path: Path) -> None:
    client = Client(cache=Cache(tmp_path / "cache"))
    told = client.page(f"http://127.0.0.1:{listing}/simple/torch/")
    received = client.received
    assert client.page(f"http://127.0.0.1:{listing}/simple/torch/") == told
    assert client.received == received
    assert [etag for etag, _ in _Listing.seen] == [None, '"one"']


def test_credentials_go_to_their_host_only(listing: int, tmp_path: Path) -> None:
    client = Client(cache=Cache(tmp_path / "cache"))
    (file,) = client.page(f"http://me:p%40ss@127.0.0.1:{listing}/moved/torch/")
    word = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert [user for _, user in _Listing.seen] == [word, None]
    assert (
        file.url == f"http://localhost:{listing}/simple/torch/torch-2.7.1-cp312-cp312-win_amd64.whl"
    )
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert "torch-2.7.1" in kept
    assert "p%40ss" not in kept
    assert "me:" not in kept
