"""`gpusetup matrix`: read, question and refresh the compatibility data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Mapping, Optional

import typer

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.cli.matrix_check import check
from gpusetup.messages import say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.basics.versions import Capability, Version
    from gpusetup.matrix.rows import Matrix
    from gpusetup.matrix.subjects import Subject

_PLATFORMS = "linux-x86_64|linux-aarch64|windows-x86_64|macos-arm64|macos-x86_64"
_ORIGINS = "pypi|wheel-index|conda-forge|pytorch"


def list_releases(
    torch: Optional[str] = typer.Option(
        None, "--torch", metavar="SPEC", help=say("help.matrix.option.torch")
    ),
    platform: Optional[str] = typer.Option(
        None, "--platform", metavar=_PLATFORMS, help=say("help.matrix.option.platform")
    ),
    gpu: Optional[str] = typer.Option(
        None, "--gpu", metavar="NAME", help=say("help.matrix.option.gpu")
    ),
    driver: Optional[str] = typer.Option(
        None, "--driver", metavar="VERSION", help=say("help.matrix.option.driver")
    ),
    origin: Optional[str] = typer.Option(
        None, "--origin", metavar=_ORIGINS, help=say("help.matrix.option.origin")
    ),
    picture: bool = typer.Option(False, "--picture", help=say("help.matrix.option.picture")),
) -> int:
    """Texts: `help.matrix.list` and its parts."""
    from gpusetup.choosing.queries import Filters, releases
    from gpusetup.cli.wish_values import origin_named, torch_specifier

    matrix, where = _matrix(), _platform(platform)
    if picture:
        return _picture(matrix, where)
    filters = Filters(
        torch=torch_specifier(torch),
        origin=origin_named(origin),
        capabilities=_capabilities(gpu, matrix) if gpu else (),
        driver=_driver(driver) if driver else None,
    )
    found = releases(matrix, where, filters)
    if found is None:
        raise UsageError("wish.torch", text=torch)
    if session().json:
        from gpusetup.cli.matrix_documents import list_document
        from gpusetup.envelope import emit

        emit(list_document(matrix, where, filters, found))
    else:
        from gpusetup.cli.matrix_screen import show_releases

        show_releases(matrix, where, found)
    return Exit.OK


def _picture(matrix: Matrix, platform: str) -> int:
    from gpusetup.choosing.queries import CUDA_PLATFORMS, picture
    from gpusetup.terminal import show

    if platform not in CUDA_PLATFORMS and not session().json:
        show.paragraph(say("matrix.picture-cuda-only", platform=platform))
        return Exit.OK
    with show.awaiting(say("matrix.picture-looking")):
        rows = picture(matrix, platform)
    if session().json:
        from gpusetup.cli.matrix_documents import picture_document
        from gpusetup.envelope import emit

        emit(picture_document(matrix, platform, rows))
    else:
        from gpusetup.cli.matrix_screen import show_picture

        show_picture(platform, rows)
    return Exit.OK


def show_subject(
    what: list[str] = typer.Argument(..., metavar="WHAT", help=say("help.matrix.show.what")),
    platform: Optional[str] = typer.Option(
        None, "--platform", metavar=_PLATFORMS, help=say("help.matrix.option.platform")
    ),
) -> int:
    """Texts: `help.matrix.show` and its parts."""
    matrix = _matrix()
    subject = _subject(" ".join(what), matrix)
    where = _platform(platform)
    if session().json:
        from gpusetup.cli.matrix_documents import subject_document
        from gpusetup.envelope import emit

        emit(subject_document(matrix, where, subject))
    else:
        from gpusetup.cli.matrix_show import show

        show(matrix, where, subject)
    return Exit.OK


def why(
    what: list[str] = typer.Argument(..., metavar="TORCH", help=say("help.matrix.why.what")),
    machine: Optional[Path] = typer.Option(
        None, "--machine", metavar="FILE", help=say("help.matrix.why.machine")
    ),
) -> int:
    """Texts: `help.matrix.why` and its parts."""
    from gpusetup.choosing.choice import Choice
    from gpusetup.choosing.queries import judged
    from gpusetup.cli import deciding
    from gpusetup.cli.wish_values import torch_specifier
    from gpusetup.request import Request

    words = " ".join(what)
    specifier = torch_specifier(words)
    if specifier is None:
        raise UsageError("matrix.why-torch", text=words)
    request = Request(torch=specifier)
    known = deciding.know(deciding.look(machine), request, simulated=machine is not None)
    answer = judged(known.machine, request, known.matrix, known.sources)
    if session().json:
        from gpusetup.cli.matrix_documents import why_document
        from gpusetup.envelope import emit

        emit(why_document(known.matrix, specifier, answer))
    else:
        from gpusetup.cli.matrix_screen import show_why

        show_why(answer)
    return Exit.OK if isinstance(answer.decision, Choice) else Exit.REFUSED


def update(
    file: Optional[str] = typer.Argument(
        None, metavar="FILE|URL", help=say("help.matrix.update.file")
    ),
    sha256: Optional[str] = typer.Option(
        None, "--sha256", metavar="HEX", help=say("help.matrix.update.sha256")
    ),
    restore: bool = typer.Option(False, "--restore", help=say("help.matrix.update.restore")),
) -> int:
    """Texts: `help.matrix.update` and its parts."""
    from gpusetup.cli import matrix_updating

    if restore:
        if file is not None or sha256 is not None:
            raise UsageError("matrix.update-with-restore")
        return matrix_updating.take_back()
    if file is None:
        raise UsageError("matrix.update-needs-file")
    return matrix_updating.update(file, sha256)


COMMANDS: Mapping[str, Callable[..., int]] = {
    "list": list_releases,
    "show": show_subject,
    "why": why,
    "check": check,
    "update": update,
}


def _matrix() -> Matrix:
    from gpusetup.compat_files import packaged_or_configured

    return packaged_or_configured(os.environ)


def _platform(wish: str | None) -> str:
    """The platform that was named, else this machine's.

    Raises:
        UsageError: torch is made for no such platform.
    """
    from gpusetup.choosing.queries import PLATFORMS

    if wish is not None:
        if wish not in PLATFORMS:
            raise UsageError("matrix.platform", platform=wish, known=", ".join(PLATFORMS))
        return wish
    from gpusetup.machine import Machine
    from gpusetup.probe.host import read_system
    from gpusetup.probe.world import World

    system = read_system(World(os.environ))
    return Machine(system.os, system.arch).platform


def _driver(text: str) -> Version:
    from gpusetup.basics.versions import Version

    version = Version.told(text.strip().lower().removeprefix("r"))
    if version is None or version.major < 100:
        raise UsageError("matrix.driver", text=text)
    return version


def _capabilities(text: str, matrix: Matrix) -> tuple[Capability, ...]:
    from gpusetup.matrix.subjects import Unclear, Unknown, read_capabilities

    found = read_capabilities(text, matrix)
    if isinstance(found, (Unclear, Unknown)):
        raise _not_clear(text, found)
    return found


def _subject(text: str, matrix: Matrix) -> Subject:
    from gpusetup.matrix.subjects import Unclear, Unknown, read_subject

    found = read_subject(text, matrix)
    if isinstance(found, (Unclear, Unknown)):
        raise _not_clear(text, found)
    return found


def _not_clear(text: str, found: object) -> UsageError:
    """Several things are called so, or none: with the words that would do."""
    from gpusetup.matrix.subjects import Unclear, Unknown

    if isinstance(found, Unclear):
        return UsageError("matrix.unclear", text=text, candidates=tuple(found.candidates))
    if isinstance(found, Unknown) and found.near:
        return UsageError("matrix.unknown-near", text=text, near=tuple(found.near))
    return UsageError("matrix.unknown", text=text)
