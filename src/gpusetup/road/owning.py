"""Which run made an environment. Only that run may take it away again."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.effects.files import remove_tree
from gpusetup.effects.journal import Run

MARK = ("gpusetup", "made-by")
FILLED_BY_INSTALLERS = (
    "bin", "lib", "lib64", "include", "share", "etc", "man", "doc", "var", "sbin", "ssl",
    "Scripts", "Lib", "Include", "Library", "DLLs", "__pycache__", ".gpusetup-before",
    "nvvm", "targets", "libexec", "compiler_compat", "x86_64-conda-linux-gnu",
    "aarch64-conda-linux-gnu",
)  # fmt: skip
SCRATCH = ".refprobe-"
"""How names begin that rattler leaves behind when it is cut: it tries which links there are."""


def mark(folder: Path, run: Run) -> None:
    """Write into a folder which run has made it."""
    path = folder.joinpath(*MARK)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{run.id}\n", encoding="utf-8")


def maker(folder: Path) -> str | None:
    """The run that has made what is at the place; None: none of ours."""
    try:
        return folder.joinpath(*MARK).read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError):
        return None


def is_ours(folder: Path, run: Run) -> bool:
    """Whether the run made what is at the place now, whole or half; yes where nothing is."""
    by = maker(folder)
    if by is not None:
        return by == run.id
    if not _lies(folder):
        return True
    state = run.state()
    if state in ("undoing", "undone"):  # half removed; or taken back, and this is a later one
        return state == "undoing"
    # a mark that was written and is gone: the folder is another one
    return not any(each.event == "done" and each.facts.get("marked") for each in run.entries())


def entries_of(folder: Path) -> tuple[str, ...]:
    """The names of what lies directly in a folder."""
    try:
        return tuple(sorted(each.name for each in folder.iterdir()))
    except OSError:
        return ()


def came_later(folder: Path, run: Run) -> tuple[Path, ...]:
    """What somebody put into a finished environment: their notebooks, their thesis."""
    listed = [each.facts.get("entries") for each in run.entries() if each.event == "finished"]
    if not listed or not isinstance(listed[0], list):
        return ()
    known = {*listed[0], *FILLED_BY_INSTALLERS}
    return tuple(folder / name for name in entries_of(folder) if name not in known)


def remove_ours(folder: Path, run: Run) -> None:
    """Remove a folder and all that is ours in it. It leaves its place at once, whole."""
    leaving = folder.with_name(f".{folder.name}.leaving-{run.id}")
    if _lies(folder) and not _lies(leaving):
        try:
            folder.rename(leaving)
        except OSError:  # the folder above may not be written: then piece by piece
            for name in set(entries_of(folder)) - {each.name for each in came_later(folder, run)}:
                _remove(folder / name)
            if not entries_of(folder):
                remove_tree(folder)
    if not _lies(leaving):
        return
    for mine in () if leaving.is_symlink() else came_later(leaving, run):
        folder.mkdir(exist_ok=True)
        mine.rename(folder / mine.name)
    remove_tree(leaving)


def _remove(path: Path) -> None:
    if path.is_dir():
        remove_tree(path)
    else:
        path.unlink()


def _lies(path: Path) -> bool:
    return os.path.lexists(path)  # Path raises where another user's folder may not be looked into
