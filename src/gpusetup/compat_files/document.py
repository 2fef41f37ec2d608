"""One file: its head, its sources, and what the readers of its tables share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gpusetup import __version__
from gpusetup.basics.versions import Capability, Version
from gpusetup.compat_files.fields import Errors, Record, entries, record
from gpusetup.compat_files.nodes import Node
from gpusetup.matrix.rows import (
    Build,
    Chip,
    Companion,
    CudaFamily,
    CudaToolkit,
    DriverBranch,
    Generation,
    GpuModel,
    PciRange,
    Rate,
    Trap,
)
from gpusetup.matrix.rows import Reference as Measured

SCHEMA = "gpusetup.compat/1"
HEAD = ("schema", "minimum_gpusetup", "updated", "sources")


@dataclass(frozen=True)
class Reference:
    """A place that names a row of another table; looked up when all files are read."""

    file: str
    line: int
    path: str
    table: str  # "chips" | "companions" | "cuda" | "architectures"
    key: str


@dataclass
class Tables:
    """The rows of all tables by their keys, so that one file can override another's."""

    builds: dict[tuple[object, ...], Build] = field(default_factory=dict)
    cuda: dict[Version, CudaFamily] = field(default_factory=dict)
    toolkits: dict[Version, CudaToolkit] = field(default_factory=dict)
    branches: dict[int, DriverBranch] = field(default_factory=dict)
    generations: dict[tuple[Capability, ...], Generation] = field(default_factory=dict)
    chips: dict[str, Chip] = field(default_factory=dict)
    gpus: dict[str, GpuModel] = field(default_factory=dict)
    pci: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> chip, name
    pci_ranges: dict[int, PciRange] = field(default_factory=dict)
    traps: dict[str, Trap] = field(default_factory=dict)
    companions: dict[tuple[str, Version, str], Companion] = field(default_factory=dict)
    references: dict[tuple[str, str], Measured] = field(default_factory=dict)
    rates: dict[tuple[Capability, str], Rate] = field(default_factory=dict)


@dataclass
class Document:
    """One file while it is read."""

    errors: Errors
    tables: Tables
    sources: dict[str, str] = field(default_factory=dict)
    updated: str = ""
    minimum_gpusetup: str = ""
    references: list[Reference] = field(default_factory=list)
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)  # row -> line

    def origin_of(self, row: Record) -> dict[str, str]:
        """The `source` and `checked` of a row, the keys of its sources written out."""
        texts = []
        for key in row.texts("source"):
            if key in self.sources:
                texts.append(self.sources[key])
            else:
                self.errors.add(*row.place("source"), "matrix.unknown-source", key=key)
        if "source" in row.fields and not texts:
            self.errors.add(*row.place("source"), "matrix.no-source")
        return {"source": "; ".join(texts), "checked": row.date("checked") or ""}

    def refer(self, row: Record, name: str, table: str, key: str) -> None:
        """Remember that a field names a row of another table."""
        line, path = row.place(name)
        self.references.append(Reference(self.errors.file, line, path, table, key))

    def is_new(self, row: Record, *key: object) -> bool:
        """Whether this file has no such row yet; a second one is a mistake."""
        if key in self.seen:
            self.errors.add(row.line, row.path, "matrix.duplicate-row", first=self.seen[key])
            return False
        self.seen[key] = row.line
        return True


def read_head(document: Document, root: Node, tables: tuple[str, ...]) -> Record | None:
    """The head of a file; its tables are left to their readers."""
    head = record(document.errors, root, "", HEAD, tables)
    if head is None:
        return None
    head.one_of("schema", [SCHEMA])
    document.updated = head.date("updated") or ""
    minimum = head.version("minimum_gpusetup")
    document.minimum_gpusetup = str(minimum) if minimum else ""
    if minimum is not None and minimum > running_version():
        have = str(running_version())
        place = head.place("minimum_gpusetup")
        document.errors.add(*place, "matrix.needs-newer", wanted=str(minimum), have=have)
    if "sources" in head.fields:
        for key, value, path in entries(document.errors, head.fields["sources"], "sources"):
            if value.kind != "scalar" or not value.text.strip():
                document.errors.add(value.line, path, "matrix.no-text", value=value.text)
            document.sources[key] = value.text
    return head


def running_version() -> Version:
    """The release part of our own version: 0.2.0 for 0.2.0.dev3."""
    found = re.match(r"\d+(\.\d+)*", __version__)
    return Version.parse(found[0]) if found else Version.parse("0")
