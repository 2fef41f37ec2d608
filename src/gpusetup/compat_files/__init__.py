"""The matrix from its files: the packaged one in milliseconds, any YAML with all its mistakes.

`compat/*.yaml` is what people edit. `_generated/matrix` is the same in a form that loads quickly;
it is written by the build, and in a checkout again whenever the YAML was changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Mapping

from gpusetup.basics.errors import UsageError
from gpusetup.compat_files.compact import OTHER_FILES, compat_files, fresh_form, write_form
from gpusetup.compat_files.mistakes import FileError, MatrixErrors
from gpusetup.effects.home_folder import home_to_read
from gpusetup.matrix.rows import Matrix

__all__ = [
    "FileError",
    "MatrixErrors",
    "compat_folder",
    "load_folder",
    "load_packaged",
    "newest",
    "packaged_or_configured",
    "user_matrix_file",
]

_PACKAGE = Path(__file__).parent.parent


def compat_folder() -> Path:
    """The folder of the packaged YAML: in the package, or at the top of a checkout."""
    packaged = _PACKAGE / "compat"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "compat"


def generated_form() -> Path:
    """The quick form, beside the package's code."""
    return _PACKAGE / "_generated" / "matrix"


def load_folder(path: Path, extend: Matrix | None = None) -> Matrix:
    """The matrix of a folder or of one file. With `extend` its rows are added or replace others.

    Raises:
        MatrixErrors: there are mistakes; it holds every one.
    """
    from gpusetup.compat_files import folder  # the YAML half, not needed for the quick form

    return folder.load_folder(path, extend)


def load_packaged() -> Matrix:
    """The matrix that gpusetup came with. A form that does not match its YAML is not used.

    Raises:
        MatrixErrors: a checkout's YAML has mistakes.
    """
    folder, form = compat_folder(), generated_form()
    in_checkout = folder.parent != _PACKAGE
    matrix = fresh_form(form, folder, by_time=in_checkout)
    if matrix is not None:
        return matrix
    loaded = load_folder(folder)
    if in_checkout:
        write_form(loaded, form, folder)
    return loaded


def packaged_or_configured(environ: Mapping[str, str], user_file: Path | None = None) -> Matrix:
    """The matrix that counts for this user.

    GPUSETUP_COMPAT names a folder (used instead of all else, if it has files of the matrix) or a
    file; that file, else the user's own (`user_file`, without it the one in the configuration
    folder), extends and overrides the rows of the packaged matrix, or of a newer one that
    `gpusetup matrix update` installed.

    Raises:
        MatrixErrors: a file has mistakes.
        UsageError: GPUSETUP_COMPAT names nothing that is there.
    """
    named = environ.get("GPUSETUP_COMPAT")
    if named:
        path = Path(named).expanduser()
        if not path.exists():
            raise UsageError("matrix.not-there", path=named)
        if path.is_dir() and not _holds_only_others(path):
            return load_folder(path)
        return newest(environ) if path.is_dir() else load_folder(path, newest(environ))
    own = user_file or user_matrix_file()
    return load_folder(own, newest(environ)) if own.is_file() else newest(environ)


def _holds_only_others(folder: Path) -> bool:
    """Whether a folder has files of other rooms, such as mirrors.yaml, and none of the matrix."""
    return any((folder / name).is_file() for name in OTHER_FILES) and not compat_files(folder)


def newest(environ: Mapping[str, str]) -> Matrix:
    """The packaged matrix, or what `gpusetup matrix update` installed, if that is newer."""
    from gpusetup.compat_files.updated import updated_matrix

    packaged = load_packaged()
    return updated_matrix(environ, packaged) or packaged


def user_matrix_file() -> Path:
    """Where a user's own rows stand: compat.yaml in the configuration folder."""
    if sys.platform.startswith("linux"):  # what platformdirs says, without its 20 ms
        wish = os.environ.get("XDG_CONFIG_HOME") or ""
        base = Path(wish) if wish.startswith("/") else home_to_read() / ".config"
        return base / "gpusetup" / "compat.yaml"
    from platformdirs import user_config_path

    return user_config_path("gpusetup", appauthor=False) / "compat.yaml"
