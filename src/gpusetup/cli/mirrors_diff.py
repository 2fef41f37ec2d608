"""What a file loses and gets, as lines that may be shown: no password, no token."""

from __future__ import annotations

import os
from difflib import unified_diff
from typing import Iterable

from gpusetup.basics.redact import safe_diff, secrets_of
from gpusetup.mirrors.merging import decoded

_CONTEXT = 2


def diff(path: str, old: bytes | None, new: bytes | None) -> str:
    """A unified diff; empty where nothing changes."""
    before, after = (_shown(each) for each in (old, new))
    lines = unified_diff(
        before, after, path if old is not None else "/dev/null",
        path if new is not None else "/dev/null", n=_CONTEXT, lineterm="",
    )  # fmt: skip
    return safe_diff("\n".join(_plain(lines)), secrets_of(os.environ))


def _shown(content: bytes | None) -> list[str]:
    lines = decoded(content or b"").text.split("\n")
    return lines[:-1] if not lines[-1] else lines


def _plain(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line.encode("utf-8", "replace").decode("utf-8")
