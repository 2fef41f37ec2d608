"""Code and facts -> sentence, in the user's language. Every sentence of the program lives here.

One module per subject holds `SENTENCES`: code -> English text with `{fact}` places. The English
text is the gettext msgid; Chinese stands in `locale/zh_CN/LC_MESSAGES/gpusetup.po`.
"""

from __future__ import annotations

import gettext
import importlib
import locale
import os
from functools import cache
from pathlib import Path
from typing import Mapping

from gpusetup.errors import Problem

LANGUAGES = ("en", "zh")
SUBJECTS = (
    "common",
    "ask",
    "bench",
    "choose",
    "detect",
    "doctor",
    "matrix",
    "plan",
    "profile",
    "run",
    "verify",
)
DOMAIN = "gpusetup"

_translation: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def locale_folder() -> Path:
    """Where the compiled catalogues lie."""
    return Path(__file__).parent.parent / "locale"


def preferred_language(wish: str | None, environ: Mapping[str, str]) -> str:
    """ "en" or "zh": the wish, GPUSETUP_LANG, the locale's variables, Windows' own setting."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    for value in (wish, environ.get("GPUSETUP_LANG"), *(environ.get(name) for name in names)):
        if value and value not in ("C", "POSIX", "C.UTF-8", "C.utf8"):
            return "zh" if value.lower().startswith("zh") else "en"
    if os.name == "nt":
        return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
    return "en"


def use_language(language: str) -> None:
    """Switch all sentences, and the framework's own words, to "en" or "zh"."""
    global _translation, _language
    _language = language
    name = "zh_CN" if language == "zh" else "en"
    _translation = gettext.translation(DOMAIN, locale_folder(), languages=[name], fallback=True)
    # click and typer ask the default domain, which gettext finds by the LANGUAGE variable
    os.environ["LANGUAGE"] = name
    gettext.bindtextdomain(DOMAIN, str(locale_folder()))
    gettext.textdomain(DOMAIN)


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
    spoken = {name: _spoken(value) for name, value in facts.items()}
    return _translation.gettext(sentences()[code]).format(**spoken)


def say_problem(problem: Problem) -> str:
    """One line: where it stands in the text, and what is wrong there."""
    text = say(problem.code, **problem.facts)
    if problem.line is None:
        return say("problem", path=problem.path, text=text)
    return say("problem-at", line=problem.line, path=problem.path, text=text)


def _spoken(value: object) -> object:
    """A list of problems as lines; everything else as it is."""
    if isinstance(value, tuple) and value and isinstance(value[0], Problem):
        return "\n".join(say_problem(each) for each in value)
    return value


def translate(text: str) -> str:
    """A text that is not a sentence of ours (a help line, a framework's word), translated."""
    return _translation.gettext(text)
