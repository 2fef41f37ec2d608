"""The matrix from its files: the packaged one in milliseconds, any YAML with all its mistakes.

`compat/*.yaml` is what people edit. `_generated/matrix` is the same in a form that loads quickly;
it is written by the build, and in a checkout again whenever the YAML was changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from gpusetup.errors import UsageError
from gpusetup.matrix import Matrix
from gpusetup.matrix_file.compact import fresh_form, write_form
from gpusetup.matrix_file.mistakes import FileError, MatrixErrors

__all__ = [
    "FileError",
    "MatrixErrors",
    "compat_folder",
    "load_folder",
    "load_packaged",
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
    from gpusetup.matrix_file import folder  # the YAML half, not needed for the quick form

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

    GPUSETUP_COMPAT names a folder (used instead of the packaged one) or a file; that file, else
    the user's own, extends and overrides the packaged rows.

    Raises:
        MatrixErrors: a file has mistakes.
        UsageError: GPUSETUP_COMPAT names nothing that is there.
    """
    named = environ.get("GPUSETUP_COMPAT")
    if named:
        path = Path(named).expanduser()
        if not path.exists():
            raise UsageError("matrix.not-there", path=named)
        return load_folder(path) if path.is_dir() else load_folder(path, load_packaged())
    if user_file is not None and user_file.is_file():
        return load_folder(user_file, load_packaged())
    return load_packaged()


def user_matrix_file() -> Path:
    """Where a user's own rows stand: compat.yaml in the configuration folder."""
    from platformdirs import user_config_path

    return user_config_path("gpusetup", appauthor=False) / "compat.yaml"
