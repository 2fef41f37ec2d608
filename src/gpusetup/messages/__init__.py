"""Code and facts -> sentence, in the user's language. Every sentence of the program lives here.

One module per subject holds `SENTENCES`: code -> English text with `{fact}` places. The English
text is the gettext msgid; Chinese stands in `locale/zh_CN/LC_MESSAGES/gpusetup.po`.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Callable, Iterable, Mapping

from gpusetup.basics.errors import Problem
from gpusetup.messages.filling import filled

SUBJECTS = (
    "common",
    "ask",
    "bench",
    "choose",
    "cluster_proof",
    "cluster",
    "completion",
    "detect",
    "doctor",
    "doctor_beside",
    "doctor_building",
    "doctor_cluster",
    "doctor_installing",
    "doctor_how",
    "doctor_machine",
    "doctor_packages",
    "doctor_remedy",
    "doctor_settings",
    "doctor_torch",
    "engine",
    "envs",
    "first",
    "export",
    "help",
    "hosts",
    "into",
    "matrix",
    "matrix_check",
    "mirror_verdicts",
    "mirrors",
    "plan",
    "profile",
    "report",
    "requirements",
    "run",
    "tune",
    "usage",
    "verify",
    "wish",
    "wizard",
)
DOMAIN = "gpusetup"
_HOMES = {"origin": "common", "cause": "common", "step": "plan"}  # else the subject of that name
_SPOKEN = {
    "origin": "origin", "cause": "cause", "ended": "cause", "reason": "cause", "problem": "cause",
    "flavour": "module", "module": "module",
}  # fmt: skip
"""Facts that have words: `cause.no-such-file-or-directory` for what the system says."""

_LISTS = (
    "gpus", "packages", "others", "channels", "owners", "supported", "known", "choices",
    "versions", "served", "names", "branches", "all",
)  # fmt: skip
"""Facts that hold several things with ", " between them: Chinese has a comma of its own there."""

_translated: Callable[[str], str] = str
_language = "en"


def locale_folder() -> Path:
    """Where the compiled catalogues lie."""
    return Path(__file__).parent.parent / "locale"


def use_language(language: str) -> None:
    """Switch all sentences to "en" or "zh"."""
    global _translated, _language
    _language = language
    _translated = _chinese() if language == "zh" else str


def _chinese() -> Callable[[str], str]:
    import gettext

    return gettext.translation(DOMAIN, locale_folder(), languages=["zh_CN"], fallback=True).gettext


def language() -> str:
    """The language in use: "en" or "zh"."""
    return _language


@cache
def sentences() -> dict[str, str]:
    """Every code with its English sentence. A code that stands twice is a mistake (tested)."""
    found: dict[str, str] = {}
    for subject in SUBJECTS:
        found.update(_of_subject(subject))
    return found


def english(code: str) -> str | None:
    """The English sentence of a code, if there is one.

    Looked for where its first word leads to, and only then everywhere: `detect` says one sentence,
    and all subjects together take a tenth of its time.
    """
    first = code.partition(".")[0]
    subject = _HOMES.get(first, first)
    found = _of_subject(subject).get(code) if subject in SUBJECTS else None
    return found or sentences().get(code)


@cache
def _of_subject(subject: str) -> Mapping[str, str]:
    found: Mapping[str, str] = importlib.import_module(f"{__name__}.{subject}").SENTENCES
    return found


def say(code: str, **facts: object) -> str:
    """The sentence of a code in the language in use, with its facts filled in.

    Raises:
        KeyError: no such code, or a fact is missing: a mistake of the caller.
    """
    told = in_language(facts) if _language == "zh" else facts
    spoken = {name: _spoken(name, value) for name, value in told.items()}
    text = english(code)
    if text is None:
        raise KeyError(code)
    return filled(_translated(text), spoken, spaced=_language == "zh")


def in_language(facts: Mapping[str, object]) -> Mapping[str, object]:
    """Facts of data that brings its own Chinese: `note_zh` beside `note`."""
    return {name: facts.get(f"{name}_zh") or value for name, value in facts.items()}


def say_in(other: str, code: str) -> str:
    """A sentence without facts in the language that is not in use."""
    speaker = _chinese() if other == "zh" else str
    return speaker(sentences()[code])


def say_problem(problem: Problem) -> str:
    """One line: where it stands in the text, and what is wrong there."""
    text = say(problem.code, **problem.facts)
    place = {"line": problem.line, "path": problem.path, "text": text}
    if problem.line is None:
        return say("problem" if problem.path else "problem-of-all", **place)
    return say("problem-at" if problem.path else "problem-in-line", **place)


def listed(parts: Iterable[str]) -> str:
    """Several things in one line, with the comma of the language."""
    return say("comma").join(parts)


class Words(str):
    """A fact in the language in use, with the neutral value that it has in JSON."""

    neutral: object

    def __new__(cls, text: str, neutral: object) -> Words:
        made = super().__new__(cls, text)
        made.neutral = neutral
        return made


def _spoken(name: str, value: object) -> object:
    """Problems as lines, several things with commas, an origin or a cause in words."""
    subject = _SPOKEN.get(name)
    code = f"{subject}.{value}".replace(" ", "-").lower()
    if subject and code in _of_subject("common"):
        return say(code)
    if isinstance(value, tuple) and value and isinstance(value[0], Problem):
        return "\n".join(say_problem(each) for each in value)
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        return listed(value)
    if name in _LISTS and isinstance(value, str) and _language == "zh":
        return listed(value.split(", "))
    return value
