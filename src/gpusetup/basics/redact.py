"""Text without secrets and without persons: for documents, logs and profiles that are passed on."""

from __future__ import annotations

import re
from typing import Iterable, Mapping

from gpusetup.basics.patterns import pattern

# Greedy on purpose: a password may hold an @ itself, the last one before the host ends it.
_USER_AND_PASSWORD = pattern(r"(?<=://)[^/\s?#]*@")
# A password that should have been percent-encoded: / # ? in it. Digits behind the colon: a port.
_RAW_PASSWORD = pattern(r"(?<=://)[^/\s:@?#\[]+:(?!\d+(?:[/?#]|$))[^\s'\"`<>]*@")
_SECRET_ARGUMENT = pattern(
    r"(?i)([?&][a-z0-9_-]*(?:token|secret|password|passwd|pwd|key|signature|sig|credential)=)[^&\s#]*"
)
_CONDA_TOKEN = pattern(r"(://[^\s/]+(?:/[^\s/]+)*?/t/)[^\s/'\"`<>]+")
_UUID = pattern(r"(?i)\b(GPU|MIG)-(?:GPU-)?[0-9a-f]{4,8}(?:-[0-9a-f]{4,12})*(?:/\d+/\d+)?")
_BARE_UUID = pattern(r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_HOME = pattern(r"(?i)(?:/home|/Users|[A-Z]:[\\/]Users)[\\/][^\\/\s:;,'\"]+|(?<![\w.~/])/root\b")


def without_credentials(text: str) -> str:
    """ "https://me:secret@mirror/simple?token=1" -> "https://mirror/simple?token=***"."""
    if "://" not in text and "=" not in text:  # most words: this is asked very often
        return text
    text = _RAW_PASSWORD.sub("", _USER_AND_PASSWORD.sub("", text))
    return _CONDA_TOKEN.sub(r"\1***", _SECRET_ARGUMENT.sub(r"\1***", text))


def without_uuids(text: str) -> str:
    """ "GPU-5b6f..." -> "GPU-UUID": which kind of device it was stays visible."""
    return _BARE_UUID.sub("UUID", _UUID.sub(r"\1-UUID", text))


def without_persons(text: str, home: str | None, names: Iterable[str] = ()) -> str:
    """Home folders become `~`; names (of users, of hosts) that stand alone become `***`."""
    if home and len(home) > 1:
        text = re.sub(rf"{re.escape(home)}(?![^\\/\s:;,])", "~", text)
    text = _HOME.sub("~", text)
    for name in names:
        if name:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "***", text)
    return text


_TOKENS = pattern(
    r"\b(?:hf_\w{12,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{12,}|sk-[\w-]{16,}|xox[abprs]-[\w-]{8,}"
    r"|AKIA[0-9A-Z]{12,}|pypi-[\w-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
)
_NAMED_SECRET = pattern(
    r"(?i)\b([\w-]*(?:token|password|passwd|secret|api[_-]?key|access[_-]?key|credential)[\w-]*"
    r"[\"']?\s{0,3}[=:]\s{0,3}[\"']?|\b(?:bearer|basic)\s+|--password[ =])(?!\s)[^\s\"'&,;]{4,}"
)


def without_tokens(text: str) -> str:
    """ "HF_TOKEN=hf_abc..." -> "HF_TOKEN=***": access keys, by their looks or by their names."""
    return _NAMED_SECRET.sub(r"\1***", _TOKENS.sub("***", text))


_SECRET_LINE = pattern(
    r"^([ +-]?\s*(?:#\s*)?(?:export\s+)?-?\s*['\"]?[\w.-]*"
    r"(?:password|passwd|token|secret|api[_-]?key)[\w.-]*['\"]?\s*[:=]\s*)\S.*$",
    re.IGNORECASE | re.MULTILINE,
)
_BARE_LOGIN = pattern(r"(?<![\w/@.-])[\w.+-]+:[^\s@/'\"]+@(?=[\w.-]+)")


def safe_diff(text: str, secrets: Iterable[str] = ()) -> str:
    """Lines of somebody's files as they may be shown: no password, no token, however it is kept."""
    text = _SECRET_LINE.sub(r"\1***", without_secrets(text, secrets))
    return without_tokens(_BARE_LOGIN.sub("***@", text))


_SECRET_NAME = pattern(
    r"TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|(?:API|ACCESS|PRIVATE)_?KEY|CREDENTIAL|_PAT$",
    re.IGNORECASE,
)
_NAME_OF_A_PLACE = pattern(r"(?:FILE|DIR|PATH|HOME|FOLDER)$", re.IGNORECASE)


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Values of environment variables whose names say that they are secret."""
    return tuple(
        value
        for name, value in environ.items()
        if _SECRET_NAME.search(name) and not _NAME_OF_A_PLACE.search(name) and len(value) >= 8
    )


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """No credentials in URLs, and no known secret wherever it stands."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return without_credentials(text)
