"""Which run made an environment. Only that run may take it away again."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.files import remove_tree
from gpusetup.journal import Run

_MARK = ("gpusetup", "made-by")


def mark(folder: Path, run: Run) -> None:
    """Write into a folder which run has made it."""
    path = folder.joinpath(*_MARK)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{run.id}\n", encoding="utf-8")


def is_ours(folder: Path, run: Run) -> bool:
    """Whether the run made what is at the place now, whole or half; yes where nothing is."""
    try:
        return folder.joinpath(*_MARK).read_text(encoding="utf-8").strip() == run.id
    except (OSError, ValueError):
        pass
    if not _lies(folder):
        return True
    state = run.state()
    if state in ("undoing", "undone"):  # half removed; or taken back, and this is a later one
        return state == "undoing"
    # a mark that was written and is gone: the folder is another one
    return not any(each.event == "done" and each.facts.get("marked") for each in run.entries())


def remove_ours(folder: Path, run: Run) -> None:
    """Remove a folder with all it holds. It leaves its place at once, whole."""
    leaving = folder.with_name(f".{folder.name}.leaving-{run.id}")
    if _lies(folder) and not _lies(leaving):
        try:
            folder.rename(leaving)
        except OSError:  # the folder above may not be written: then piece by piece
            remove_tree(folder)
    remove_tree(leaving)


def _lies(path: Path) -> bool:
    return os.path.lexists(path)  # Path raises where another user's folder may not be looked into
