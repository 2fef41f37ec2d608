"""Which lines of a shell's start file may be changed, and what takes their place. Pure.

A start file is a program. Only a line that is a whole statement by itself is touched; where a line
belongs to something bigger, its owner has to decide.
"""

from __future__ import annotations

import re

from gpusetup.doctor.remedies.texts import lines_of

_VARIABLE = r"\$\w+(?!\w)"
_PLAIN = rf"[\w/.:~@%+,=-]|{_VARIABLE}|\$\{{\w+(?::?[+-](?:[^{{}}'\"`$\\]|{_VARIABLE})*)?\}}"
_ALONE = re.compile(
    r"(?P<head>[ \t]*(?:export[ \t]+|(?:declare|typeset)[ \t]+-x[ \t]+)?(?P<name>\w+)=)"
    rf"(?P<value>(?:{_PLAIN}|'[^']*'|\"(?:[^\"\\`$]|\$(?!\())*\")*)"
    r"[ \t]*;?[ \t]*(?:(?<=[ \t;])#.*)?\r?"
)
_OPENS = re.compile(r"(?:^|[\s;&|)])(?:then|do|else|\{|\()$|[({]$")
_CLOSES = re.compile(r"\s*(?:fi|done|esac|elif|else|\}|\)|;;)(?:[\s;&|)]|$)")
_HERE = re.compile(r"(?<!<)<<-?[ \t]*(?:'([^']+)'|\"([^\"]+)\"|\\?([\w.-]+))")


def stands_alone(text: str, number: int) -> bool:
    """Whether a line (from 1) is one assignment, and no piece of something else."""
    lines = lines_of(text)
    if not 0 < number <= len(lines) or not _ALONE.fullmatch(lines[number - 1]):
        return False
    above = lines[number - 2].rstrip("\r") if number > 1 else ""
    before = _code_before(lines, number)
    if above.endswith("\\") or before.endswith(("&&", "||", "|")):
        return False
    return not _is_inside_words(lines[: number - 1])


def needs_a_body(text: str, number: int) -> bool:
    """Whether nothing is left between `then` and `fi` without the line."""
    lines = lines_of(text)
    after = next((each for each in lines[number:] if _code(each)), "")
    return bool(_OPENS.search(_code_before(lines, number)) and _CLOSES.match(after))


def appended(line: str) -> str | None:
    """`export LD_LIBRARY_PATH=/x` -> the same folders behind what is in the variable already."""
    found = _ALONE.fullmatch(line)
    if found is None:
        return None
    value, name = found["value"], found["name"]
    whole = re.fullmatch(r"\"([^\"]*)\"|'([^'\"$`\\]*)'", value)
    if whole:
        value = whole[1] if whole[1] is not None else whole[2]
    elif "'" in value or '"' in value:
        return None
    else:
        value = re.sub(r"(^|:)~(?=/|:|$)", r"\1$HOME", value)
        if "~" in value:
            return None
    if not value:
        return None
    return f'{found["head"]}"${{{name}:+${name}:}}{value}"'


def _code(line: str) -> str:
    """A line without its comment, and without the space around it."""
    return re.sub(r"(?:^|(?<=[\s;]))#.*", "", line).strip()


def _code_before(lines: list[str], number: int) -> str:
    codes = (_code(each) for each in reversed(lines[: number - 1]))
    return next((each for each in codes if each), "")


def _is_inside_words(lines: list[str]) -> bool:
    """Whether quotes, or a text that stands there as it is (`<<EOF`), are open after them."""
    quote = end = ""
    for line in (each.rstrip("\r") for each in lines):
        if end:
            end = "" if line.strip() == end else end
            continue
        begun, quote = quote, _open_quote(line, quote)
        here = _HERE.search(_code(line)) if not begun else None
        if here and not quote:
            end = next(each for each in here.groups() if each)
    return bool(quote or end)


def _open_quote(line: str, quote: str) -> str:
    """The quote that is open at the end of a line, if one was open at its start or not."""
    skip, before = False, " "
    for sign in line:
        if skip:
            skip = False
        elif sign == "\\" and quote != "'":
            skip = True
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"`":
            quote = sign
        elif sign == "#" and before in " \t;":
            break
        before = sign
    return quote
