"""What becomes of somebody's requirements: what was left out, and where another torch comes."""

from __future__ import annotations

from typing import Iterator

from gpusetup.basics.redact import without_credentials
from gpusetup.choosing.choice import Reason
from gpusetup.matrix.rows import Build
from gpusetup.request import Request
from gpusetup.requirement_files import Requirements


def requirement_warnings(request: Request, build: Build) -> Iterator[Reason]:
    """What to know of the file before agreeing."""
    file = request.requirements
    if file is None:
        return
    if file.torch and not _meets(file.torch, build):
        facts = {"place": file.torch_place, "wish": file.torch, "torch": str(build.torch)}
        yield Reason("requirements.other-torch", facts)
    yield from _left_out(file)


def _meets(wish: str, build: Build) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(wish).contains(str(build.torch), prereleases=True)
    except InvalidSpecifier:
        return True


def _left_out(file: Requirements) -> Iterator[Reason]:
    """One warning for each cause, with the lines."""
    for cause in dict.fromkeys(each.cause for each in file.left_out):
        lines = [
            f"`{without_credentials(each.text)}`" for each in file.left_out if each.cause == cause
        ]
        facts = {"path": file.path, "lines": ", ".join(lines)}
        yield Reason(f"requirements.left-out.{cause}", facts)
