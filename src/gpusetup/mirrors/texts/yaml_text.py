"""YAML as conda reads it: one document, one mapping, no key twice, no tabs. Pure."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any, Iterator, Mapping

from gpusetup.mirrors.texts import Data, Unreadable, assign_map, plain, require_utf8

_WIDE = 1_000_000  # never folds a line


def data_of(text: str) -> Data:
    """Raises:
    Unreadable: conda would stop, or ignore the whole file.
    """
    node = _loaded(text)
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        raise Unreadable("no-mapping", _first_line(text))
    try:
        data = plain(node)
    except RecursionError:
        raise Unreadable("too-deep") from None
    return {str(key): value for key, value in data.items()}


def edited(text: str, target: Data) -> str:
    """The text with other data, in ruamel's layout."""
    node = _loaded(text)
    if node is None:
        return text if not target else text + _dumped(target, text)
    if not isinstance(node, Mapping):
        raise Unreadable("no-mapping", _first_line(text))
    assign_map(node, target, _made, _shared(node))  # type: ignore[arg-type]
    return _dumped(node, text)


def _loaded(text: str) -> Any:
    import warnings

    from ruamel.yaml.error import YAMLError

    require_utf8(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor that is given twice is allowed
            return _yaml(text).load(text)
    except YAMLError as error:
        raise Unreadable(*_reason(error, text)) from None
    except ValueError:  # "2024-13-45"
        raise Unreadable("no-value") from None
    except RecursionError:
        raise Unreadable("too-deep") from None


def _yaml(text: str) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    dash = re.search(
        r"^( *)[^\s#-][^\n]*:[^\S\n]*(?:#[^\n]*)?\n(?:\s*#[^\n]*\n)*( *)- ", text, re.M
    )
    offset = max(len(dash[2]) - len(dash[1]), 0) if dash else 2
    inner = re.search(
        r"^[\w'\"][^\n]*:[^\S\n]*(?:#[^\n]*)?\n(?:\s*#[^\n]*\n)*( +)[\w'\"]", text, re.M
    )
    yaml.indent(mapping=len(inner[1]) if inner else 2, sequence=offset + 2, offset=offset)
    return yaml


def _dumped(node: Any, like: str) -> str:
    stream = StringIO()
    yaml = _yaml(like)
    if re.match(r"(?:\s*#[^\n]*\n|\s)*---", like):
        yaml.explicit_start = not isinstance(node, dict) or type(node) is not dict
    yaml.dump(node, stream)
    return stream.getvalue()


def _made(value: Any, parent: Any = None) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        return CommentedMap((key, _made(each)) for key, each in value.items())
    if isinstance(value, list):
        return CommentedSeq(_made(each) for each in value)
    return value


def _shared(node: Any) -> frozenset[int]:
    """Ids of the maps and lists that an anchor puts into several places."""
    seen: dict[int, int] = {}
    for each in _walk(node):
        seen[id(each)] = seen.get(id(each), 0) + 1
    return frozenset(key for key, times in seen.items() if times > 1)


def _walk(node: Any) -> Iterator[Any]:
    children = list(node.values()) if isinstance(node, Mapping) else node
    for each in children:
        if isinstance(each, (Mapping, list)):
            yield each
            yield from _walk(each)


def _reason(error: Any, text: str) -> tuple[str, int | None, str | None]:
    """Code or words, line and key. Words never hold a value: it may be a secret."""
    line = _line(error, text)
    problem = str(getattr(error, "problem", None) or str(error).split("\n")[0])
    twice = re.match(r'found duplicate key "([^"\n]*)"', problem)
    if twice:
        return "key-twice", line, twice[1]
    if "'\\t'" in problem:
        return "tab", line, None
    return re.sub(r" with value .*", "", problem, flags=re.DOTALL), line, None


def _line(error: Any, text: str) -> int | None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return min(int(mark.line) + 1, max(text.count("\n"), 1))
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else None


def _first_line(text: str) -> int:
    """Where the content begins."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith(("#", "---")):
            return number
    return 1
