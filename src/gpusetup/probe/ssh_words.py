"""What ssh's last words mean: one code per cause. Pure.

OpenSSH does not translate its messages; the tests have those of the real servers that they start.
"""

from __future__ import annotations

import re

from gpusetup.probe.conversation import Spoken
from gpusetup.probe.node_block import NodeTrouble, last_words, safe

_SSH_FAILED = 255
_BEHIND_A_JUMP = re.compile(r"UNKNOWN port 65535|stdio forwarding failed")
_FORGET = re.compile(r"ssh-keygen (?:-f \S+ )?-R \S+")
_CAUSES = (
    ("ssh.host-key-changed", r"REMOTE HOST IDENTIFICATION HAS CHANGED|host key .*has changed and"),
    ("ssh.host-key-unknown", r"Host key verification failed|No \S+ host key is known for"),
    ("ssh.unknown-host", r"Could not resolve hostname"),
    ("ssh.refused", r"connect to (?:host|address) .*: Connection refused"),
    ("ssh.unreachable", r"No route to host|Network is unreachable|Host is down"),
    ("ssh.timeout", r"(?:Connection|Operation) timed out|banner exchange"),
    ("ssh.denied", r"Permission denied \(|Too many authentication failures|No supported auth"),
    ("ssh.refused", r"channel \d+: open failed: .*Connection refused"),
    (
        "ssh.configuration",
        r"Bad configuration option|Bad owner or permissions|terminating, \d+ bad",
    ),
    ("ssh.closed", r"Connection (?:closed|reset)|kex_exchange_identification|Broken pipe"),
)


def trouble_of(spoken: Spoken, seconds: float) -> NodeTrouble | None:
    """Why ssh itself failed; None where it did its work and the answer counts.

    Args:
        seconds: how long this host was given.
    """
    if spoken.seconds is None:
        return NodeTrouble("ssh.not-asked")
    if spoken.too_long:
        return NodeTrouble("node.too-long")
    if spoken.exit == _SSH_FAILED:
        return cause_of(spoken.errors)
    if spoken.exit is None:  # we ended it: what it had said may tell more than that
        cause = cause_of(spoken.errors)
        is_told = cause.code not in ("ssh.failed", "ssh.closed")
        return cause if is_told else NodeTrouble("ssh.timeout", {"seconds": round(seconds)})
    return None


def cause_of(errors: str) -> NodeTrouble:
    """The code of what ssh wrote on stderr, after whatever banner.

    A jump host's own failure comes first in the text, and ends with the connection behind it.
    """
    text = errors.replace("\r", "")
    code = next((code for code, pattern in _CAUSES if re.search(pattern, text)), "ssh.failed")
    words = _words(text)
    facts: dict[str, object] = {"words": words}
    if _BEHIND_A_JUMP.search(text):
        return NodeTrouble("ssh.jump", {**facts, "cause": code})
    forget = _FORGET.search(text)
    if code == "ssh.host-key-changed" and forget:  # ssh knows under which name it keeps the key
        facts["forget"] = safe(forget[0])
    return NodeTrouble(code, facts)


def _words(text: str) -> str:
    """The line that says it, without the frame of @ signs and the follow-up."""
    lines = [line for line in text.splitlines() if line.strip("@ ")]
    for _code, pattern in _CAUSES:
        found = [line for line in lines if re.search(pattern, line)]
        if found:
            return last_words(found[0])
    return last_words("\n".join(lines[-1:]))
