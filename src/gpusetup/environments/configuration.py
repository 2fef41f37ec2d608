"""The files that configure conda, pip and uv, read as each tool reads them. Pure.

A parser returns the settings as (key, value), one pair per member of a list; or why the tool cannot
read the file, and the line.
"""

from __future__ import annotations

import configparser
import re
import sys
from typing import Any, Callable, Iterator, Mapping, Optional

Settings = tuple[tuple[str, str], ...]
Parsed = tuple[Settings, Optional[str], Optional[int]]


def parse_condarc(text: str) -> Parsed:
    """As conda reads it: an unclosed bracket and a key that stands twice stop every command."""
    import yaml

    text = text[1:] if text[:1] == "\ufeff" else text
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        twice = _first_twice(node)
        if twice is not None:
            return (), f"{twice[0]} twice", twice[1]
        raw = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return (), error.problem or "YAML", mark.line + 1 if mark else None
    except yaml.YAMLError as error:
        return (), str(error).splitlines()[0], None
    if raw is None:
        return (), None, None
    if not isinstance(raw, dict):
        return (), "no keys", 1
    wrong = next((key for key in ("channels", "default_channels") if _is_text(raw.get(key))), None)
    if wrong:
        return tuple(_flat(raw)), f"{wrong}: no list", _line_of(text, wrong)
    return tuple(_flat(raw)), None, None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _line_of(text: str, key: str) -> int | None:
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(f"{key}:"):
            return number
    return None


def _first_twice(node: Any) -> tuple[str, int] | None:
    seen: set[str] = set()
    for key, _value in node.value if getattr(node, "id", "") == "mapping" else ():
        name = str(key.value)
        if name in seen:
            return name, key.start_mark.line + 1
        seen.add(name)
    return None


def _flat(raw: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, value in raw.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", str(each)) for name, each in value.items())
        elif isinstance(value, list):
            yield from ((str(key), str(each)) for each in value)
        else:
            yield str(key), "" if value is None else str(value)


def parse_pip_conf(text: str) -> Parsed:
    """As pip reads it: a line before the first section stops every command."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        errors = getattr(error, "errors", None)
        line = errors[0][0] if errors else getattr(error, "lineno", None)
        kind = type(error).__name__.replace("Error", "")
        return (), re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower(), line
    pairs = [
        (f"{section}.{key.lower().replace('_', '-')}", word)
        for section in parser.sections()
        for key, value in parser.items(section)
        for word in ((value or "").split() or [""])
    ]
    return tuple(pairs), None, None


def parse_uv_toml(text: str) -> Parsed:
    """As uv reads it; a broken file stops every command."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return (), re.sub(r"\s*\(at .*", "", str(error)), int(line[1]) if line else None
    pairs = [("index", str(each.get("url", ""))) for each in raw.get("index", ())]
    pip = raw.get("pip", {})
    for key in ("index-url", "extra-index-url", "find-links"):
        value = raw.get(key, pip.get(key) if isinstance(pip, dict) else None)
        for each in value if isinstance(value, list) else [value] if value else []:
            pairs.append((key, str(each)))
    return tuple(pairs), None, None


PARSERS: Mapping[str, Callable[[str], Parsed]] = {
    "conda": parse_condarc,
    "pip": parse_pip_conf,
    "uv": parse_uv_toml,
}
