"""What a file loses and gets, as lines that may be shown: no password, no token."""

from __future__ import annotations

import os
import re
from difflib import unified_diff
from typing import Iterable

from gpusetup.mirrors.merging import decoded
from gpusetup.redact import secrets_of, without_secrets

_CONTEXT = 2
_SECRET_KEY = re.compile(
    r"^([ +-]\s*-?\s*['\"]?[\w.-]*(?:password|passwd|token|secret|api[_-]?key)[\w.-]*['\"]?"
    r"\s*[:=]\s*)\S.*$",
    re.IGNORECASE | re.MULTILINE,
)
_BARE_LOGIN = re.compile(r"(?<![\w/@.-])[\w.+-]+:[^\s@/'\"]+@(?=[\w.-]+)")


def diff(path: str, old: bytes | None, new: bytes | None) -> str:
    """A unified diff; empty where nothing changes."""
    before, after = (_shown(each) for each in (old, new))
    lines = unified_diff(
        before, after, path if old is not None else "/dev/null",
        path if new is not None else "/dev/null", n=_CONTEXT, lineterm="",
    )  # fmt: skip
    return _safe("\n".join(_plain(lines)))


def _shown(content: bytes | None) -> list[str]:
    lines = decoded(content or b"").text.split("\n")
    return lines[:-1] if not lines[-1] else lines


def _plain(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line.encode("utf-8", "replace").decode("utf-8")


def _safe(text: str) -> str:
    text = without_secrets(text, secrets_of(os.environ))
    return _BARE_LOGIN.sub("***@", _SECRET_KEY.sub(r"\1***", text))
