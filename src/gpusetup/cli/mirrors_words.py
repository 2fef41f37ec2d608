"""Services, causes and notes about mirrors in words."""

from __future__ import annotations

from typing import Mapping

from gpusetup.basics.redact import without_credentials
from gpusetup.messages import language, say, sentences
from gpusetup.mirrors.catalogue import OFFICIAL, Service
from gpusetup.mirrors.flaws import Flaw, Found


def what_words(service: Service, name: str = "") -> str:
    """ "the channel nvidia"."""
    return say(f"mirrors.what.{service.value}", name=name)


def mirror_words(id: str) -> str:
    """A mirror as it is called on the command line; the source in words."""
    return say("mirrors.official") if id == OFFICIAL else id


def cause_words(cause: str | None, status: int | None = None) -> str:
    """Why something does not serve."""
    return say(f"mirrors.cause.{cause}", status=status)


def reason_words(reason: str, key: str | None) -> str:
    """Why a file cannot be read: our words for a code, else those of the library, in English."""
    code = f"mirrors.reason.{reason}"
    if code in sentences():
        return say(code, key=key)
    return reason if language() == "en" else say("mirrors.reason.syntax")


def flaw_words(found: Found) -> tuple[str, str]:
    """What is wrong, and the repair."""
    value = without_credentials(found.value)
    if found.flaw == Flaw.BROKEN:
        value = reason_words(found.value, found.key or None)
    facts = {"key": found.key, "value": value, "origin": found.origin, "line": found.line}
    code = f"mirrors.flaw.{found.flaw}"
    return say(code, **facts), say(f"{code}.repair", **facts)


def note_words(code: str, facts: Mapping[str, object]) -> str:
    """A note of a selection."""
    said = {name: without_credentials(str(value)) for name, value in facts.items()}
    if "service" in facts:
        said["what"] = what_words(Service(str(facts["service"])), str(facts.get("name", "")))
    if f"mirrors.cause.{facts.get('cause')}" in sentences():
        said["cause"] = cause_words(str(facts["cause"]))
    return say(code, **said)
