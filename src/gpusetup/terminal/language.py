"""Which language to speak: --lang, GPUSETUP_LANG, the locale's variables, Windows' own setting.

Readers of Traditional Chinese (zh_TW, zh_HK) get Simplified Chinese: they read it more easily than
English. Whoever prefers English sets `GPUSETUP_LANG=en`.
"""

from __future__ import annotations

from typing import Mapping, Sequence

LANGUAGES = ("en", "zh")
_SCREENS_WITHOUT_CHINESE = ("linux", "vt100", "vt220")  # a console has 512 signs


def wished(argv: Sequence[str]) -> str | None:
    """The value of --lang, looked for before the command line is read: help texts need it."""
    for position, word in enumerate(argv):
        if word == "--lang" and position + 1 < len(argv):
            return _known(argv[position + 1])
        if word.startswith("--lang="):
            return _known(word.split("=", 1)[1])
    return None


def _known(word: str) -> str | None:
    """A language that we do not speak is complained about in the one that would be used anyway."""
    return word if word in LANGUAGES else None


def preferred_language(wish: str | None, environ: Mapping[str, str]) -> str:
    """ "en" or "zh": the wish, GPUSETUP_LANG, the locale's variables, Windows' own setting."""
    own = wish or environ.get("GPUSETUP_LANG")
    if own:
        return _spoken(own) or "en"
    by_locale = _locale_language(environ)
    if by_locale:
        return by_locale
    from gpusetup.terminal.windows_console import display_language

    return display_language() or "en"


def _locale_language(environ: Mapping[str, str]) -> str | None:
    """As gettext reads it: LC_ALL, LC_MESSAGES, LANG, and the list in LANGUAGE goes before them.

    Of the list the first that we speak counts. Where it names none, neither does the locale: its
    owner has said what to try.
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), None)
    if locale in ("C", "POSIX"):
        return "en"
    listed = [word for word in environ.get("LANGUAGE", "").split(":") if word]
    spoken = [found for found in map(_spoken, listed) if found]
    if listed:
        return spoken[0] if spoken else "en"
    return (_spoken(locale) or "en") if locale else None


def _spoken(name: str) -> str | None:
    """The language of a locale's name, such as zh_CN.UTF-8, zh-Hans or en_GB; None: not ours."""
    language = name.lower().replace("-", "_").split("_")[0].split(".")[0]
    return language if language in LANGUAGES else None


def why_not_chinese(
    encoding: str | None, terminal: str | None, *, is_terminal: bool, is_wished: bool
) -> str | None:
    """What keeps Chinese from this screen: the name of its encoding or of its kind.

    A text console has no Chinese letters in its font; who asks for Chinese there may have a
    program on top that has.
    """
    try:
        "\u4e2d".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return encoding or "ascii"
    if is_terminal and not is_wished and terminal in _SCREENS_WITHOUT_CHINESE:
        return f"TERM={terminal}"
    return None
