"""Code and facts -> sentence, in the user's language. Every sentence of the program lives here.

One module per subject holds `SENTENCES`: code -> English text with `{fact}` places. The English
text is the gettext msgid; Chinese stands in `locale/zh_CN/LC_MESSAGES/gpusetup.po`.
"""

from __future__ import annotations

import gettext
import importlib
from functools import cache
from pathlib import Path
from typing import Iterable, Mapping

from gpusetup.errors import Problem

LANGUAGES = ("en", "zh")
SUBJECTS = (
    "common",
    "ask",
    "bench",
    "choose",
    "detect",
    "doctor",
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
    "help",
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
)
DOMAIN = "gpusetup"
_SPOKEN = {"origin": "origin", "cause": "cause", "ended": "cause"}  # facts that have words

_translation: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def locale_folder() -> Path:
    """Where the compiled catalogues lie."""
    return Path(__file__).parent.parent / "locale"


def preferred_language(wish: str | None, environ: Mapping[str, str]) -> str:
    """ "en" or "zh": the wish, GPUSETUP_LANG, the locale's variables, Windows' own setting."""
    for value in (wish, environ.get("GPUSETUP_LANG"), _locale_language(environ)):
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    from gpusetup.windows_console import display_language

    return display_language() or "en"


def _locale_language(environ: Mapping[str, str]) -> str | None:
    """As gettext reads it: the first of these decides, LANGUAGE refines it ("zh_CN:en")."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), None)
    if locale in ("C", "POSIX"):
        return "en"
    return environ.get("LANGUAGE", "").split(":")[0] or locale


def use_language(language: str) -> None:
    """Switch all sentences to "en" or "zh"."""
    global _translation, _language
    _language = language
    name = "zh_CN" if language == "zh" else "en"
    _translation = gettext.translation(DOMAIN, locale_folder(), languages=[name], fallback=True)


def language() -> str:
    """The language in use: "en" or "zh"."""
    return _language


@cache
def sentences() -> dict[str, str]:
    """Every code with its English sentence. A code that stands twice is a mistake (tested)."""
    found: dict[str, str] = {}
    for subject in SUBJECTS:
        found.update(importlib.import_module(f"{__name__}.{subject}").SENTENCES)
    return found


def say(code: str, **facts: object) -> str:
    """The sentence of a code in the language in use, with its facts filled in.

    Raises:
        KeyError: no such code, or a fact is missing: a mistake of the caller.
    """
    spoken = {name: _spoken(name, value) for name, value in facts.items()}
    return _translation.gettext(sentences()[code]).format(**spoken)


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


def _spoken(name: str, value: object) -> object:
    """A list of problems as lines, an origin or a cause in words; everything else as it is."""
    subject = _SPOKEN.get(name)
    code = f"{subject}.{value}".replace(" ", "-")
    if subject and code in sentences():
        return say(code)
    if isinstance(value, tuple) and value and isinstance(value[0], Problem):
        return "\n".join(say_problem(each) for each in value)
    return value
