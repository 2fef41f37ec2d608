"""Typed fields of a row. A mistake is noted and reading goes on, so that all are found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Callable, Iterator, Sequence, TypeVar

from gpusetup.basics.versions import Capability, Version, parse_architecture, parse_capability
from gpusetup.compat_files.mistakes import FileError
from gpusetup.compat_files.nodes import Node

Value = TypeVar("Value")

_NUMBER_LIKE = re.compile(r"[-+]?[\d][\d_.:eExX-]*")
_SPECIAL = {"yes", "no", "on", "off", "y", "n", "true", "false", "null", "~", ""}
_RANGE = re.compile(r"(==|!=|<=|>=|<|>)\d+(\.\d+)*(,(==|!=|<=|>=|<|>)\d+(\.\d+)*)*")
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")


@dataclass
class Errors:
    """The mistakes of one file."""

    file: str
    found: list[FileError] = field(default_factory=list)

    def add(self, line: int, path: str, code: str, **facts: object) -> None:
        self.found.append(FileError(self.file, line, path, code, facts))


@dataclass(frozen=True)
class Record:
    """The fields of one mapping. A field that is absent or wrong reads as None or empty."""

    errors: Errors
    path: str
    line: int
    fields: dict[str, Node]

    def over(self, other: Record) -> Record:
        """This record with the fields of `other` where it has none of its own."""
        return Record(self.errors, self.path, self.line, {**other.fields, **self.fields})

    def place(self, name: str) -> tuple[int, str]:
        """Line and path of a field."""
        node = self.fields.get(name)
        return (node.line if node else self.line), join(self.path, name)

    def text(self, name: str) -> str | None:
        """Words. What YAML reads as something else, such as 3.10 or no, wants quotes."""
        return self._scalar(name, str)

    def version(self, name: str) -> Version | None:
        return self._scalar(name, Version.parse, "matrix.no-version")

    def capability(self, name: str) -> Capability | None:
        return self._scalar(name, parse_capability, "matrix.no-capability")

    def date(self, name: str) -> str | None:
        return self._scalar(name, _date, "matrix.no-date")

    def specifier(self, name: str) -> str | None:
        """A range of releases: ">=2.4,<2.8"."""
        return self._scalar(name, _specifier, "matrix.no-range")

    def identifier(self, name: str) -> int | None:
        """Four hex digits, in quotes."""
        return self._scalar(name, parse_device_id, "matrix.no-device-id")

    def number(self, name: str) -> float | None:
        """A bare number."""
        node = self._node(name, "scalar")
        if node is None:
            return None
        if node.quoted or not re.fullmatch(r"\d+(\.\d+)?", node.text):
            self._wrong(name, "matrix.no-number", node.text)
            return None
        return float(node.text)

    def integer(self, name: str) -> int | None:
        found = self.number(name)
        if found is not None and found != int(found):
            self._wrong(name, "matrix.no-number", str(found))
        return int(found) if found is not None else None

    def flag(self, name: str) -> bool:
        node = self._node(name, "scalar")
        if node is None:
            return False
        if node.quoted or node.text not in ("true", "false"):
            self._wrong(name, "matrix.no-flag", node.text)
        return node.text == "true"

    def one_of(self, name: str, choices: Sequence[str]) -> str | None:
        found = self.text(name)
        if found is not None and found not in choices:
            line, path = self.place(name)
            self.errors.add(line, path, "matrix.not-a-choice", value=found, all=", ".join(choices))
            return None
        return found

    def architectures(self, name: str) -> tuple[Capability, ...]:
        """Names in one text: "sm_80 sm_86", "compute_90"."""
        node = self._node(name, "scalar")
        if node is None:
            return ()
        return self._each(
            name, node.text.split(), parse_architecture, "matrix.no-architecture-name"
        )

    def texts(self, name: str) -> tuple[str, ...]:
        return self._list(name, str)

    def versions(self, name: str) -> tuple[Version, ...]:
        return self._list(name, Version.parse, "matrix.no-version")

    def capabilities(self, name: str) -> tuple[Capability, ...]:
        return self._list(name, parse_capability, "matrix.no-capability")

    def numbers(self, name: str) -> tuple[float, ...]:
        """One bare number or a list of them."""
        node = self.fields.get(name)
        if node is None or node.kind != "list":
            found = self.number(name)
            return () if found is None else (found,)
        return self._each(name, [each.text for each in node.items], float, "matrix.no-number")

    def _scalar(
        self, name: str, read: Callable[[str], Value], code: str = "matrix.no-text"
    ) -> Value | None:
        node = self._node(name, "scalar")
        if node is None:
            return None
        if needs_quotes(node):
            self._wrong(name, "matrix.unquoted", node.text)
            return None
        found = self._each(name, [node.text], read, code)
        return found[0] if found else None

    def _list(
        self, name: str, read: Callable[[str], Value], code: str = "matrix.no-text"
    ) -> tuple[Value, ...]:
        node = self._node(name, "list")
        if node is None:
            return ()
        for index, each in enumerate(node.items):
            if each.kind != "scalar" or needs_quotes(each):
                wrong = "matrix.unquoted" if each.kind == "scalar" else "matrix.no-text"
                path = join(self.path, f"{name}[{index}]")
                self.errors.add(each.line, path, wrong, value=each.text)
        good = [each.text for each in node.items if each.kind == "scalar"]
        return self._each(name, good, read, code)

    def _each(
        self, name: str, texts: Sequence[str], read: Callable[[str], Value], code: str
    ) -> tuple[Value, ...]:
        found = []
        for text in texts:
            try:
                found.append(read(text))
            except ValueError:
                self._wrong(name, code, text)
        return tuple(found)

    def _node(self, name: str, kind: str) -> Node | None:
        node = self.fields.get(name)
        if node is None:
            return None
        if node.kind != kind:
            self.errors.add(*self.place(name), f"matrix.wants-{kind}")
            return None
        return node

    def _wrong(self, name: str, code: str, value: str) -> None:
        self.errors.add(*self.place(name), code, value=value)


def record(
    errors: Errors, node: Node, path: str, required: Sequence[str], optional: Sequence[str] = ()
) -> Record | None:
    """A mapping with known fields: missing, unknown and repeated ones are mistakes."""
    if node.kind != "mapping":
        errors.add(node.line, path, "matrix.wants-mapping")
        return None
    fields: dict[str, Node] = {}
    for key, value, place in entries(errors, node, path):
        if key in required or key in optional:
            fields[key] = value
        else:
            errors.add(value.line, place, "matrix.unknown-key", key=key)
    for name in required:
        if name not in fields:
            errors.add(node.line, join(path, name), "matrix.missing", key=name)
    return Record(errors, path, node.line, fields)


def entries(errors: Errors, node: Node, path: str) -> Iterator[tuple[str, Node, str]]:
    """The keys of a mapping with their values and paths; repeated keys are mistakes."""
    if node.kind != "mapping":
        errors.add(node.line, path, "matrix.wants-mapping")
        return
    seen: dict[str, int] = {}
    for key, value in node.entries:
        place = join(path, key.text)
        if key.kind != "scalar":
            errors.add(key.line, path, "matrix.no-text", value="?")
        elif key.text in seen:
            errors.add(key.line, place, "matrix.duplicate-key", key=key.text, first=seen[key.text])
        else:
            if needs_quotes(key) and not key.text.isdigit():
                errors.add(key.line, place, "matrix.unquoted", value=key.text)
            seen[key.text] = key.line
            yield key.text, value, place


def elements(errors: Errors, node: Node, path: str) -> Iterator[tuple[Node, str]]:
    """The items of a list with their paths."""
    if node.kind != "list":
        errors.add(node.line, path, "matrix.wants-list")
        return
    for index, item in enumerate(node.items):
        yield item, f"{path}[{index}]"


def needs_quotes(node: Node) -> bool:
    """Whether YAML turns this bare scalar into a number, a date, a truth value or nothing."""
    if node.quoted:
        return False
    return bool(_NUMBER_LIKE.fullmatch(node.text)) or node.text.lower() in _SPECIAL


def join(path: str, name: str) -> str:
    """("releases", "2.15.0") -> releases."2.15.0"."""
    shown = name if re.fullmatch(r"[\w\[\]-]+", name) else f'"{name}"'
    return f"{path}.{shown}" if path else shown


def parse_device_id(text: str) -> int:
    """ "2684" -> 0x2684.

    Raises:
        ValueError: not four hex digits.
    """
    if not re.fullmatch(r"[0-9a-f]{4}", text):
        raise ValueError(text)
    return int(text, 16)


def _specifier(text: str) -> str:
    if not _RANGE.fullmatch(text):
        raise ValueError(text)
    return text


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return text
