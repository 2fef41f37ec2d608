"""Configuration texts as data, and other data back into the text, all else as it stood. Pure.

A format reads a text (`data_of`) and brings a text to other data (`changed`). Round-trip libraries
do it; their own habits of layout are taken out again, so that a diff shows what changed, no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Iterator, MutableMapping, MutableSequence, Sequence

from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.merging import merged, with_comments_of

Data = dict[str, Any]
"""A file's content in plain values. What a file holds is anybody's guess, so it is typed so."""


Maker = Callable[[Any, Any], Any]
"""A plain value as the library's own, for a place in the node that is given."""


class Unreadable(Exception):
    """The client cannot read the text either, or not as we do; it is never touched.

    `reason`: a code (`mirrors.reason.CODE`), or the words of the library that reads it.
    """

    def __init__(self, reason: str, line: int | None = None, key: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.key = key  # whose value it is; its line is looked up in the text

    def within(self, text: str) -> Unreadable:
        """The same with the line on which the key stands, if the line is not known yet."""
        if self.line is not None:
            return self
        key = re.escape(self.key or "")
        found = re.search(rf"^\s*['\"]?{key}['\"]?\s*[:=]", text, re.MULTILINE) if key else None
        line = text.count("\n", 0, found.end()) + 1 if found else self.line
        return Unreadable(self.reason, line, self.key)


@dataclass(frozen=True)
class Format:
    """How one kind of file is read and edited."""

    data_of: Callable[[str], Data]
    edited: Callable[[str, Data], str]  # by the library, in its own layout
    exact: bool = True  # whether the library gives an unchanged text back as it was

    def changed(self, text: str, target: Data) -> str:
        """The text with other data in it.

        Raises:
            Unreadable: the text is broken, or cannot be brought to the data safely.
        """
        before = self.data_of(text)
        if before == target:
            return text
        whole = text if not text or text.endswith("\n") else text + "\n"
        after = self.edited(whole, target)
        for candidate in [after] if self.exact else self._quiet(whole, before, after):
            if self._holds(candidate, target):
                return candidate
        raise Unreadable("unsafe")

    def _quiet(self, whole: str, before: Data, after: str) -> Iterator[str]:
        """The edited text without the library's own layout, the quietest first."""
        plainly = self.edited(whole, before)
        tries = (
            merged(plainly, whole, after),
            merged(plainly, whole, after, theirs_win=True),
            after,
        )
        for each in tries:
            if each is not None:
                yield with_comments_of(whole, each)
                yield each

    def _holds(self, text: str, target: Data) -> bool:
        try:
            return self.data_of(text) == target
        except Unreadable:
            return False


def format_of(client: Client) -> Format:
    """The format of a client's files."""
    if client is Client.CONDA:
        from gpusetup.mirrors.texts import yaml_text

        return Format(yaml_text.data_of, yaml_text.edited, exact=False)
    if client is Client.PIP:
        from gpusetup.mirrors.texts import ini_text

        return Format(ini_text.data_of, ini_text.edited)
    from gpusetup.mirrors.texts import toml_text

    return Format(toml_text.data_of, toml_text.edited)


def require_utf8(text: str) -> None:
    """Raises:
    Unreadable: with the line of the first byte that is not UTF-8.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if any("\ud800" <= letter <= "\udfff" for letter in line):
            raise Unreadable("not-utf-8", number)


def assign_map(
    node: MutableMapping[str, Any], target: Data, make: Maker, shared: frozenset[int]
) -> None:
    """Bring a round-trip map to other data, touching only what differs.

    `shared`: ids of nodes that stand in several places (anchors); those are replaced, not changed.
    """
    for key in [key for key in node if key not in target]:
        del node[key]
    for key, value in target.items():
        if key in node and plain(node[key]) == value:
            continue
        old = node.get(key)
        if isinstance(old, MutableMapping) and isinstance(value, dict) and id(old) not in shared:
            assign_map(old, value, make, shared)
        elif isinstance(old, MutableSequence) and isinstance(value, list) and id(old) not in shared:
            assign_list(old, value, make, shared)
        else:
            node[key] = make(value, node)


def assign_list(
    node: MutableSequence[Any],
    target: Sequence[Any],
    make: Maker,
    shared: frozenset[int],
) -> None:
    """The same for a list: items that stay keep their comments."""
    from difflib import SequenceMatcher

    old, new = [repr(plain(each)) for each in node], [repr(each) for each in target]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, i1, i2, j1, j2 in reversed(codes):
        if tag == "equal":
            continue
        pairs = list(zip(range(i1, i2), target[j1:j2]))
        for index, value in pairs:
            _replace(node, index, value, make, shared)
        for index in reversed(range(i1 + len(pairs), i2)):
            del node[index]
        for offset, value in enumerate(target[j1 + len(pairs) : j2]):
            node.insert(i1 + len(pairs) + offset, make(value, node))


def _replace(
    node: MutableSequence[Any],
    index: int,
    value: Any,
    make: Maker,
    shared: frozenset[int],
) -> None:
    old = node[index]
    if isinstance(old, MutableMapping) and isinstance(value, dict) and id(old) not in shared:
        assign_map(old, value, make, shared)
    else:
        node[index] = make(value, node)


def plain(node: Any) -> Any:
    """A library's value as plain Python."""
    if isinstance(node, MutableMapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, (MutableSequence, tuple)):
        return [plain(each) for each in node]
    if hasattr(node, "tag") and hasattr(node, "value"):  # a YAML value with a tag of its own
        return f"{node.tag} {node.value}"
    for kind in (bool, str, int, float):
        if isinstance(node, kind):
            return kind(node)  # without the library's notes on quotes and anchors
    return node
