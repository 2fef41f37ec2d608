"""A copy of an environment that works at its own place. Offline: nothing is asked or downloaded."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping

from gpusetup.effects.copying import SMALL, Tell, copy_entries
from gpusetup.effects.files import write_whole
from gpusetup.environments import relocation
from gpusetup.road.existing import RECORD
from gpusetup.road.keeping import names_of_environment
from gpusetup.road.owning import MARK

_LEFT_ALONE = (".pyc", ".pyo")  # Python corrects the paths in them by itself


@dataclass(frozen=True)
class Patched:
    """A file in which conda has written the path. `length`: of the path in the package."""

    is_binary: bool
    length: int


def clone(source: Path, target: Path, name: str, run: str, tell: Tell = lambda _path: None) -> None:
    """Copy what an environment is made of to a place where nothing is, and make it work there.

    Raises:
        OSError: something cannot be read or written.
        ValueError: the place's path is longer than a compiled file has room for.
    """
    target.mkdir()
    copy_entries(source, target, names_of_environment(source), tell)
    target.joinpath(*MARK).unlink(missing_ok=True)
    changed = _relocate(target, str(source), str(target), tell)
    _correct_hashes(target, changed)
    _rename(target, source.name, name, run)


def left_behind(source: Path) -> tuple[str, ...]:
    """What lies in an environment's folder and does not belong to it: notebooks, data."""
    own = set(names_of_environment(source))
    return tuple(sorted(each.name for each in source.iterdir() if each.name not in own))


def _relocate(prefix: Path, old: str, new: str, tell: Tell) -> list[Path]:
    """Write the new path wherever the old one stood. Returns the files that have changed."""
    patched = _patched_by_conda(prefix)
    changed = []
    for folder, _folders, names in os.walk(prefix):
        tell(folder)
        for name in names:
            path = Path(folder, name)
            if _relocate_one(path, patched.get(str(path.relative_to(prefix))), old, new):
                changed.append(path)
        for name in _folders:
            _relocate_link(Path(folder, name), old, new)
    return changed


def _relocate_one(path: Path, patched: Patched | None, old: str, new: str) -> bool:
    if _relocate_link(path, old, new):
        return False
    info = path.lstat()
    if not stat.S_ISREG(info.st_mode) or (patched is None and _is_left_alone(path, info)):
        return False
    content = path.read_bytes()
    changed = _with_new_path(content, path.name, patched, old, new)
    if changed == content:
        return False
    write_whole(path, changed, stat.S_IMODE(info.st_mode))  # never into a file that is shared
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    return True


def _is_left_alone(path: Path, info: os.stat_result) -> bool:
    """conda's own records are about the package; its history is about what was."""
    return info.st_size >= SMALL or path.suffix in _LEFT_ALONE or path.parent.name == "conda-meta"


def _with_new_path(content: bytes, name: str, patched: Patched | None, old: str, new: str) -> bytes:
    if patched is not None and patched.is_binary:
        return relocation.in_binary(content, old, new, patched.length)
    if not relocation.is_text(content):
        return content
    if name.startswith("activate"):
        return relocation.in_activation(content, name, old, new)
    return relocation.in_text(content, old, new)


def _relocate_link(path: Path, old: str, new: str) -> bool:
    """Whether it is a link; one into the old place leads into the new one now."""
    if not path.is_symlink():
        return False
    target = str(path.readlink())
    moved = relocation.in_link(target, old, new)
    if moved != target:
        path.unlink()
        path.symlink_to(moved)
    return True


def _patched_by_conda(prefix: Path) -> dict[str, Patched]:
    """From the records of the packages: which files hold the path, and how."""
    found = {}
    for record in _records(prefix):
        for each in record.get("paths_data", {}).get("paths", ()):
            placeholder = each.get("prefix_placeholder")
            if placeholder:
                binary = each.get("file_mode") == "binary"
                found[str(each["_path"])] = Patched(binary, len(placeholder))
    return found


def _records(prefix: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        raw = json.loads(path.read_bytes())
        if isinstance(raw, dict):
            yield raw


def _correct_hashes(prefix: Path, changed: list[Path]) -> None:
    """What the records say of the files that have changed: pip's RECORD, conda's own."""
    if not changed:
        return
    for record in prefix.glob("**/site-packages/*.dist-info/RECORD"):
        _correct_record(record, {os.path.relpath(each, record.parent.parent) for each in changed})
    hashes = {str(each.relative_to(prefix)): each for each in changed}
    for path in (prefix / "conda-meta").glob("*.json"):
        _correct_conda(path, hashes)


def _correct_record(record: Path, changed: set[str]) -> None:
    text = record.read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    stale = [row for row in rows if len(row) == 3 and row[0] in changed and row[1]]
    for row in stale:
        content = (record.parent.parent / row[0]).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        row[1:] = [f"sha256={digest}", str(len(content))]
    if stale:
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows)
        write_whole(record, stream.getvalue().encode())


def _correct_conda(path: Path, hashes: Mapping[str, Path]) -> None:
    raw = json.loads(path.read_bytes())
    paths = raw.get("paths_data", {}).get("paths", ())
    stale = [each for each in paths if each.get("_path") in hashes and "sha256_in_prefix" in each]
    for each in stale:
        content = hashes[each["_path"]].read_bytes()
        each["sha256_in_prefix"] = hashlib.sha256(content).hexdigest()
    if stale:
        write_whole(path, json.dumps(raw, indent=2).encode())


def _rename(prefix: Path, old: str, new: str, run: str) -> None:
    """The name that shells show, and our own record."""
    scripts = [*(prefix / "bin").glob("activate*"), *(prefix / "Scripts").glob("activate*")]
    for path in (prefix / "pyvenv.cfg", *scripts):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            changed = relocation.with_prompt(content, old, new)
            if changed != content:
                write_whole(path, changed)
    record = prefix.joinpath(*RECORD)
    if record.is_file():
        raw = json.loads(record.read_bytes())
        raw.update(name=new, run=run)
        write_whole(record, (json.dumps(raw, indent=2, ensure_ascii=False) + "\n").encode())
