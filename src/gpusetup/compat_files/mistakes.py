"""What is wrong in matrix files: each mistake with its place, and all of them as one error."""

from __future__ import annotations

from typing import Mapping

from gpusetup.basics.errors import UsageError
from gpusetup.basics.values import dataclass, field


@dataclass(frozen=True)
class FileError:
    """One mistake in a file. `path` is the place in the document: `releases."2.15.0".date`."""

    file: str
    line: int  # from 1; 0: the file as a whole
    path: str
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


class MatrixErrors(UsageError):
    """The mistakes of matrix files, all of them."""

    def __init__(self, errors: tuple[FileError, ...]) -> None:
        super().__init__("matrix.errors", count=len(errors), file=errors[0].file)
        self.errors = errors
