"""A host's trouble in words, with the commands that this user can type."""

from __future__ import annotations

import os
import shlex
from typing import Mapping

from gpusetup.messages import say, sentences
from gpusetup.probe.fleet import Asked
from gpusetup.probe.ssh import program_words


def trouble_text(asked: Asked) -> str:
    """What is wrong with this host; empty if it answered."""
    trouble = asked.trouble
    return say(trouble.code, **trouble_facts(asked)) if trouble else ""


def trouble_next(asked: Asked) -> str | None:
    """What to do about it."""
    code = f"{asked.trouble.code}.next" if asked.trouble else ""
    return say(code, **trouble_facts(asked)) if code in sentences() else None


def trouble_facts(asked: Asked) -> Mapping[str, object]:
    """The facts of both sentences."""
    login = shlex.join([*program_words(os.environ), asked.host.target])
    facts = asked.trouble.facts if asked.trouble else {}
    return {
        "forget": shlex.join(["ssh-keygen", "-R", asked.host.short]),
        **facts,
        "host": asked.host.name,
        "target": asked.host.target,
        "login": login,
        "command": f"{login} echo ready",
    }
