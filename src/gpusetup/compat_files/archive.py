"""The files of a matrix out of what was downloaded: a zip or tar archive, or one YAML file.

Nothing is unpacked to disk here. An archive that names a place outside itself, or holds a link, is
refused whole; so is one that grows beyond what any matrix needs.
"""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
import zlib
from typing import BinaryIO, Iterable, Iterator

from gpusetup.basics.errors import Refused, UsageError

MOST_FILES = 2000
LARGEST_FILE = 8 * 2**20
LARGEST_TOTAL = 32 * 2**20
SINGLE = "compat.yaml"
_SUFFIX = ".yaml"

Files = dict[str, bytes]


def read_files(content: bytes) -> tuple[Files, bool]:
    """The YAML files by their path inside the matrix, and whether it was one single file.

    Raises:
        UsageError: it is no archive that can be read, or there is no matrix in it.
        Refused: a path or a link that leads out, or more than a matrix can be.
    """
    if content.startswith(b"PK"):
        files = _collect(_from_zip(content))
    elif content.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")) or content[257:262] == b"ustar":
        files = _collect(_from_tar(content))
    else:
        return {SINGLE: content}, True
    return _matrix_only(files), False


def _collect(members: Iterable[tuple[str, bytes]]) -> Files:
    files: Files = {}
    total = 0
    try:
        for name, content in members:
            total += len(content)
            if total > LARGEST_TOTAL:
                raise Refused("matrix.update-too-large", limit=LARGEST_TOTAL >> 20)
            files[name] = content
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise UsageError("matrix.update-no-archive", cause=str(error)) from error
    except (NotImplementedError, RuntimeError) as error:  # zip: unknown method, encrypted
        raise UsageError("matrix.update-no-archive", cause=str(error)) from error
    return files


def _from_zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        _check_count(len(members))
        for member in members:
            _check_name(member.orig_filename)
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                raise Refused("matrix.update-link", name=member.filename)
            if _wanted(member.filename):
                with archive.open(member) as stream:
                    yield member.filename, _read(stream, member.filename)


def _from_tar(content: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r|*") as archive:
        for number, member in enumerate(archive):
            _check_count(number)
            _check_name(member.name)
            if member.islnk() or member.issym():
                raise Refused("matrix.update-link", name=member.name)
            if not (member.isreg() or member.isdir()):
                raise Refused("matrix.update-link", name=member.name)
            if member.isreg() and member.size > LARGEST_TOTAL:
                raise Refused("matrix.update-too-large", limit=LARGEST_TOTAL >> 20)
            if member.isreg() and _wanted(member.name):
                stream = archive.extractfile(member)
                if stream is not None:
                    yield member.name, _read(stream, member.name)


def _check_count(count: int) -> None:
    if count > MOST_FILES:
        raise Refused("matrix.update-too-many", limit=MOST_FILES)


def _check_name(name: str) -> None:
    """A path that stays inside, on any operating system."""
    parts = re.split(r"[/\\]", name)
    outside = ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", name)
    if outside or any(ord(character) < 32 for character in name):
        raise Refused("matrix.update-escapes", name=ascii(name))


def _wanted(name: str) -> bool:
    return name.endswith(_SUFFIX)


def _read(stream: BinaryIO | object, name: str) -> bytes:
    content: bytes = stream.read(LARGEST_FILE + 1)  # type: ignore[union-attr]
    if len(content) > LARGEST_FILE:
        raise Refused("matrix.update-file-too-large", name=name, limit=LARGEST_FILE >> 20)
    return content


def _matrix_only(files: Files) -> Files:
    """Below the folder `compat` where there is one, else below what all files share."""
    inside = {name: _below_compat(name) for name in files}
    if any(inside.values()):
        found = {below: files[name] for name, below in inside.items() if below}
    else:
        found = _without_top(files)
    if not found:
        raise UsageError("matrix.update-empty")
    return found


def _below_compat(name: str) -> str | None:
    folders = [part for part in name.split("/") if part not in ("", ".")]
    if "compat" not in folders[:-1]:
        return None
    return "/".join(folders[folders.index("compat") + 1 :])


def _without_top(files: Files) -> Files:
    """./matrix-2026/drivers.yaml -> drivers.yaml."""
    split = {name: [part for part in name.split("/") if part not in ("", ".")] for name in files}
    tops = {parts[0] if len(parts) > 1 else "" for parts in split.values()}
    depth = 1 if len(tops) == 1 and "" not in tops else 0
    return {"/".join(parts[depth:]): files[name] for name, parts in split.items()}
