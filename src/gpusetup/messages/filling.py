"""Facts into the places of a sentence. Chinese gets a space beside Latin letters and figures."""

from __future__ import annotations

from typing import Mapping

from gpusetup.basics.patterns import pattern

_HAN = "\u3400-\u9fff"
_LATIN = "A-Za-z0-9"
_MISSING = pattern(f"(?<=[{_HAN}])(?=[{_LATIN}])|(?<=[{_LATIN}])(?=[{_HAN}])")
_TOO_MUCH = pattern(f"(?<=[{_HAN}]) (?=[{_HAN}])")


def filled(sentence: str, facts: Mapping[str, object], *, spaced: bool) -> str:
    """`sentence.format(**facts)`; with `spaced` the edges of the facts are set as Chinese is.

    A fact may be Chinese ("a folder of wheels") or Latin ("PyPI"), so the sentence cannot know
    whether a space belongs beside it.
    """
    if not spaced:
        return sentence.format(**facts)
    import string

    text = ""
    for literal, name, spec, conversion in string.Formatter().parse(sentence):
        text = _joined(text, literal)
        if name is not None:
            place = "{" + name + (f"!{conversion}" if conversion else "") + f":{spec}" + "}"
            text = _joined(text, place.format(**facts))
    return text


def _joined(before: str, after: str) -> str:
    edge = before[-1:] + after[:1]
    if _MISSING.search(edge):
        return f"{before} {after}"
    if _TOO_MUCH.search(before[-2:] + after[:1]):
        return before[:-1] + after
    if _TOO_MUCH.search(before[-1:] + after[:2]):
        return before + after[1:]
    return before + after
