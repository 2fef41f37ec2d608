"""A finding in words: title, text, evidence, remedy, commands. For screen, JSON and bundle.

Facts are filled in, secrets are taken out; a fact that a text did not tell makes no error.
"""

from __future__ import annotations

import os
import re
from typing import Mapping

from gpusetup.basics.redact import without_credentials, without_tokens
from gpusetup.doctor.check import Finding, Need
from gpusetup.messages import language, listed, say, sentences
from gpusetup.shells import Shell, command_line
from gpusetup.steps import Command

_UNKNOWN = ("?", "-", "")


def title(finding_id: str) -> str:
    """What a finding of this id is, in a few words."""
    return say(f"doctor.{finding_id}")


def title_of(finding: Finding) -> str:
    """One line that names the cause."""
    own = f"doctor.{finding.id}.title.{finding.variant}"
    return say(own) if finding.variant and own in sentences() else title(finding.id)


def text_of(finding: Finding) -> str:
    """What it means here; the sentence of its variant where there is one."""
    base = f"doctor.{finding.id}.text"
    own = f"{base}.{finding.variant}"
    code = own if finding.variant and own in sentences() else base
    unknown = f"{base}.unknown"
    if unknown in sentences() and _lacks(code, finding.facts):
        code = unknown
    return _spoken(code, finding.facts)


def evidence_of(finding: Finding) -> tuple[str, ...]:
    """The user's own words, without what is secret."""
    return tuple(map(_clean, finding.evidence))


def remedy_of(finding: Finding) -> str | None:
    """What to do, in one or two sentences."""
    remedy = finding.remedy
    return None if remedy is None else _spoken(remedy.code, remedy.facts)


def needs_of(finding: Finding) -> str | None:
    """What it takes that is not everybody's to give: "administrator, restart"."""
    all_needs = finding.remedy.needs if finding.remedy else ()
    needs = [each for each in all_needs if each is not Need.NETWORK]
    return listed(say(f"doctor.need.{each.value}") for each in needs) if needs else None


def commands_of(finding: Finding) -> tuple[str, ...]:
    """The commands of a remedy as they can be typed."""
    steps = finding.remedy.steps if finding.remedy else ()
    return tuple(_clean(_typed(each)) for each in steps if isinstance(each, Command))


def _typed(step: Command) -> str:
    return command_line(step.argv, Shell.POWERSHELL if os.name == "nt" else Shell.BASH)


def _lacks(code: str, facts: Mapping[str, object]) -> bool:
    return any(str(facts.get(name, "?")) in _UNKNOWN for name in _places(code))


def _places(code: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", sentences()[code].replace("{{", "")))


def _spoken(code: str, facts: Mapping[str, object]) -> str:
    known = {name: _clean(facts.get(name, "?")) for name in _places(code)}
    if code.endswith(".config-broken.text") and language() == "zh":
        known["error"] = _parser_words(known["error"])
    return say(code, **known)


def _parser_words(error: str) -> str:
    """What a parser complains about, in English, in our words."""
    twice = re.fullmatch(r"(\S+) twice", error)
    return say("mirrors.reason.key-twice", key=twice[1]) if twice else say("mirrors.reason.syntax")


def _clean(value: object) -> str:
    if isinstance(value, tuple):
        return listed(map(_clean, value))
    return without_tokens(without_credentials(str(value)))
