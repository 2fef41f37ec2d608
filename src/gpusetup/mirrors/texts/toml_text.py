"""TOML as uv and pixi read it. Pure."""

from __future__ import annotations

import re
import sys
from typing import Any

from gpusetup.mirrors.texts import Data, Unreadable, assign_map, require_utf8

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def data_of(text: str) -> Data:
    """Raises:
    Unreadable: every command of the client would stop at it.
    """
    require_utf8(text)
    try:
        return dict(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(*_place(str(error), text)) from None
    except RecursionError:
        raise Unreadable("too-deep") from None


def edited(text: str, target: Data) -> str:
    """The text with other data; tomlkit keeps the rest as it stands."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        tables = {
            key: value for key, value in target.items() if _is_new_table(key, value, document)
        }
        rest = {key: value for key, value in target.items() if key not in tables}
        assign_map(document, rest, _made, frozenset())
    except TOMLKitError as error:
        raise Unreadable(str(error)) from None
    return _with_tables(document.as_string(), tables)


def _is_new_table(key: str, value: Any, document: Any) -> bool:
    return key not in document and (isinstance(value, dict) or _are_tables(value))


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(e, dict) for e in value)


def _with_tables(text: str, tables: Data) -> str:
    """New tables stand at the end, where they cannot cut another one in two."""
    import tomlkit

    for key, value in tables.items():
        text += "\n" if text.strip() else ""
        text += tomlkit.dumps({key: value})
    return text


def _made(value: Any, parent: Any = None) -> Any:
    import tomlkit
    from tomlkit.items import Array, InlineTable

    if isinstance(parent, (Array, InlineTable)):
        return _made_inline(value)
    if _are_tables(value):
        made = tomlkit.aot()
        for each in value:
            made.append(_made(each))
        return made
    if isinstance(value, dict):
        table = tomlkit.table()
        for key, each in value.items():
            table.add(key, _made(each))
        return table
    return tomlkit.item(value)


def _made_inline(value: Any) -> Any:
    """Inside brackets no table of its own may begin."""
    import tomlkit

    if not isinstance(value, dict):
        return tomlkit.item(value)
    table = tomlkit.inline_table()
    for key, each in value.items():
        table.append(key, _made_inline(each))
    return table


def _place(message: str, text: str) -> tuple[str, int | None]:
    """ "Invalid value (at line 2, column 6)" -> ("Invalid value", 2)."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", message, re.S)
    if not found:
        return message, None
    return found[1], int(found[2]) if found[2] else text.count("\n") + (not text.endswith("\n"))
