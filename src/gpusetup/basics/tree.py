"""A YAML or JSON text as a tree that remembers its lines.

Mistakes are collected and never raised, so that a person sees all of them at once. YAML's own
guesses (3.10 is 3.1, `no` is False, the last of two equal keys wins) are refused here.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Callable, Collection, Iterator, Mapping, TypeVar

from gpusetup.basics.errors import Problem
from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Capability, Version, parse_capability

if TYPE_CHECKING:
    import yaml

T = TypeVar("T")

_TAG = "tag:yaml.org,2002:"
_KINDS = {"int": "number", "float": "number", "bool": "flag", "null": "nothing"}
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Branch:
    """One value of the text, where it stands, and the list that its mistakes go to."""

    node: yaml.Node
    path: str
    problems: list[Problem]

    @property
    def shape(self) -> str:
        """ "scalar", "sequence" or "mapping"."""
        return str(getattr(self.node, "id", ""))

    @property
    def is_null(self) -> bool:
        return self.node.tag == _TAG + "null"

    @property
    def raw(self) -> str:
        """The value as it stands in the text, cut to what a message can hold."""
        brackets = {"list": "[…]", "mapping": "{…}"}
        text = brackets.get(self.kind) or str(self.node.value)
        return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"

    @property
    def kind(self) -> str:
        """What stands there: "text", "number", "flag", "nothing", "list" or "mapping"."""
        if self.shape != "scalar":
            return "list" if self.shape == "sequence" else "mapping"
        return _KINDS.get(self.node.tag.replace(_TAG, ""), "text")

    def wrong(self, code: str, **facts: object) -> None:
        """Note a mistake of this value."""
        line = self.node.start_mark.line + 1
        self.problems.append(Problem(code, self.path, line, facts))

    def text(self) -> str | None:
        if self.kind == "text":
            return _whole_characters(str(self.node.value))
        if self.kind in ("number", "flag"):
            self.wrong("profile.write-in-quotes", found=self.raw)
        else:
            self.wrong("profile.not-text", found=self.raw)
        return None

    def whole_number(self) -> int | None:
        """Sizes and counts: decimal digits, never negative."""
        value = str(self.node.value)
        if self.kind == "number" and re.fullmatch(r"0|[1-9]\d{0,17}", value):
            return int(value)
        self.wrong("profile.not-a-number", found=self.raw)
        return None

    def flag(self) -> bool | None:
        if self.kind == "flag" and self.node.value.lower() in ("true", "false"):
            return bool(self.node.value.lower() == "true")
        self.wrong("profile.not-a-flag", found=self.raw)
        return None

    def version(self) -> Version | None:
        return self._parsed(Version.parse, "profile.not-a-version")

    def capability(self) -> Capability | None:
        return self._parsed(parse_capability, "profile.not-a-capability")

    def _parsed(self, parse: Callable[[str], T], code: str) -> T | None:
        text = self.text()
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError:
            self.wrong(code, found=self.raw)
            return None

    def one_of(self, known: Collection[str]) -> str | None:
        """A word of a closed list."""
        text = self.text()
        if text is None or text in known:
            return text
        self.wrong("profile.not-one-of", found=self.raw, known=", ".join(known))
        return None

    def items(self) -> Iterator[Branch]:
        """The members of a list; null counts as an empty one."""
        if self.shape == "sequence":
            for index, node in enumerate(self.node.value):
                yield Branch(node, f"{self.path}[{index}]", self.problems)
        elif not self.is_null:
            self.wrong("profile.not-a-list", found=self.raw)

    def fields(self, known: Collection[str]) -> dict[str, Branch]:
        """The known keys of a mapping. Others are mistakes, but for `x-...`, which are notes."""
        if self.shape != "mapping":
            self.wrong("profile.not-a-mapping", found=self.raw)
            return {}
        found: dict[str, Branch] = {}
        for key_node, value_node in self.node.value:
            key = Branch(key_node, self.path, self.problems)
            name = str(key_node.value) if key.shape == "scalar" else key.raw
            if name in found:
                key.wrong("profile.key-twice", key=name)
            elif name in known:
                path = f"{self.path}.{name}" if self.path else name
                found[name] = Branch(value_node, path, self.problems)
            elif not name.startswith("x-"):
                _unknown_key(key, name, known)
        return found


def parse_tree(text: str, problems: list[Problem]) -> Branch | None:
    """The root of a YAML or JSON text; None, with the reason in `problems`, when it is neither.

    A sample: 'os: linux  # a note' has the root {os: linux}, line 1.
    """
    import yaml

    # RecursionError: nested some hundred deep, which no profile is.
    try:
        node = yaml.compose(_as_yaml(text), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problems.append(_not_yaml(line, error.problem or error.context or ""))
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        problems.append(_not_yaml(line, str(error.reason)))
    except RecursionError:
        problems.append(_not_yaml(None, "nested too deep"))
    else:
        if node is not None:
            return Branch(node, "", problems)
        problems.append(Problem("profile.empty", ""))
    return None


def optional(
    fields: Mapping[str, Branch], key: str, read: Callable[[Branch], T | None]
) -> T | None:
    """A key's value; None where it is absent or null."""
    branch = fields.get(key)
    return None if branch is None or branch.is_null else read(branch)


def required(
    parent: Branch, fields: Mapping[str, Branch], key: str, read: Callable[[Branch], T | None]
) -> T | None:
    """A key's value; its absence is a mistake."""
    branch = fields.get(key)
    if branch is not None:
        return read(branch)
    if parent.shape == "mapping":
        parent.wrong("profile.missing-key", key=key)
    return None


def members(
    fields: Mapping[str, Branch], key: str, read: Callable[[Branch], T | None]
) -> tuple[T, ...]:
    """The members of a list that could be read; none where the key is absent."""
    branch = fields.get(key)
    found = (read(item) for item in branch.items()) if branch else ()
    return tuple(each for each in found if each is not None)


def _unknown_key(key: Branch, name: str, known: Collection[str]) -> None:
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    if near:
        key.wrong("profile.unknown-key-near", key=key.raw, near=near[0])
    else:
        key.wrong("profile.unknown-key", key=key.raw, known=", ".join(known))


def _not_yaml(line: int | None, reason: str) -> Problem:
    return Problem("profile.not-yaml", "", line, {"reason": " ".join(reason.split())})


def _as_yaml(text: str) -> str:
    """JSON in a spelling that YAML reads alike: no tabs, no raw line separators, no controls."""
    text = text.lstrip("\ufeff")
    if not text.lstrip().startswith("{"):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return re.sub(r"[^\x20-\x7e\r\n]", _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return " " if found[0] == "\t" else f"\\U{ord(found[0]):08x}"


def _whole_characters(text: str) -> str:
    """JSON writes characters beyond 16 bits as two escapes, which YAML does not join."""
    if not any("\ud800" <= each <= "\udfff" for each in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
