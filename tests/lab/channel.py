"""Conda channels on disk, made in a moment: stub packages with real names, builds and constraints."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Mapping

_MTIME = 1_760_000_000


@dataclass(frozen=True)
class Stub:
    """A package that holds next to nothing. `files`: path -> (text, mode)."""

    name: str
    version: str
    build: str
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    subdir: str = "linux-64"
    number: int = 0
    size: int = 1000
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)  # symbolic ones
    placeholders: Mapping[str, str] = field(default_factory=dict)  # path -> "text" or "binary"
    placeholder: str = ""  # what stands in those files for the place of the environment

    @property
    def filename(self) -> str:
        return f"{self.name}-{self.version}-{self.build}.tar.bz2"

    def index(self) -> dict[str, object]:
        """What the channel tells of it."""
        return {
            "name": self.name, "version": self.version, "build": self.build,
            "build_number": self.number, "depends": list(self.depends),
            "constrains": list(self.constrains), "subdir": self.subdir, "license": "BSD-3-Clause",
            "timestamp": _MTIME * 1000, "size": self.size,
        }  # fmt: skip


def write_channel(folder: Path, stubs: Iterable[Stub], *, packages: bool = False) -> str:
    """The channel's listing, and its packages where they shall be installed. Returns its URL."""
    by_subdir: dict[str, dict[str, dict[str, object]]] = {"noarch": {}}
    for stub in stubs:
        index = stub.index()
        content = _package(stub) if packages else stub.filename.encode()
        index["sha256"] = hashlib.sha256(content).hexdigest()
        index["md5"] = hashlib.md5(content).hexdigest()  # noqa: S324 - the format's own field
        if packages:
            index["size"] = len(content)
            (folder / stub.subdir).mkdir(parents=True, exist_ok=True)
            (folder / stub.subdir / stub.filename).write_bytes(content)
        by_subdir.setdefault(stub.subdir, {})[stub.filename] = index
    for subdir, listed in by_subdir.items():
        (folder / subdir).mkdir(parents=True, exist_ok=True)
        listing = {"info": {"subdir": subdir}, "packages": listed, "packages.conda": {}}
        (folder / subdir / "repodata.json").write_text(json.dumps(listing))
    return folder.as_uri()


def _patching(stub: Stub, path: str) -> dict[str, str]:
    """What an installer writes its own path over."""
    if path not in stub.placeholders:
        return {}
    return {"prefix_placeholder": stub.placeholder, "file_mode": stub.placeholders[path]}


def _package(stub: Stub) -> bytes:
    paths = [
        {
            "_path": path, "path_type": "hardlink", "size_in_bytes": len(text.encode()),
            "sha256": hashlib.sha256(text.encode()).hexdigest(), **_patching(stub, path),
        }
        for path, (text, _mode) in stub.files.items()
    ]  # fmt: skip
    paths += [
        {
            "_path": path, "path_type": "softlink", "size_in_bytes": len(target),
            "sha256": hashlib.sha256(target.encode()).hexdigest(),
        }
        for path, target in stub.links.items()
    ]  # fmt: skip
    info = {
        "info/index.json": json.dumps(stub.index()),
        "info/files": "".join(f"{path}\n" for path in (*stub.files, *stub.links)),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
        "info/about.json": "{}",
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:bz2") as archive:
        for path, (text, mode) in {
            **{k: (v, 0o644) for k, v in info.items()},
            **stub.files,
        }.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(text.encode()), mode, _MTIME
            archive.addfile(member, io.BytesIO(text.encode()))
        for path, target in stub.links.items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname, member.mtime = tarfile.SYMTYPE, target, _MTIME
            archive.addfile(member)
    return stream.getvalue()
