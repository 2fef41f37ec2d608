"""A requirements file as pip reads it: includes, constraints, options, requirements. Pure.

What pip documents under "Requirements File Format" counts: a `#` at the start or after a space
begins a comment, a backslash joins lines, options stand on lines of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Iterator

from gpusetup.basics.errors import UsageError
from gpusetup.requirement_files import COMPANIONS, LeftOut, Read, Requirements, joined
from gpusetup.requirement_files.torch_family import (
    canonical,
    holds_torch,
    part_of_torch,
)

_OPTION = re.compile(r"(--?[a-zA-Z][\w-]*)(?:[ =]\s*|\s*$)(.*)")
_NAME = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_WHEEL = re.compile(r"torch-(\d[\w.!]*)(?:(?:\+|%2B)[\w.]+)?-", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://|file:")
_INCLUDES = ("-r", "--requirement")
_CONSTRAINTS = ("-c", "--constraint", "--constraints")
_EDITABLE = ("-e", "--editable")
_PAGES = ("--extra-index-url", "-f", "--find-links")
_INDEXES = ("-i", "--index-url", "--no-index")
_KEPT = ("--no-binary", "--only-binary")  # what uv takes from a file; others it does not know


@dataclass
class _Found:
    """What a file and its includes gave so far."""

    lines: list[str] = field(default_factory=list)
    torch: list[tuple[str, str]] = field(default_factory=list)
    companions: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    included: list[Requirements] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)


def read_pip_file(path: str, read: Read, above: tuple[str, ...] = ()) -> Requirements:
    """One file with all that it includes.

    Raises:
        UsageError: it cannot be read, or includes itself or a page of the network.
    """
    if path in above:
        raise UsageError("requirements.circle", path=path)
    return read_pip_lines(path, logical_lines(read(path)), read, (*above, path))


def read_pip_lines(
    path: str, lines: Iterator[tuple[int, str]], read: Read, above: tuple[str, ...]
) -> Requirements:
    """Lines of a file, also of the `pip:` part of another one."""
    found = _Found()
    for number, line in lines:
        _line(line, f"{PurePath(path).name}:{number}", path, read, above, found)
    versions = [each for each, _ in found.torch if each]
    own = Requirements(
        path, tuple(found.lines), tuple(found.constraints),
        torch=",".join(versions) or None,
        torch_place=next((place for each, place in found.torch if each), ""),
        companions=tuple(dict.fromkeys(found.companions)), left_out=tuple(found.left_out),
    )  # fmt: skip
    return joined(own, found.included)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, joined at backslashes, without comments and empty ones.

    >>> list(logical_lines("a==1 \\\\\\n  --hash=x # why\\n\\n# b\\nc"))
    [(1, 'a==1   --hash=x'), (5, 'c')]
    """
    start, parts = 1, list[str]()
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        start = start if parts else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            parts.append(line[:-1])
            continue
        whole = re.sub(r"(^|\s)#.*", "", "".join((*parts, line))).strip()
        parts = []
        if whole:
            yield start, whole


def _line(
    line: str, place: str, path: str, read: Read, above: tuple[str, ...], found: _Found
) -> None:
    option = _OPTION.fullmatch(line) if line.startswith("-") else None
    if option is None:
        _requirement(line, place, path, found)
        return
    name, value = option[1], option[2].strip().strip("'\"")
    if name in _INCLUDES:
        found.included.append(read_pip_file(_beside(path, value), read, above))
    elif name in _CONSTRAINTS:
        found.constraints += _constraints(_beside(path, value), read, above)
    elif name in _EDITABLE:
        found.lines.append(f"-e {_source(value, path)}")
    elif name in _PAGES and not holds_torch(value):
        found.lines.append(f"{name} {_source(value, path)}")
    elif name in _KEPT and not _names_torch(value):
        found.lines.append(f"{name} {value}")
    else:
        cause = "index" if name in (*_PAGES, *_INDEXES) else "option"
        found.left_out.append(LeftOut(line, place, cause))


def _constraints(path: str, read: Read, above: tuple[str, ...]) -> tuple[str, ...]:
    """Their lines without torch; what they say of torch is not a wish for it."""
    inner = read_pip_file(path, read, above)
    return (*inner.lines, *inner.constraints)


def _requirement(line: str, place: str, path: str, found: _Found) -> None:
    if _ADDRESS.match(line) or re.match(r"[./\\~]|[A-Za-z]:[\\/]", line):
        if _WHEEL.search(PurePath(line).name):
            _torch(f"torch @ {line}", place, found, line)
        else:
            found.lines.append(_source(line, path))
        return
    _check(line, place)
    name = _NAME.match(line)
    known = canonical(name[1]) if name else ""
    if name and known == "torch":
        _torch(name[2], place, found, line)
    elif known in COMPANIONS or part_of_torch(known):
        found.companions += [known] if known in COMPANIONS and _applies(line) else []
        found.left_out.append(LeftOut(line, place, "torch"))
    else:
        found.lines.append(_with_whole_path(line, path))


def _check(line: str, place: str) -> None:
    """A line that is no requirement shows that the file is none, or has a mistake.

    Raises:
        UsageError: with the place and the line.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    bare = re.split(r"\s--", line, maxsplit=1)[0].strip()
    if re.search(r" @ (?![a-z][\w+.-]*://)", bare):
        return  # a local path, which `packaging` does not know
    try:
        Requirement(bare)
    except InvalidRequirement as error:
        raise UsageError("requirements.no-requirement", place=place, line=line) from error


def _torch(rest: str, place: str, found: _Found, line: str) -> None:
    """What is said of torch is a wish, if it is meant for this system."""
    found.left_out.append(LeftOut(line, place, "torch"))
    if _applies(line):
        found.torch.append((_specifiers(rest), place))


def _specifiers(rest: str) -> str:
    """ "==1.13.1+cu117 --hash=..." -> "==1.13.1"; "@ https://.../torch-2.1.0-..." -> "==2.1.0".

    The CUDA that the local part names is chosen for the machine instead.
    """
    wheel = _WHEEL.search(rest)
    if "@" in rest:
        return f"=={wheel[1]}" if wheel else ""
    bare = re.split(r";|\s--", rest, maxsplit=1)[0].strip().strip("()")
    return re.sub(r"\+[\w.]+", "", bare).replace(" ", "")


def _applies(line: str) -> bool:
    """Whether the line's marker, if it has one, holds here. One that cannot be read: yes."""
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    marker = re.split(r"\s--", line, maxsplit=1)[0].partition(";")[2].strip()
    if not marker:
        return True
    try:
        return Marker(marker).evaluate()
    except (InvalidMarker, UndefinedEnvironmentName):
        return True


def _names_torch(value: str) -> bool:
    return any(canonical(each.strip()) in ("torch", *COMPANIONS) for each in value.split(","))


def _with_whole_path(line: str, path: str) -> str:
    """ "mine @ file:./lib" and "mine @ ./lib" with the path from the root on."""
    name, at, place = line.partition(" @ ")
    return f"{name} @ {_source(place, path)}" if at else line


def _source(text: str, path: str) -> str:
    """An address as it is; a local path from the root on, as it is beside the file."""
    if _ADDRESS.match(text) and not re.match(r"file:(?!//)", text):
        return text
    return _beside(path, text.partition("file:")[2] or text)


def _beside(path: str, name: str) -> str:
    """A path as it stands in a file, from the root on.

    Raises:
        UsageError: it is a page of the network.
    """
    if re.match(r"https?://", name):
        raise UsageError("requirements.remote", path=path, url=name)
    return str(PurePath(path).parent / name)
