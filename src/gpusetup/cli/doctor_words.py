"""A finding in words: title, text, remedy, commands. For the screen, the JSON and the bundle."""

from __future__ import annotations

import os

from gpusetup.doctor.check import Finding, Need
from gpusetup.messages import listed, say, sentences
from gpusetup.shells import Shell, command_line
from gpusetup.steps import Command


def title_of(finding: Finding) -> str:
    """One line that names the cause."""
    return say(f"doctor.{finding.id}")


def text_of(finding: Finding) -> str:
    """What it means here; the sentence of its variant where there is one."""
    code = f"doctor.{finding.id}.text"
    own = f"{code}.{finding.variant}"
    return say(own if finding.variant and own in sentences() else code, **finding.facts)


def remedy_of(finding: Finding) -> str | None:
    """What to do, in one or two sentences."""
    remedy = finding.remedy
    return None if remedy is None else say(remedy.code, **remedy.facts)


def needs_of(finding: Finding) -> str | None:
    """What it takes that is not everybody's to give: "administrator, restart"."""
    all_needs = finding.remedy.needs if finding.remedy else ()
    needs = [each for each in all_needs if each is not Need.NETWORK]
    return listed(say(f"doctor.need.{each.value}") for each in needs) if needs else None


def commands_of(finding: Finding) -> tuple[str, ...]:
    """The commands of a remedy as they can be typed."""
    steps = finding.remedy.steps if finding.remedy else ()
    return tuple(_typed(each) for each in steps if isinstance(each, Command))


def _typed(step: Command) -> str:
    return command_line(step.argv, Shell.POWERSHELL if os.name == "nt" else Shell.BASH)
