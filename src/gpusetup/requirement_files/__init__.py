"""Somebody's requirements: what a repository wants beside torch, and which torch it asks for. Pure.

torch and all that comes with it is taken out of such a file: which one is installed is decided
for this machine. What the file says of it counts as a wish, and what was left out is told.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Callable, Iterable

from gpusetup.basics.values import dataclass, replace
from gpusetup.basics.versions import Version

COMPANIONS = ("torchvision", "torchaudio")
"""What comes with torch under a version of its own."""

Read = Callable[[str], str]
"""The text of a file. Raises UsageError where there is none."""


@dataclass(frozen=True)
class LeftOut:
    """A line that is not handed on. `cause` ends a code: `requirements.left-out.CAUSE`."""

    text: str
    place: str  # "requirements.txt:3"
    cause: str  # "torch" | "index" | "option" | "channel" | "toolkit"


@dataclass(frozen=True)
class Requirements:
    """A requirements file or an `environment.yml`, with the files that it names."""

    path: str
    lines: tuple[str, ...] = ()  # for pip and uv; local paths are absolute
    constraints: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()  # for conda
    channels: tuple[str, ...] = ()
    torch: str | None = None  # a specifier set, such as "==1.13.1"
    torch_place: str = ""
    companions: tuple[str, ...] = ()  # torchvision and torchaudio, where the file names them
    python: Version | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def needs_conda(self) -> bool:
        """Whether only a conda engine can install it."""
        return bool(self.specs)


def read_requirements(path: str, read: Read) -> Requirements:
    """All that a file asks for, with the files that it includes.

    Raises:
        UsageError: a file is not there, is no text, includes itself or a page of the network.
    """
    from gpusetup.requirement_files.environment_yml import read_environment
    from gpusetup.requirement_files.pip_file import read_pip_file

    if PurePath(path).suffix.lower() in (".yml", ".yaml"):
        return read_environment(path, read)
    return read_pip_file(path, read)


def joined(first: Requirements, others: Iterable[Requirements]) -> Requirements:
    """Several files as one. All that they say of torch must hold; Python is the first one's."""
    for each in others:
        first = replace(
            first,
            lines=first.lines + each.lines,
            constraints=first.constraints + each.constraints,
            torch=",".join(filter(None, (first.torch, each.torch))) or None,
            torch_place=first.torch_place if first.torch else each.torch_place,
            companions=tuple(dict.fromkeys((*first.companions, *each.companions))),
            left_out=first.left_out + each.left_out,
        )
    return first
