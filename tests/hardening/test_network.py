"""The network as it really is. Each condition stands in docs/reference/conditions.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping

import pytest
import trustme

from tests.hardening.homes import belongings, run
from tests.lab.index import Fault, Index, serve
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")

TAG = "cp{0}{1}-cp{0}{1}-manylinux_2_17_{2}".format(*sys.version_info[:2], os.uname().machine)
VERSION = "2.8.0"  # the newest that Python 3.9 has
NOWHERE = "http://127.0.0.1:9"
PAGE, WHEEL = "/cpu/torch/", "/cpu/torch-"
NAMED = "http://pytorch.invalid/whl"
RESOLVER = """
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const void *hints, void *found) {
    if (node && strstr(node, "invalid")) sleep(120);
    return -2; /* EAI_NONAME */
}
"""
HTML = b"<!DOCTYPE html><html><body>Please log in to the campus network</body></html>"


@dataclass(frozen=True)
class Lab:
    """The index; the same with a certificate that nobody knows; a resolver that does not answer."""

    index: Index
    stranger: Index
    resolver: Path


@dataclass(frozen=True)
class Condition:
    """What the index does, and what must come of it."""

    exit: int
    code: str | None = None
    says: str = ""  # a pattern in the message
    faults: Mapping[str, Fault] = field(default_factory=dict)
    environ: Callable[[Lab], Mapping[str, str]] = lambda lab: {}
    hashes: str = "right"


REFUSED, FAILED, INSTALLED = 3, 4, 1  # the stub's proof fails: all before it went well
NOTHING = "run.no-network"

CONDITIONS = {
    "network-none": Condition(
        REFUSED, NOTHING, "connection refused", environ=lambda _: {"GPUSETUP_WHEEL_INDEX": NOWHERE}
    ),
    "index-403": Condition(REFUSED, NOTHING, "403", {PAGE: Fault(403, HTML)}),
    "index-404": Condition(REFUSED, NOTHING, "no torch there", {PAGE: Fault(404, b"")}),
    "index-503": Condition(REFUSED, NOTHING, "503", {PAGE: Fault(503, b"")}),
    "index-login-page": Condition(
        REFUSED, NOTHING, "a web page came instead of an index", {PAGE: Fault(200, HTML)}
    ),
    "index-redirect-loop": Condition(
        REFUSED, NOTHING, "no index there", {PAGE: Fault(redirect=PAGE)}
    ),
    "index-hangs": Condition(REFUSED, NOTHING, "timed out", {PAGE: Fault(wait_s=60)}),
    "certificate-of-a-stranger": Condition(
        REFUSED, NOTHING, "certificate not trusted",
        environ=lambda lab: {"GPUSETUP_WHEEL_INDEX": lab.stranger.url},
    ),
    "names-hang": Condition(
        REFUSED, NOTHING, "timed out",
        environ=lambda lab: {"GPUSETUP_WHEEL_INDEX": NAMED, "LD_PRELOAD": str(lab.resolver)},
    ),
    "index-slow": Condition(INSTALLED, faults={PAGE: Fault(wait_s=1.5)}),
    "index-lags": Condition(INSTALLED, says="does not have torch"),
    "index-without-hashes": Condition(INSTALLED, hashes="none"),
    "proxy-refuses": Condition(
        REFUSED, "run.dead-proxy", "the proxy http://127.0.0.1:9, and nobody answers",
        environ=lambda _: _through(NOWHERE),
    ),
    "proxy-wants-a-password": Condition(
        REFUSED, NOTHING, "407|proxy", {"http": Fault(407, HTML)},
        environ=lambda lab: {**_through(lab.index.url), "GPUSETUP_WHEEL_INDEX": NAMED},
    ),
    "wheel-403": Condition(REFUSED, "run.unresolvable", "403", {WHEEL: Fault(403, HTML)}),
    "wheel-login-page": Condition(
        REFUSED, "run.unresolvable", "what came is no wheel", {WHEEL: Fault(200, HTML)}
    ),
    "wheel-403-when-it-is-fetched": Condition(
        FAILED, "run.step-failed", "403", {WHEEL: Fault(403, HTML, only_whole=True)}
    ),
    "wheel-503-when-it-is-fetched": Condition(
        FAILED, "run.step-failed", "503", {WHEEL: Fault(503, HTML, only_whole=True)}
    ),
    "wheel-login-page-when-it-is-fetched": Condition(
        FAILED, "run.step-failed", "what came is no wheel", {WHEEL: Fault(200, HTML, only_whole=True)}
    ),
    "wheel-cut-every-time": Condition(
        FAILED, "run.step-failed", "broke off", {WHEEL: Fault(cut_after=70_000)}, hashes="none"
    ),
    "wheel-cut-once": Condition(
        INSTALLED, faults={WHEEL: Fault(cut_after=100_000, only_whole=True)}
    ),
    "wheel-of-another-hash": Condition(
        FAILED, "run.step-failed", r"\(hash\)", hashes="wrong"
    ),
}  # fmt: skip


def _through(proxy: str) -> dict[str, str]:
    return {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": ""}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """A copy of the wheel index that holds one old torch, and all that it needs."""
    served = tmp_path / "served"
    filling = {"torch/filling": "x" * 400_000}
    make_wheel(served / "cpu", "torch", f"{VERSION}+cpu", tag=TAG, files=filling)
    for name in ("numpy", "pip"):
        make_wheel(served / "cpu", name, "26.0")
    with serve(served) as found:
        yield found


@pytest.fixture
def lab(index: Index, tmp_path: Path) -> Iterator[Lab]:
    source, resolver = tmp_path / "resolver.c", tmp_path / "resolver.so"
    source.write_text(RESOLVER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(resolver), str(source)], check=True)
    with serve(index.root, trustme.CA()) as stranger:
        yield Lab(index, stranger, resolver)


def environment(home: Path, index: Index) -> dict[str, str]:
    return {
        "HOME": str(home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull,
        "LC_ALL": "C.UTF-8", "GPUSETUP_WHEEL_INDEX": index.url, "PIP_INDEX_URL": f"{NOWHERE}/simple",
        # a channel that is as silent as the package index
        "GPUSETUP_CHANNELS": NOWHERE, "UV_HTTP_RETRIES": "1",
    }  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_of_the_network_has_one_clear_end(name: str, home: Path, lab: Lab) -> None:
    condition, index = CONDITIONS[name], lab.index
    index.faults.update(condition.faults)
    index.hashes = condition.hashes
    environ = {**environment(home, index), **condition.environ(lab)}
    before = belongings(home)
    as_json = ("--json",) if condition.code else ()
    wish = () if name == "index-lags" else ("--torch", VERSION)
    code, said = run("init", "--yes", "--no-bench", *wish, *as_json, environ=environ)
    assert code == condition.exit, said
    assert "Traceback" not in said
    if condition.code:
        document: dict[str, Any] = json.loads(said[said.index("{") :])
        assert (document["exit"], document["code"]) == (condition.exit, condition.code)
        said = f"{document['text']}\n{document['next']}"
    assert re.search(condition.says, said), said
    if condition.exit == REFUSED:
        assert belongings(home) == before
    elif condition.exit == FAILED:
        _goes_on_once_it_is_over(index, environ, said, wish)
    code, said = run("undo", "--yes", environ=environ)
    assert code == (3 if condition.exit == REFUSED else 0)
    if condition.exit == INSTALLED:
        brought = r"\d (?:Mi|Gi)B that this run brought stay\s+in\s+`~/\.cache/uv`"
        assert re.search(brought, said), said
    assert belongings(home) == before


def _goes_on_once_it_is_over(
    index: Index, environ: Mapping[str, str], said: str, wish: tuple[str, ...]
) -> None:
    assert "gpusetup undo" in said
    index.faults.clear()
    index.hashes = "right"
    code, again = run("init", "--yes", "--no-bench", *wish, environ=environ)
    assert code == INSTALLED, again
    assert "Going on" in again


def test_a_download_that_was_cut_goes_on_where_it_stopped(home: Path, index: Index) -> None:
    index.faults[WHEEL] = Fault(cut_after=100_000, only_whole=True)
    run("init", "--yes", "--no-bench", "--torch", VERSION, environ=environment(home, index))
    parts = [span for path, span in index.spans if path.startswith(WHEEL) and span]
    assert any(int(span.split("=")[1].split("-")[0] or 0) >= 100_000 for span in parts), parts


def test_nothing_big_is_fetched_before_the_plan_is_agreed_to(home: Path, index: Index) -> None:
    """Also where an index tells no hashes, which a lock file would want."""
    index.hashes = "none"
    code, said = run("init", "--dry-run", "--torch", VERSION, environ=environment(home, index))
    assert code == 0, said
    whole = [path for path, span in index.spans if path.startswith(WHEEL) and not span]
    assert whole == []


def test_every_condition_is_in_the_documentation() -> None:
    for page in ("conditions.md", "conditions.zh-CN.md"):
        text = (Path(__file__).parents[2] / "docs" / "reference" / page).read_text(encoding="utf-8")
        table = text[text.index("<!-- network -->") :].split("\n\n")[0]
        rows = re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)
        assert rows == list(CONDITIONS)
