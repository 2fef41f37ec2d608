"""A folder to the last bit: what must be the same when something says that nothing changed."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path


def bits_of(folder: Path, without: tuple[str, ...] = ()) -> dict[str, tuple[object, ...]]:
    """Every path below a folder, with kind, mode, time and content; links by their targets."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        name = str(path.relative_to(folder))
        if Path(name).parts[:1] in [(each,) for each in without] or name in without:
            continue
        info = path.lstat()
        facts = (stat.filemode(info.st_mode), info.st_uid, info.st_gid, info.st_mtime_ns)
        if path.is_symlink():
            found[name] = (
                *facts,
                str(path.readlink()),
            )
        elif path.is_file():
            found[name] = (*facts, hashlib.sha256(path.read_bytes()).hexdigest())
        else:
            found[name] = facts
    return found
