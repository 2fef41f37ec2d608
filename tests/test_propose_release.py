"""A release that nobody has seen yet: its wheels on an index become the right rows."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.matrix import Build, Matrix
from gpusetup.matrix_file import load_folder, load_packaged
from gpusetup.request import Origin
from gpusetup.versions import Version

TOOL = Path(__file__).parent.parent / "tools" / "propose_release.py"

TABLE = """\
PYTORCH_RELEASES_CODE_CC: dict[str, dict[str, set[int]]] = {
    "13.4": {
        "x86_64": {80, 86, 90, 100, 120},
        "aarch64": {90, 100, 110, 120},
    },
}
"""


@dataclass
class Index:
    """Pages and files of a package index on loopback, with range requests."""

    as_json: bool
    wheels: dict[str, list[str]] = field(default_factory=dict)  # package -> file names
    files: dict[str, bytes] = field(default_factory=dict)
    url: str = ""

    def add(self, filename: str, members: dict[str, str]) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                archive.writestr(name, text)
        package = filename.partition("-")[0]
        self.wheels.setdefault(package, []).append(filename)
        self.files[f"/files/{filename}"] = stream.getvalue()

    def page(self, package: str) -> tuple[str, bytes]:
        names, day = self.wheels.get(package, []), "2026-12-09T10:00:00Z"
        if self.as_json:
            files = [
                {"filename": name, "url": f"../../files/{name}", "upload-time": day}
                for name in names
            ]
            return "application/vnd.pypi.simple.v1+json", json.dumps({"files": files}).encode()
        links = "".join(
            f'<a href="/files/{name}#sha256=0" data-upload-time="{day}">{name}</a>\n'
            for name in names
        )
        return "text/html", f"<html>{links}</html>".encode()


@pytest.fixture(params=["html", "json"])
def index(request: pytest.FixtureRequest) -> Iterator[Index]:
    found = Index(as_json=request.param == "json")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = found.files.get(self.path)
            if content is None:
                kind, body = found.page(self.path.strip("/").rpartition("/")[2])
                self._answer(200, body, {"Content-Type": kind})
                return
            first, last = map(int, self.headers["Range"].partition("=")[2].split("-"))
            place = f"bytes {first}-{last}/{len(content)}"
            self._answer(206, content[first : last + 1], {"Content-Range": place})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/simple/"
    yield found
    server.shutdown()
    server.server_close()


def publish(index: Index) -> None:
    """torch 2.16.0: CUDA 13.4, no Turing any more, Python 3.12 to 3.16."""
    tags = [("cp312", "cp312"), ("cp316", "cp316"), ("cp316", "cp316t")]
    places = {
        "manylinux_2_34_x86_64": "13.4",
        "manylinux_2_34_aarch64": "13.4",
        "win_amd64": None,
        "macosx_15_0_arm64": None,
    }
    pins = 'Requires-Dist: nvidia-cudnn-cu13==9.30.0.1; platform_system == "Linux"\n'
    for platform, cuda in places.items():
        for python, abi in tags:
            index.add(
                f"torch-2.16.0-{python}-{abi}-{platform}.whl",
                {
                    "torch/version.py": f"cuda: Optional[str] = {cuda!r}\n",
                    "torch/cuda/__init__.py": TABLE,
                    "torch-2.16.0.dist-info/METADATA": "Name: torch\n" + pins,
                },
            )
    index.add("torch-2.15.0-cp312-cp312-win_amd64.whl", {})
    for version, torch in (("0.30.0", "2.16.0"), ("0.31.0", "2.17.0")):
        pin = {f"torchvision-{version}.dist-info/METADATA": f"Requires-Dist: torch=={torch}\n"}
        index.add(f"torchvision-{version}-cp312-cp312-manylinux_2_34_x86_64.whl", pin)


def run(index: Index, release: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(TOOL), release, "--index", index.url]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def proposed(index: Index, folder: Path) -> Matrix:
    publish(index)
    answer = run(index, "2.16.0")
    assert answer.returncode == 0, answer.stderr
    path = folder / "proposal.yaml"
    path.write_text(answer.stdout)
    return load_folder(path, load_packaged())


def row(matrix: Matrix, platform: str) -> Build:
    first = matrix.builds_for(platform)[0]
    assert (str(first.torch), first.origin) == ("2.16.0", Origin.PYPI)
    return first


def test_the_proposed_rows_say_what_the_wheels_say(index: Index, tmp_path: Path) -> None:
    matrix = proposed(index, tmp_path)
    linux = row(matrix, "linux-x86_64")
    assert (linux.build, str(linux.cuda_runtime), linux.cudnn) == ("cu134", "13.4", "9.30.0.1")
    assert linux.architectures == ((8, 0), (8, 6), (9, 0), (10, 0), (12, 0))
    assert [str(each) for each in linux.pythons] == ["3.12", "3.16"]
    assert (str(linux.glibc), linux.released) == ("2.34", "2026-12-09")
    assert linux.source
    assert row(matrix, "linux-aarch64").architectures[0] == (9, 0)
    assert row(matrix, "windows-x86_64").is_cpu
    assert str(row(matrix, "macos-arm64").macos) == "15.0"
    companion = matrix.companion("torchvision", Version.parse("0.30.0"), "linux-x86_64")
    assert linux.torchvision == Version.parse("0.30.0")
    assert companion is not None
    assert row(matrix, "windows-x86_64").torchvision is None


def test_a_release_that_is_not_on_the_index_is_told(index: Index) -> None:
    publish(index)
    answer = run(index, "9.9.9")
    assert answer.returncode == 1
    assert "no wheels of torch 9.9.9" in answer.stderr
