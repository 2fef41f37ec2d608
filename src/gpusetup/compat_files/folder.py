"""All files of a folder (or one file) -> a matrix, or all mistakes of all files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterable

from gpusetup.basics.versions import show_capability
from gpusetup.compat_files.compact import compat_files
from gpusetup.compat_files.document import Document, Reference, Tables, read_head
from gpusetup.compat_files.fields import Errors
from gpusetup.compat_files.mistakes import FileError, MatrixErrors
from gpusetup.compat_files.nodes import Node, Unreadable, decode, parse
from gpusetup.compat_files.nvidia_tables import (
    read_architectures,
    read_branches,
    read_chips,
    read_cuda,
    read_devices,
    read_gpus,
    read_ranges,
    read_toolkits,
)
from gpusetup.compat_files.speed_tables import read_rates, read_references
from gpusetup.compat_files.torch_tables import read_companions, read_releases, read_traps
from gpusetup.matrix.rows import GpuModel, Matrix

READERS: dict[str, Callable[[Document, Node, str], None]] = {
    "releases": read_releases,
    "companions": read_companions,
    "traps": read_traps,
    "cuda": read_cuda,
    "toolkits": read_toolkits,
    "branches": read_branches,
    "architectures": read_architectures,
    "chips": read_chips,
    "gpus": read_gpus,
    "devices": read_devices,
    "ranges": read_ranges,
    "references": read_references,
    "rates": read_rates,
}


def load_folder(path: Path, extend: Matrix | None = None) -> Matrix:
    """The matrix of a folder or of one file. With `extend` its rows are added or replace others.

    Raises:
        MatrixErrors: there are mistakes; it holds every one.
    """
    try:
        files = compat_files(path) if path.is_dir() else [path]
    except OSError as error:
        facts = {"problem": error.strerror or str(error)}
        raise MatrixErrors((FileError(str(path), 0, "", "matrix.unreadable", facts),)) from error
    if not files:
        raise MatrixErrors((FileError(str(path), 0, "", "matrix.no-files"),))
    documents = [_read_file(file, _shown(file, path)) for file in files]
    errors = [error for document in documents for error in document.errors.found]
    tables = _merge(documents, errors, tables_of(extend) if extend else Tables())
    if not errors:  # else a row that could not be read would be missed again
        known = _known_keys(tables)
        references = (each for document in documents for each in document.references)
        errors.extend(_dangling(references, known))
    if errors:
        raise MatrixErrors(tuple(_once(errors)))
    updated = [document.updated for document in documents]
    minimum = max(document.minimum_gpusetup for document in documents)
    return matrix_of(tables, max([*updated, extend.updated if extend else ""]), minimum)


def _shown(file: Path, root: Path) -> str:
    return str(file.relative_to(root.parent)) if root.is_dir() else str(file)


def _read_file(file: Path, name: str) -> Document:
    document = Document(Errors(name), Tables())
    try:
        with file.open("rb") as stream:
            content = stream.read(MAXIMUM_READ)
        root = parse(decode(content))
    except OSError as error:
        document.errors.add(0, "", "matrix.unreadable", problem=error.strerror or str(error))
        return document
    except Unreadable as error:
        document.errors.add(error.line, "", error.code, **error.facts)
        return document
    head = read_head(document, root, tuple(READERS))
    for table, read in READERS.items():
        if head is not None and table in head.fields:
            read(document, head.fields[table], table)
    return document


MAXIMUM_READ = 9 * 2**20  # a little more than is allowed: enough to see that it is too much


def _merge(documents: Iterable[Document], errors: list[FileError], base: Tables) -> Tables:
    """All rows in one set of tables. Two files of the same folder may not hold the same row."""
    new: dict[tuple[str, object], str] = {}
    for document in documents:
        for table, rows in vars(document.tables).items():
            for key in rows:
                file = document.errors.file
                if (table, key) in new:
                    facts = {"key": show_key(key), "other": new[table, key]}
                    errors.append(FileError(file, 0, table, "matrix.row-in-two-files", facts))
                new[table, key] = file
            vars(base)[table].update(rows)
    return base


def _once(errors: Iterable[FileError]) -> Iterable[FileError]:
    """A mistake in a build is met again on each of its platforms; it is told once."""
    seen = set()
    for each in errors:
        key = (each.file, each.line, each.code, str(each.facts))
        if key not in seen:
            seen.add(key)
            yield each


def _known_keys(tables: Tables) -> dict[str, set[str]]:
    return {
        "chips": set(tables.chips),
        "gpus": set(tables.gpus),
        "cuda": {str(version) for version in tables.cuda},
        "companions": {f"{name} {version} {on}" for name, version, on in tables.companions},
        "architectures": {
            show_capability(capability) for row in tables.generations for capability in row
        },
    }


def _dangling(references: Iterable[Reference], known: dict[str, set[str]]) -> Iterable[FileError]:
    for each in references:
        if each.key not in known[each.table]:
            facts = {"key": each.key, "table": each.table}
            yield FileError(each.file, each.line, each.path, "matrix.dangling", facts)


def show_key(key: object) -> str:
    """The key of a row in words."""
    parts = key if isinstance(key, tuple) else (key,)
    return " ".join(str(getattr(part, "value", part)) for part in parts if part is not None)


def tables_of(matrix: Matrix) -> Tables:
    """The rows of a matrix by their keys."""
    return Tables(
        builds={row.key: row for row in matrix.builds},
        cuda={row.cuda_runtime: row for row in matrix.cuda},
        toolkits={row.version: row for row in matrix.toolkits},
        branches={row.branch: row for row in matrix.branches},
        generations={row.capabilities: row for row in matrix.generations},
        chips={row.name: row for row in matrix.chips},
        gpus={row.name: row for row in matrix.gpus},
        pci={key: (chip, name or "") for key, (chip, _, name) in matrix.pci.items()},
        pci_ranges={row.start: row for row in matrix.pci_ranges},
        traps={row.id: row for row in matrix.traps},
        companions={(row.name, row.version, row.platform): row for row in matrix.companions},
        references={(row.gpu, row.figure): row for row in matrix.references},
        rates={(row.capability, row.cards): row for row in matrix.rates},
    )


def matrix_of(tables: Tables, updated: str, minimum_gpusetup: str) -> Matrix:
    """The matrix of all rows, builds newest first, names resolved to capabilities."""
    by_platform = sorted(tables.builds.values(), key=lambda build: build.platform)
    order = sorted(by_platform, key=lambda build: build.torch, reverse=True)
    chips = tables.chips
    return Matrix(
        builds=tuple(order),
        cuda=tuple(tables.cuda.values()),
        branches=tuple(tables.branches.values()),
        generations=tuple(tables.generations.values()),
        gpus=tuple(_with_capability(gpu, tables) for gpu in tables.gpus.values()),
        pci={
            key: (chip, chips[chip].compute_capability, name)
            for key, (chip, name) in tables.pci.items()
        },
        traps=tuple(tables.traps.values()),
        updated=updated,
        toolkits=tuple(tables.toolkits.values()),
        companions=tuple(tables.companions.values()),
        chips=tuple(chips.values()),
        pci_ranges=tuple(tables.pci_ranges.values()),
        minimum_gpusetup=minimum_gpusetup,
        references=tuple(tables.references.values()),
        rates=tuple(tables.rates.values()),
    )


def _with_capability(gpu: GpuModel, tables: Tables) -> GpuModel:
    """A name that was sold with chips of several capabilities has none of its own."""
    found = {tables.chips[chip].compute_capability for chip in gpu.chips}
    names = {tables.chips[chip].architecture for chip in gpu.chips}
    return replace(
        gpu,
        compute_capability=found.pop() if len(found) == 1 else None,
        architecture=names.pop() if len(names) == 1 else None,
    )
