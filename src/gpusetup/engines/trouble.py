"""What conda and rattler write when they fail, as the one sentence that matters. Pure.

>>> explain("PackagesNotFoundError: The following packages are not available ...\\n  - torhc").code
'conda.package-missing'
"""

from __future__ import annotations

import json
import re

from gpusetup.choosing.choice import Reason
from gpusetup.engines.conflict import read_conflict

# The name of conda's own error, or the words of rattler -> our code. The first that fits counts:
# a full disk also ends in a corrupt package, an unreachable channel in a missing one.
_CAUSES: tuple[tuple[str, str], ...] = (
    (r"NoSpaceLeft|No space left on device|\(os error 28\)|not enough space|Disk quota exceeded"
     r"|\(os error 122\)", "conda.disk-full"),
    (r"Terms of Service have not been accepted|CondaToS\w*Error", "conda.terms"),
    (r"ConfigurationLoadError|LoadError|InvalidTypeValidationError|InvalidTypeError"
     r"|MultiValidationError|CustomValidationError|MultipleKeysError|Unable to load configuration"
     r"|ParserError|ScannerError|DuplicateKeyError", "conda.condarc"),
    (r"No locks available|lock\b.*\(os error (?:37|38|95)\)", "conda.without-locks"),
    (r"LockError|could not (?:acquire|obtain) .*lock|is locked by|Could not set lock|Cannot lock '"
     r"|LockFile", "conda.locked"),
    (r"NoWritable(?:Pkgs|Envs)DirError|EnvironmentNotWritable|NotWritableError"
     r"|Unable to create prefix directory|Permission denied|\(os error 13\)|Read-only file system",
     "conda.unwritable"),
    (r"tunnel error: unexpected end of file", "conda.unreachable"),  # a proxy that hangs up
    (r"CondaVerificationError|SafetyError|ChecksumMismatch|hash mismatch|corrupt"
     r"|InvalidArchiveError|EOFError|end-of-stream marker|failed to extract|invalid tar|decompress"
     r"|unexpected end of file",
     "conda.corrupt"),
    (r"HTTP 407|\b407 Proxy|\(407[ )]|Proxy Authentication Required", "conda.proxy"),
    (r"HTTP 401|\b401 Unauthorized|\(401[ )]|status:? 401|AuthenticationError", "conda.login"),
    (r"HTTP 403|\b403 Forbidden|\(403[ )]|status:? 403", "conda.forbidden"),
    (r"UnavailableInvalidChannel|HTTP 404|\b404 Not Found|\(404[ )]|status:? 404"
     r"|No such file or directory.*repodata|repodata.*(?:not found|No such file)",
     "conda.channel-missing"),
    (r"CondaHTTPError|CondaSSLError|Download error \(\d+\)|ProxyError|HTTP 000|CONNECTION FAILED"
     r"|ConnectionFailed|error sending request|dns error|timed? ?out|Connection (?:refused|reset)"
     r"|\btls\b|certificate", "conda.unreachable"),
    (r"__cuda\b", "conda.no-cuda"),
    (r"__glibc\b", "conda.old-glibc"),
    (r"PackagesNotFound|nothing provides requested|No candidates were found for \w",
     "conda.package-missing"),
)  # fmt: skip

_CHANNEL = re.compile(r"(?:https?|file)://[^\s'\"<>)]+")
_PACKAGE = re.compile(
    r"(?:No candidates were found for|nothing provides requested|^\s+- )\s*`?(?P<name>[\w.-]+)"
    r"(?P<version>[^\n,;]*)",
    re.MULTILINE,
)
_ABOUT_AN_ADDRESS = frozenset(
    f"conda.{each}" for each in ("channel-missing", "unreachable", "forbidden", "login", "proxy")
)
_FILE = re.compile(r"(?:declared in|path:|configuration file \(?) ?(?P<path>(?!<<)[^\s)]+)")
_KEPT_LINES = 6


def explain(text: str) -> Reason:
    """The cause, with what it is about and the lines that say so."""
    text = _said(text)
    output = "\n".join(_telling(_lines(text)))
    for pattern, code in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return Reason(code, {"output": output, **_about(code, text)})
    found = read_conflict(text)
    if found is None:
        return Reason("conda.unsolvable", {"output": output})
    return Reason("conda.conflict", {"output": output, **vars(found)})


def _said(text: str) -> str:
    """The words in the `--json` answer of conda or mamba; another text is as it is."""
    try:
        document = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except ValueError:
        return text
    if not isinstance(document, dict):
        return text
    several = document.get("solver_problems") or document.get("errors")
    if isinstance(several, list):
        said = (each.get("error") if isinstance(each, dict) else each for each in several)
        return "\n".join(str(each) for each in said if each != "()")
    return str(document.get("error", text))


def _about(code: str, text: str) -> dict[str, str]:
    if code in _ABOUT_AN_ADDRESS:
        found = _CHANNEL.search(text)
        return {"url": found[0].rstrip(".,:])") if found else "-", "cause": _deepest(text)}
    if code == "conda.condarc":
        file = _FILE.search(text)
        return {"path": file["path"] if file else "~/.condarc"}
    if code == "conda.package-missing":
        package = _PACKAGE.search(text)
        return {"package": _spec(package["name"], package["version"]) if package else "-"}
    return {}


def _deepest(text: str) -> str:
    """rattler's last "Caused by", or what the first line says behind the error's name."""
    causes = re.findall(r"^Caused by: (.+)$", text, re.MULTILINE)
    first = (causes or _lines(text) or ["-"])[-1 if causes else 0]
    return re.sub(r"^(?:\w*(?:Error|Exception): |(?:critical|error)\s+libmamba )", "", first)


def _spec(name: str, version: str) -> str:
    """ "torhc", " *." -> "torhc"; "numpy", " 1.0.*." -> "numpy 1.0.*"."""
    return f"{name}{version.rstrip(' .`')}".removesuffix(" *")


def _telling(lines: list[str]) -> list[str]:
    """The first lines; of rattler's chain of causes only the last, which is the reason."""
    causes = [line for line in lines if line.startswith("Caused by: ")]
    if not causes:
        return lines[:_KEPT_LINES]
    return [line for line in lines if line not in causes][:2] + causes[-1:]


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
