"""What conda and rattler write when they fail, as the one sentence that matters. Pure.

>>> explain("PackagesNotFoundError: The following packages are not available ...\\n  - torhc").code
'conda.package-missing'
"""

from __future__ import annotations

import json
import re

from gpusetup.choice import Reason

# The name of conda's own error, or the words of rattler -> our code. The first that fits counts:
# a full disk also ends in a corrupt package, an unreachable channel in a missing one.
_CAUSES: tuple[tuple[str, str], ...] = (
    (r"NoSpaceLeft|No space left on device|\(os error 28\)|not enough space", "conda.disk-full"),
    (r"Terms of Service have not been accepted|CondaToS\w*Error", "conda.terms"),
    (r"ConfigurationLoadError|LoadError|InvalidTypeValidationError|InvalidTypeError"
     r"|MultiValidationError|Unable to load configuration|ParserError|ScannerError"
     r"|DuplicateKeyError", "conda.condarc"),
    (r"LockError|could not (?:acquire|obtain) .*lock|is locked by|Could not set lock",
     "conda.locked"),
    (r"NoWritable(?:Pkgs|Envs)DirError|EnvironmentNotWritable|NotWritableError"
     r"|Permission denied|\(os error 13\)|Read-only file system", "conda.unwritable"),
    (r"CondaVerificationError|SafetyError|ChecksumMismatch|hash mismatch|corrupt"
     r"|InvalidArchiveError|failed to extract|invalid tar|decompress|unexpected end of file",
     "conda.corrupt"),
    (r"UnavailableInvalidChannel|HTTP 40[34]|\b40[34] (?:NOT FOUND|Not Found|Forbidden)"
     r"|\((?:403|404)[ )]|No such file or directory.*repodata|repodata.*(?:not found|No such file)",
     "conda.channel-missing"),
    (r"CondaHTTPError|CondaSSLError|ProxyError|HTTP 000|CONNECTION FAILED|ConnectionFailed"
     r"|error sending request|dns error|timed? ?out|Connection (?:refused|reset)|\btls\b"
     r"|certificate", "conda.unreachable"),
    (r"__cuda\b", "conda.no-cuda"),
    (r"__glibc\b", "conda.old-glibc"),
    (r"PackagesNotFound|nothing provides requested|No candidates were found for \w",
     "conda.package-missing"),
)  # fmt: skip

_CHANNEL = re.compile(r"(?:https?|file)://[^\s'\"<>)]+")
_PACKAGE = re.compile(
    r"(?:No candidates were found for|nothing provides requested|^\s+- )\s*`?([\w.-]+)",
    re.MULTILINE,
)
_KEPT_LINES = 6


def explain(text: str) -> Reason:
    """The cause, with what it is about and the lines that say so."""
    text = _said(text)
    output = "\n".join(_lines(text)[:_KEPT_LINES])
    for pattern, code in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return Reason(code, {"output": output, **_about(code, text)})
    return Reason("conda.unsolvable", {"output": output})


def _said(text: str) -> str:
    """The words in conda's `--json` answer; another text is as it is."""
    try:
        document = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except ValueError:
        return text
    if not isinstance(document, dict) or "error" not in document:
        return text
    return str(document["error"])


def _about(code: str, text: str) -> dict[str, str]:
    if code in ("conda.channel-missing", "conda.unreachable"):
        found = _CHANNEL.search(text)
        return {"url": found[0].rstrip(".,:") if found else "-"}
    if code == "conda.package-missing":
        package = _PACKAGE.search(text)
        return {"package": package[1] if package else "-"}
    return {}


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
