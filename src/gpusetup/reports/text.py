"""Bytes and text as people paste them: encodings, colours, quoting, odd blanks. Nothing of it
carries meaning, so it is taken away before the readers look.
"""

from __future__ import annotations

import codecs
import html
import re
from collections import Counter

LONGEST = 8_000_000  # characters looked at; the longest true report is below one million

_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b\][^\x07\x1b\n]{0,500}(?:\x07|\x1b\\)"  # titles, links
    r"|\x1b[ -/]{0,4}[0-~]"
)
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.M)
_NOTEBOOK = re.compile(r'^[ \t]*"(.*?)(?:\\n)?",?[ \t]*$', re.M)  # a line of a saved notebook
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff]")
_LOG_PREFIX = re.compile(
    r"^[ \t]{0,8}(?:"
    r"\[rank\d{1,4}\]: ?"
    r"|\(\w{3,40} (?:pid|rank)=\d{1,8}\) ?"
    r"|(?:INFO|WARNING|ERROR|DEBUG|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d "
    r"\[?[\w./]{1,60}:\d{1,6}\] ?"
    r"|\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?:[ ](?:-[ ])?\[?(?:INFO|WARNING|WARN|ERROR|DEBUG|CRITICAL|stderr"
    r"|stdout)\]?(?:[ ][FP])?(?:[ ]-)?:?)?[ ]"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,60} "
    r"[\w.-]{1,40}(?:\[\d{1,8}\])?: "
    r"){1,3}",
    re.M,
)
_COMPOSE_PREFIX = re.compile(r"^[A-Za-z][\w.-]{1,40}[ ]{1,20}\| ?", re.M)
_TAG = re.compile(
    r"</?(?:pre|code|br|div|span|p|details|summary|b|i|li|ul|td|tr)(?: [^<>\n]{0,200})?/?>"
)
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", " "),
        **dict.fromkeys("\u2502\u2503\u2551\uff5c\u00a6", "|"),  # box drawing, full width, broken
        "\uff1a": ":",  # the colon of a Chinese input method
        "\u2026": "...",
        "\u2019": "'",
    }
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> str:
    """The text of a file of unknown encoding: Unicode by mark or by look, GBK, else Latin-1.

    Never fails; bytes that are no text come out as replacement characters.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    sixteen = _looks_like_utf16(data)
    if sixteen:
        return data.decode(sixteen, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # cut inside the last character
            return data.decode("utf-8", "replace")
    return _decode_chinese(data) or data.decode("latin-1")


def clean(text: str) -> str:
    """The text without colours, quoting marks, control characters and typographic blanks."""
    return cleaned(text)[0]


def cleaned(text: str) -> tuple[str, bool]:
    """The clean text, and whether its lines bore the prefix of docker compose ("app-1  | ")."""
    text = _ANSI.sub("", text[:LONGEST])
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    text = _CONTROL.sub("", text).translate(_LOOKALIKES)
    if text.count("\\n") > 2 * text.count("\n"):  # a log line that holds the output as one string
        text = text.replace("\\n", "\n").replace('\\"', '"')
    if "&lt;" in text or "&gt;" in text or "&nbsp;" in text:
        text = html.unescape(text).translate(_LOOKALIKES)
    if "</" in text and not _is_xml(text):
        text = _TAG.sub("", text)
    text = _NOTEBOOK.sub(r"\1", _QUOTED.sub("", text))
    text = _without_margin(_LOG_PREFIX.sub("", text))
    composed = _is_composed(text)
    if composed:
        text = _without_margin(_COMPOSE_PREFIX.sub("", text))
    return text, composed


def _is_xml(text: str) -> bool:
    return "<nvidia_smi_log" in text


def _is_composed(text: str) -> bool:
    """The same name before several lines, or some name before most of them."""
    names = Counter(match[0].strip("| ") for match in _COMPOSE_PREFIX.finditer(text))
    marked = sum(names.values())
    often = max(names.values(), default=0)
    return often > 3 or (marked > 1 and 4 * marked > text.count("\n"))


def _without_margin(text: str) -> str:
    """What is indented as a whole comes to the left."""
    lines = [line for line in text.split("\n") if line.strip()]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines), default=0)
    if not margin:
        return text
    return "\n".join(line[margin:] for line in text.split("\n"))


def looks_binary(text: str) -> bool:
    """Whether hardly anything in it was meant for reading."""
    sample = text[:20_000]
    odd = sum(1 for each in sample if not each.isprintable() and each not in "\r\n\t\x1b")
    return odd > len(sample) // 10


def unwrapped(text: str) -> str:
    """The text with lines of a table joined again that a narrow window has broken.

    A line that opens a frame and does not close it goes on in the next, unless that opens one too.
    """
    whole: list[str] = []
    for line in text.split("\n"):
        last = whole[-1] if whole else ""
        is_open = last.lstrip()[:1] in ("|", "+") and last.rstrip()[-1:] not in ("|", "+")
        if is_open and len(last) < 200 and line.strip() and line.lstrip()[0] not in "|+":
            whole[-1] = last + line
        else:
            whole.append(line)
    return "\n".join(whole)


def squeeze(line: str) -> str:
    """A line without frame and double blanks, short enough to be shown as evidence."""
    return " ".join(line.replace("|", " ").split())[:200]


def _looks_like_utf16(data: bytes) -> str | None:
    """Latin text in UTF-16 has a zero at every other place."""
    sample = data[:4000]
    half = len(sample) // 2
    if half < 2:
        return None
    if sample[1::2].count(0) > 0.7 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _decode_chinese(data: bytes) -> str | None:
    """GBK, if what comes out is Chinese: almost any bytes decode, but into rare characters."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [each for each in text if each > "\x7f"]
    usual = sum(1 for each in foreign if "\u3000" <= each <= "\u9fff" or each >= "\uff00")
    return text if usual >= 0.8 * len(foreign) else None
