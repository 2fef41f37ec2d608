"""What differs between two states of the matrix. Pure."""

from __future__ import annotations

from typing import Any, Callable, Iterable

from gpusetup.basics.values import dataclass, fields
from gpusetup.matrix.rows import Build, Matrix

_NOT_FACTS = frozenset({"source", "checked", "note"})  # another wording is no other fact


@dataclass(frozen=True)
class Changed:
    """One build with the fields that differ: (field, before, after)."""

    build: Build
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class TableDifference:
    """How many rows of another table differ."""

    table: str
    added: int
    removed: int
    changed: int


@dataclass(frozen=True)
class Differences:
    added: tuple[Build, ...]
    removed: tuple[Build, ...]
    changed: tuple[Changed, ...]
    tables: tuple[TableDifference, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.tables)


def differences(before: Matrix, after: Matrix) -> Differences:
    """Builds one by one, all other tables by counts."""
    old = {row.key: row for row in before.builds}
    new = {row.key: row for row in after.builds}
    changed = ((new[key], _fields(old[key], new[key])) for key in new if key in old)
    tables = (_table(name, key, before, after) for name, key in _KEYS.items())
    return Differences(
        added=tuple(row for key, row in new.items() if key not in old),
        removed=tuple(row for key, row in old.items() if key not in new),
        changed=tuple(Changed(row, fields) for row, fields in changed if fields),
        tables=tuple(table for table in tables if table.added or table.removed or table.changed),
    )


def _fields(before: Any, after: Any) -> tuple[tuple[str, str, str], ...]:
    names = (field.name for field in fields(before))
    return tuple(
        (name, _text(getattr(before, name)), _text(getattr(after, name)))
        for name in names
        if name not in _NOT_FACTS and getattr(before, name) != getattr(after, name)
    )


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return " ".join(".".join(map(str, each)) for each in value)
    if isinstance(value, (tuple, list)):
        return " ".join(map(str, value)) or "-"
    return str(getattr(value, "value", value)) or "-"


_KEYS: dict[str, Callable[[Any], object]] = {
    "cuda": lambda row: row.cuda_runtime,
    "toolkits": lambda row: row.version,
    "branches": lambda row: row.branch,
    "generations": lambda row: row.capabilities,
    "chips": lambda row: row.name,
    "gpus": lambda row: row.name,
    "references": lambda row: (row.gpu, row.figure),
    "rates": lambda row: (row.capability, row.cards),
    "traps": lambda row: row.id,
    "companions": lambda row: (row.name, row.version, row.platform),
}


def _table(
    name: str, key: Callable[[Any], object], before: Matrix, after: Matrix
) -> TableDifference:
    old = _rows(getattr(before, name), key)
    new = _rows(getattr(after, name), key)
    changed = sum(1 for each in new if each in old and _fields(old[each], new[each]))
    return TableDifference(
        name, len(new.keys() - old.keys()), len(old.keys() - new.keys()), changed
    )


def _rows(rows: Iterable[Any], key: Callable[[Any], object]) -> dict[object, Any]:
    return {key(row): row for row in rows}
