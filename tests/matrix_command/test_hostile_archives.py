"""An archive that leads out, grows or is none is refused whole."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Mapping

import pytest

from gpusetup.compat_files.archive import LARGEST_TOTAL, read_files
from gpusetup.compat_files.updated import updates_folder
from tests.matrix_command.archives import document, hashed


def tar_of(names: Mapping[str, bytes], kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in names.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), target
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(names: Mapping[str, bytes], mode: int = 0o100644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            archive.writestr(member, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../x.yaml",
        "compat/../../x.yaml",
        "/etc/x.yaml",
        "C:/x.yaml",
        "..\\x.yaml",
        "a/..",
        "\x1b.yaml",
    ],
)
@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_a_path_that_leads_out_refuses_the_whole_archive(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, pack: Any
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(pack({"compat/good.yaml": b"x: 1", name: b"x: 1"}))
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-escapes")
    assert not updates_folder({}).exists()


@pytest.mark.parametrize(
    "content",
    [
        tar_of({"compat/x.yaml": b""}, tarfile.SYMTYPE, "/etc/passwd"),
        tar_of({"compat/x.yaml": b""}, tarfile.LNKTYPE, "compat/y.yaml"),
        tar_of({"compat/x.yaml": b""}, tarfile.FIFOTYPE),
        zip_of({"compat/x.yaml": b"/etc/passwd"}, 0o120777),
    ],
    ids=["symbolic", "hard", "pipe", "in a zip"],
)
def test_links_and_devices_refuse_the_whole_archive(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(content)
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-link")


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_an_archive_that_grows_is_stopped(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, pack: Any
) -> None:
    piece = b"# " + b"a" * (6 << 20)
    path = tmp_path / "archive"
    path.write_bytes(
        pack({f"compat/{n}.yaml": piece for n in range(1 + LARGEST_TOTAL // len(piece))})
    )
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-too-large")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 cut", "matrix.update-no-archive"),
        (b"\x1f\x8b cut", "matrix.update-no-archive"),
        (tar_of({"compat/x.yaml": b"x" * 99})[:-20], "matrix.update-no-archive"),
        (zip_of({"compat/readme.txt": b"x"}), "matrix.update-empty"),
        (b"", "matrix.errors"),
        (b"\x00\x01\x02", "matrix.errors"),
    ],
    ids=["cut zip", "cut gzip", "cut tar", "nothing of ours", "empty", "bytes"],
)
def test_what_is_no_archive_is_unreadable_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(content)
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (2, code)


def test_files_lie_below_compat_or_below_one_folder() -> None:
    for names in (
        ("compat/a.yaml", "compat/sub/b.yaml"),
        ("x-1/compat/a.yaml", "x-1/compat/sub/b.yaml", "x-1/other.yaml"),
        ("x-1/a.yaml", "x-1/sub/b.yaml"),
        ("./a.yaml", "./sub/b.yaml"),
    ):
        files, single = read_files(zip_of(dict.fromkeys(names, b"")))
        assert (sorted(files), single) == (["a.yaml", "sub/b.yaml"], False)
