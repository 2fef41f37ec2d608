"""Installing another state of the compatibility data, and going back. The old one is kept."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Mapping

from gpusetup import __version__
from gpusetup.basics.errors import Refused
from gpusetup.compat_files import MatrixErrors, load_folder, load_packaged
from gpusetup.compat_files.archive import SINGLE, read_files
from gpusetup.compat_files.compact import OTHER_FILES, write_form
from gpusetup.compat_files.updated import (
    CURRENT,
    FILES,
    FORM,
    PREVIOUS,
    Update,
    read_record,
    updated_matrix,
    updates_folder,
    write_record,
)
from gpusetup.matrix.differences import Differences, differences
from gpusetup.matrix.rows import Matrix


@dataclass(frozen=True)
class Installed:
    """What an update did. `update` None: nothing differs, so nothing was installed."""

    before: str  # the date of the data in use until now
    after: str
    differences: Differences
    update: Update | None
    folder: Path


@dataclass(frozen=True)
class Restored:
    """What counts now, and what counted before. None: the packaged data."""

    now: Update | None
    before: Update


def install(
    content: bytes, source: str, sha256: str, today: str, environ: Mapping[str, str]
) -> Installed:
    """Check downloaded data as strictly as our own, keep the old, use the new from now on.

    Raises:
        MatrixErrors: the data has mistakes, or is made for a newer gpusetup.
        UsageError, Refused: it is no archive, not safe, or older than the packaged data.
    """
    files, extends = read_files(content)
    packaged = load_packaged()
    before = updated_matrix(environ, packaged) or packaged
    folder = updates_folder(environ)
    incoming = folder / f"incoming-{os.getpid()}"
    try:
        after = _unpack(files, incoming, packaged if extends else None)
        if after.updated < packaged.updated:
            raise Refused("matrix.update-old", updated=after.updated, packaged=packaged.updated)
        found = differences(before, after)
        update = None
        if found:
            update = Update(
                source, sha256, today, after.updated, extends, packaged.updated, __version__
            )
            _put_in_place(incoming, folder, update)
    except MatrixErrors as error:
        raise _as_named(error, incoming, source) from error
    except OSError as error:
        cause = error.strerror or str(error)
        raise Refused("matrix.update-unwritable", folder=str(folder), cause=cause) from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return Installed(before.updated, after.updated, found, update, folder / CURRENT)


def _as_named(error: MatrixErrors, incoming: Path, source: str) -> MatrixErrors:
    """Mistakes under the name of what was given, not of our copy."""
    here = str(incoming)
    named = (replace(each, file=source) if here in each.file else each for each in error.errors)
    return MatrixErrors(tuple(named))


def _unpack(files: Mapping[str, bytes], incoming: Path, extend: Matrix | None) -> Matrix:
    """Write the files where they can be loaded from; the matrix that they make."""
    target = incoming / FILES
    for name, content in files.items():
        path = target / name
        if path.name in OTHER_FILES:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    target.mkdir(parents=True, exist_ok=True)
    matrix = load_folder(target / SINGLE if extend else target, extend)
    write_form(matrix, incoming / FORM, target)
    return matrix


def _put_in_place(incoming: Path, folder: Path, update: Update) -> None:
    """Two renames: a crash in between leaves the packaged data in use, and nothing lost."""
    write_record(incoming, update)
    if (folder / CURRENT).exists():
        shutil.rmtree(folder / PREVIOUS, ignore_errors=True)
        (folder / CURRENT).rename(folder / PREVIOUS)
    incoming.rename(folder / CURRENT)


def restore(environ: Mapping[str, str]) -> Restored:
    """Back to the update before, else to the packaged data.

    Raises:
        Refused: there is no update to take back, or it cannot be removed.
    """
    folder = updates_folder(environ)
    current = folder / CURRENT
    before = read_record(current)
    if before is None:
        raise Refused("matrix.restore-nothing")
    try:
        shutil.rmtree(current)
        if (folder / PREVIOUS).exists():
            (folder / PREVIOUS).rename(current)
    except OSError as error:
        cause = error.strerror or str(error)
        raise Refused("matrix.update-unwritable", folder=str(folder), cause=cause) from error
    return Restored(read_record(current), before)
