"""An environment's files for another place: installers write its path into hundreds of them. Pure.

Texts get the new path, in the quoting that they use; first lines of scripts stay within what the
system can start; compiled files that conda has patched get it with the length kept.

>>> in_text(b"#!/e/cola/bin/python\\nprint('/e/cola2')\\n", "/e/cola", "/e/copy")
b"#!/e/copy/bin/python\\nprint('/e/cola2')\\n"
"""

from __future__ import annotations

import json
import re
from typing import Callable, Iterable

_LONGEST_FIRST_LINE = 127  # what every Linux kernel takes
_BOUNDARY = rb"(?![\w.-])"  # /envs/cola is not the start of /envs/cola2


def _plain(path: str) -> str:
    return path


def _quoted_by_uv(path: str) -> str:
    return path.replace("'", "'\"'\"'")


def _quoted_by_us(path: str) -> str:
    return path.replace("'", "'\\''")


def _quoted_for_fish(path: str) -> str:
    return path.replace("\\", "\\\\").replace("'", "\\'")


def _escaped(path: str) -> str:
    return json.dumps(path)[1:-1]


def _in_address(path: str) -> str:
    """As it stands in `file://` addresses."""
    safe = rb"[^A-Za-z0-9/._~-]"
    return re.sub(safe, lambda found: b"%%%02X" % found[0][0], path.encode()).decode()


_WRITINGS: tuple[Callable[[str], str], ...] = (
    _plain, _quoted_by_uv, _quoted_by_us, _quoted_for_fish, _escaped, _in_address,
)  # fmt: skip


def in_text(content: bytes, old: str, new: str) -> bytes:
    """A text with the new path for the old one, however it is quoted there."""
    first, newline, rest = content.partition(b"\n")
    head = _first_line(first, old, new)
    return (head or _replaced(first, old, new)) + newline + _replaced(rest, old, new)


def _replaced(content: bytes, old: str, new: str) -> bytes:
    for write in _writings_of(old):
        pattern = re.escape(write(old).encode()) + _BOUNDARY
        target = write(new).encode()
        content = re.sub(pattern, lambda _found, target=target: target, content)  # type: ignore[misc]
    return content


def _writings_of(path: str) -> Iterable[Callable[[str], str]]:
    """The quotings that make a difference for a path; the plain one first."""
    seen = set()
    for write in _WRITINGS:
        if write(path) not in seen:
            seen.add(write(path))
            yield write


def _first_line(line: bytes, old: str, new: str) -> bytes | None:
    """`#!OLD/bin/python`: a path with a space, or a long one, cannot stand there."""
    found = re.match(rb"#!" + re.escape(old.encode()) + rb"(/[^\s]*)(.*)$", line)
    if not found:
        return None
    program = new.encode() + found[1]
    direct = b"#!" + program + found[2]
    if b" " not in program and len(direct) <= _LONGEST_FIRST_LINE:
        return direct
    name = found[1].rpartition(b"/")[2]
    if not name.startswith(b"python"):
        return b"#!/usr/bin/env " + name
    # sh starts the interpreter; Python takes these lines for a string. uv and pip do the same.
    words = found[2].strip()
    command = b"'''exec' '" + _quoted_by_us(program.decode()).encode() + b"'"
    return b"#!/bin/sh\n" + command + (b" " + words if words else b"") + b' "$0" "$@"\n' + b"' '''"


def in_activation(content: bytes, name: str, old: str, new: str) -> bytes:
    """A script that activates an environment: the path is quoted as it was there."""
    if name.endswith((".bat", ".ps1", ".py")):
        return in_text(content, old, new)

    def quoted(found: re.Match[bytes]) -> bytes:
        if found[1] == b"'":
            return b"'" + _quoted_by_uv(new).encode()
        if found[1] == b'"':
            return b'"' + re.sub(r'([\\"$`])', r"\\\1", new).encode()
        plain = re.fullmatch(r"[\w./+@%:,=-]+", new)
        return new.encode() if plain else f"'{_quoted_by_uv(new)}'".encode()

    for write in _writings_of(old):
        pattern = rb"(['\"]?)" + re.escape(write(old).encode()) + _BOUNDARY
        content = re.sub(pattern, quoted, content)
    return content


def with_prompt(content: bytes, old: str, new: str) -> bytes:
    """The name that a shell shows: in `pyvenv.cfg`, in the scripts of uv, virtualenv and ours."""
    name = re.escape(old.encode())
    plain = re.compile(rb"^(prompt = )" + name + rb"$")
    quoted = re.compile(rb"(['\"]x?|PROMPT=)" + name + rb"(?=['\"])")
    about = re.compile(rb"(?i)prompt|_DEFAULT_ENV|\"x|^\s*'" + name + rb"'$")
    lines = content.split(b"\n")
    for number, line in enumerate(lines):
        if about.search(line):
            line = plain.sub(lambda found: found[1] + new.encode(), line)
            lines[number] = quoted.sub(lambda found: found[1] + new.encode(), line)
    return b"\n".join(lines)


def in_binary(content: bytes, old: str, new: str, longest: int) -> bytes:
    """A compiled file that conda has patched: every string keeps its length.

    longest: the length of the path that the package was made with; there is room for that much.

    Raises:
        ValueError: the new path is longer than that.
    """
    there, here = old.encode(), new.encode()
    if len(here) > longest:
        raise ValueError(f"longer than {longest}")

    def patched(found: re.Match[bytes]) -> bytes:
        text = found[1].replace(there, here)
        return text + b"\0" * (len(found[0]) - len(text))

    pattern = rb"(" + re.escape(there) + _BOUNDARY + rb"[^\0]*)\0+"
    return re.sub(pattern, patched, content)


def is_text(content: bytes) -> bool:
    """Whether a file may be changed as a text."""
    return b"\0" not in content


def in_link(target: str, old: str, new: str) -> str:
    """Where a link leads: into the new place, if it led into the old one."""
    inside = target == old or target.startswith(f"{old}/")
    return new + target[len(old) :] if inside else target
