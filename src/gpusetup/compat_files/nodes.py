"""YAML text as a tree of nodes that know their line; what YAML would quietly change is kept.

Read from the parser's events, so that nothing is resolved (3.10 stays "3.10"), nothing is
constructed, and aliases, anchors, tags and deep nesting are refused before they cost anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator

MAXIMUM_BYTES = 8 * 2**20
MAXIMUM_DEPTH = 24


@dataclass
class Node:
    """A scalar (`text`), a list (`items`) or a mapping (`entries`)."""

    kind: str  # "scalar" | "list" | "mapping"
    line: int
    text: str = ""
    quoted: bool = False
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Node, Node]] = field(default_factory=list)
    _key: Node | None = None

    def add(self, child: Node) -> None:
        """Put the next node of the file into this one."""
        if self.kind == "list":
            self.items.append(child)
        elif self._key is None:
            self._key = child
        else:
            self.entries.append((self._key, child))
            self._key = None


class Unreadable(Exception):
    """The text is no document that we read: the line and the code of a sentence say why."""

    def __init__(self, code: str, line: int = 0, **facts: object) -> None:
        super().__init__(code)
        self.code, self.line, self.facts = code, line, facts


def decode(content: bytes) -> str:
    """The text of a file.

    Raises:
        Unreadable: it is too large, or no UTF-8.
    """
    if len(content) > MAXIMUM_BYTES:
        raise Unreadable("matrix.too-large", limit=MAXIMUM_BYTES // 2**20)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable("matrix.not-utf-8", line) from error


def parse(text: str) -> Node:
    """The one document of a text.

    Raises:
        Unreadable: no YAML, several documents, an alias, a tag, too deep, or nothing at all.
    """
    root: Node | None = None
    stack: list[Node] = []
    for event, name, line in _events(text):
        if name == "AliasEvent" or getattr(event, "anchor", None):
            raise Unreadable("matrix.alias", line)
        if getattr(event, "tag", None):
            raise Unreadable("matrix.tag", line)
        if name in ("SequenceEndEvent", "MappingEndEvent"):
            stack.pop()
            continue
        node = _node(event, name, line)
        if node is None:
            continue
        if stack:
            stack[-1].add(node)
        elif root is not None:
            raise Unreadable("matrix.several-documents", line)
        else:
            root = node
        if node.kind != "scalar":
            stack.append(node)
        if len(stack) > MAXIMUM_DEPTH:
            raise Unreadable("matrix.too-deep", line)
    if root is None:
        raise Unreadable("matrix.empty")
    return root


def _node(event: object, name: str, line: int) -> Node | None:
    if name == "ScalarEvent":
        text, quoted = getattr(event, "value", ""), getattr(event, "style", None) in ("'", '"')
        return Node("scalar", line, text, quoted)
    kinds = {"SequenceStartEvent": "list", "MappingStartEvent": "mapping"}
    return Node(kinds[name], line) if name in kinds else None


def _events(text: str) -> Iterator[tuple[object, str, int]]:
    """The parser's events with their names and lines."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            start = event.start_mark
            yield event, type(event).__name__, (start.line if start else 0) + 1
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 0
        problem = error.problem or "?"
        if "nesting depth" in problem:  # newer parsers have a limit of their own
            raise Unreadable("matrix.too-deep", line) from error
        raise Unreadable("matrix.no-yaml", line, problem=problem) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise Unreadable("matrix.no-yaml", problem=str(error).splitlines()[0]) from error
