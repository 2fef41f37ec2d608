"""The matrix that `gpusetup matrix update` installed: where it lies and when it is used."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Mapping

from gpusetup import __version__
from gpusetup.basics.values import dataclass
from gpusetup.compat_files.compact import fresh_form, write_form
from gpusetup.compat_files.mistakes import MatrixErrors
from gpusetup.effects.home_folder import home_to_read
from gpusetup.matrix.rows import Matrix

CURRENT, PREVIOUS = "current", "previous"
FILES, FORM, RECORD = "compat", "form", "update.json"  # inside either


@dataclass(frozen=True)
class Update:
    """What is known of an installed update."""

    source: str  # the file or URL, without credentials
    sha256: str
    installed: str  # "2026-11-21"
    updated: str  # the date of its data
    extends: bool  # a single file: its rows on top of the packaged ones
    packaged: str  # the date of the packaged data when it was installed
    gpusetup: str  # the version that installed it


def updates_folder(environ: Mapping[str, str]) -> Path:
    """Where updates are kept: `compat` in the user's data folder. GPUSETUP_DATA moves it."""
    wish = environ.get("GPUSETUP_DATA")
    if wish:
        return Path(wish).expanduser() / "compat"
    if sys.platform.startswith("linux"):  # what platformdirs says, without its 20 ms
        data = environ.get("XDG_DATA_HOME") or ""
        base = Path(data) if data.startswith("/") else home_to_read() / ".local" / "share"
        return base / "gpusetup" / "compat"
    from platformdirs import user_data_path

    return user_data_path("gpusetup", appauthor=False) / "compat"


def read_record(folder: Path) -> Update | None:
    """The record of an installed update; None where there is none that can be read."""
    try:
        return Update(**json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_record(folder: Path, update: Update) -> None:
    from dataclasses import asdict

    text = json.dumps(asdict(update), indent=2) + "\n"
    (folder / RECORD).write_text(text, encoding="utf-8")


def counts(update: Update, packaged: Matrix) -> bool:
    """Whether an update is used: its data is newer than the packaged data.

    Data of the same day counts as long as the gpusetup is still the one that installed it.
    """
    same_gpusetup = (update.gpusetup, update.packaged) == (__version__, packaged.updated)
    return update.updated > packaged.updated or (
        same_gpusetup and update.updated == packaged.updated
    )


def updated_matrix(environ: Mapping[str, str], packaged: Matrix) -> Matrix | None:
    """The installed update as a matrix; None where none is there, counts, or can be read."""
    folder = updates_folder(environ) / CURRENT
    update = read_record(folder)
    if update is None or not counts(update, packaged):
        return None
    return load_update(folder, update, packaged)


def load_update(folder: Path, update: Update, packaged: Matrix) -> Matrix | None:
    """The matrix of an update, by its quick form where that still holds."""
    files, form = folder / FILES, folder / FORM
    fresh = not update.extends or (update.gpusetup, update.packaged) == (
        __version__,
        packaged.updated,
    )
    matrix = fresh_form(form, files, by_time=False) if fresh else None
    if matrix is not None:
        return matrix
    from gpusetup.compat_files.folder import load_folder

    try:
        matrix = load_folder(files, packaged if update.extends else None)
    except MatrixErrors:  # this gpusetup asks more of the data than the one that installed it
        return None
    if not update.extends:
        write_form(matrix, form, files)
    return matrix
