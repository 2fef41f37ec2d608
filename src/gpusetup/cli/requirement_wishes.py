"""`--requirements FILE`: what the file asks for, where the command line says nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gpusetup.basics.errors import UsageError
from gpusetup.request import Request
from gpusetup.requirement_files import Requirements, read_requirements

_LONGEST = 4 << 20  # bytes


def with_file(request: Request, path: Path, torch_wish: str | None) -> Request:
    """The wishes with those of the file: its torch, its Python, torchvision and torchaudio.

    Args:
        request: what the command line says; it counts more than the file.
        path: the file.
        torch_wish: `--torch` as it was typed; "latest" too counts more than the file.

    Raises:
        UsageError: the file, or one that it includes, cannot be read.
    """
    try:
        whole = str(path.expanduser().absolute())
    except RuntimeError as error:  # a ~user that is not there
        raise UsageError("requirements.unreadable", path=str(path), cause=str(error)) from error
    file = read_requirements(whole, _read)
    return replace(
        request,
        requirements=file,
        torch=request.torch if torch_wish else _readable(file),
        # an environment that is there has its Python
        python=request.python or (None if request.into else file.python),
        packages=tuple(dict.fromkeys((*request.packages, *file.companions))),
    )


def _readable(file: Requirements) -> str | None:
    """The file's wish for torch, if it is one that pip would read."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return file.torch if file.torch and SpecifierSet(file.torch) else None
    except InvalidSpecifier:
        return None


def _read(path: str) -> str:
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_LONGEST + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        cause = error.strerror or str(error)
        raise UsageError("requirements.unreadable", path=path, cause=cause) from error
    except UnicodeDecodeError as error:
        raise UsageError("requirements.unreadable", path=path, cause="not UTF-8") from error
    if len(content) > _LONGEST:
        raise UsageError("requirements.unreadable", path=path, cause="too large")
    return text
