"""pip's INI files, read as pip reads them; keys come in small letters. Pure."""

from __future__ import annotations

import configparser
import re
from typing import Any, Iterator

from gpusetup.mirrors.texts import Data, Unreadable


def data_of(text: str) -> Data:
    """Raises:
    Unreadable: pip would stop at it.
    """
    # [DEFAULT] is a section like others here: what stands in it is not to be copied into them
    parser = configparser.RawConfigParser(default_section="\0")
    try:
        parser.read_string(text)
    except configparser.Error as error:
        code, key = _reason(error)
        raise Unreadable(code, _line(error), key) from None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def edited(text: str, target: Data) -> str:
    """The text with other data; ConfigUpdater keeps the rest as it stands."""
    before = data_of(text)
    updater = _updater(text)
    for name in before:
        if name not in target:
            updater.remove_section(name)
        elif before[name] != target[name]:
            _assign(updater[name], before[name], target[name])
    text = _indented_as(text, str(updater))
    for name in [each for each in target if each not in before]:
        text += "\n" if text.strip() and not text.endswith("\n\n") else ""
        text += f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in target[name].items())
    return text


def _indented_as(old: str, new: str) -> str:
    """Options that the library wrote at the margin, in a section whose options are indented."""
    indents: dict[str, str] = {}
    for name, indent, _ in _option_lines(old):
        indents.setdefault(name, indent)  # of the first option: later lines may go on with a value
    lines = new.split("\n")
    for name, indent, number in _option_lines(new):
        if not indent and indents.get(name):
            lines[number] = indents[name] + lines[number]
    return "\n".join(lines)


def _option_lines(text: str) -> Iterator[tuple[str, str, int]]:
    """Section, indentation and number of every line that could be an option."""
    section = ""
    for number, line in enumerate(text.split("\n")):
        header = re.match(r"\[([^\]]+)\]", line)
        if header:
            section = header[1]
        found = re.match(r"([ \t]*)[^\s#;\[=:][^=:]*[=:]", line)
        if found:
            yield section, found[1], number


def _assign(section: Any, before: Data, target: Data) -> None:
    for key in [each for each in before if each not in target]:
        del section[key]
    for key, value in target.items():
        if key in before:
            if before[key] != value:
                _set(section[key], value)
            continue
        last = [*section.iter_options()][-1:]
        if last:
            last[0].add_after.option(key, value)
        else:
            section.set(key, value)


def _set(option: Any, value: str) -> None:
    if "\n" in value:
        option.set_values(value.split("\n"))
    else:
        option.value = value


def _updater(text: str) -> Any:
    from configupdater import ConfigUpdater

    updater = ConfigUpdater()
    updater.read_string(text)
    return updater


def _line(error: configparser.Error) -> int | None:
    errors = getattr(error, "errors", None)
    line = errors[0][0] if errors else getattr(error, "lineno", None)
    return int(line) if line else None


def _reason(error: configparser.Error) -> tuple[str, str | None]:
    """Code and key; not the line's text, which may hold a secret."""
    if isinstance(error, configparser.MissingSectionHeaderError):
        return "no-section", None
    if isinstance(error, configparser.DuplicateOptionError):
        return "key-twice", error.option
    if isinstance(error, configparser.DuplicateSectionError):
        return "section-twice", error.section
    return "no-option", None
