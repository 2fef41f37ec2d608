"""The quick form: one file, a line of JSON per table, read only when the table is asked for.

Rows are stored by columns of indices into the distinct values of a field, so that a version
or a list of architectures is made once and shared by all rows that have it.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any, Callable, Iterable, NamedTuple

from gpusetup.basics.values import fields
from gpusetup.basics.versions import Version
from gpusetup.matrix.rows import (
    Build,
    Chip,
    Companion,
    Confidence,
    CudaFamily,
    CudaToolkit,
    DriverBranch,
    Generation,
    GpuModel,
    Matrix,
    PciRange,
    Rate,
    Reference,
    Trap,
    newest_first,
)
from gpusetup.request import Origin

OTHER_FILES = ("mirrors.yaml", "symptoms.yaml")  # of other rooms, in the same folder
FORM = 1  # raise it when this module writes something that older ones cannot read

_TABLES: dict[str, type] = {
    "cuda": CudaFamily,
    "branches": DriverBranch,
    "generations": Generation,
    "traps": Trap,
    "toolkits": CudaToolkit,
    "companions": Companion,
    "gpus": GpuModel,
    "chips": Chip,
    "pci_ranges": PciRange,
    "references": Reference,
    "rates": Rate,
}


class Codec(NamedTuple):
    """How a value of a field is written as JSON and made again."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _pairs(items: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, items))


_SAME = Codec(lambda value: value, lambda value: value)


@functools.cache
def _version(text: str) -> Version:
    """Each version once, however many rows and lists name it."""
    return Version(tuple(map(int, text.split("."))), text)


_VERSION = Codec(lambda value: value and str(value), lambda text: text and _version(text))
_VERSIONS = Codec(
    lambda value: [str(version) for version in value],
    lambda texts: tuple(map(_version, texts)),
)
_CAPABILITY = Codec(lambda value: value, lambda pair: pair and tuple(pair))
_CAPABILITIES = Codec(lambda value: value, _pairs)
_TUPLE = Codec(list, tuple)
_ORIGINS = Codec(
    lambda value: [origin.value for origin in value], lambda texts: tuple(map(Origin, texts))
)

_CODECS: dict[str, Codec] = {  # by the type that the dataclass declares
    "Version": _VERSION,
    "Version | None": _VERSION,
    "tuple[Version, ...]": _VERSIONS,
    "Capability | None": _CAPABILITY,
    "Capability": _CAPABILITY,
    "tuple[Capability, ...]": _CAPABILITIES,
    "tuple[str, ...]": _TUPLE,
    "tuple[float, ...]": _TUPLE,
    "tuple[Origin, ...]": _ORIGINS,
    "Origin": Codec(lambda value: value.value, Origin),
    "Confidence": Codec(lambda value: value.value, Confidence),
}


def compat_files(folder: Path) -> list[Path]:
    """The matrix files of a folder, in a fixed order."""
    return [folder / name for name in sorted(_states(str(folder)))]


def _states(folder: str, prefix: str = "") -> dict[str, list[int]]:
    """Size and time of each matrix file by its name; `os.scandir` is three times as quick."""
    found: dict[str, list[int]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.is_dir():
                found.update(_states(entry.path, f"{name}/"))
            elif name.endswith(".yaml") and entry.name not in OTHER_FILES:
                try:
                    state = entry.stat()
                except OSError:  # a link to nowhere: told when it is read
                    found[name] = [0, 0]
                else:
                    found[name] = [state.st_size, state.st_mtime_ns]
    return found


def pack(rows: Iterable[Any], kind: type) -> list[Any]:
    """Rows of one dataclass -> per field the distinct values and an index for each row."""
    rows = tuple(rows)
    packed = []
    for field in fields(kind):
        write = _CODECS.get(str(field.type), _SAME).write
        values: dict[str, int] = {}
        column = [
            values.setdefault(json.dumps(write(getattr(row, field.name))), len(values))
            for row in rows
        ]
        distinct = [json.loads(text) for text in values]
        packed.append([field.name, distinct, column if len(distinct) > 1 else len(column)])
    return packed


def unpack(packed: list[Any], kind: type) -> tuple[Any, ...]:
    """What `pack` was given. A row is made without its constructor: nothing is left to check."""
    types = {field.name: str(field.type) for field in fields(kind)}
    names, columns = [], []
    for name, distinct, column in packed:
        read = _CODECS.get(types[name], _SAME).read
        values = [read(value) for value in distinct]
        names.append(name)
        if isinstance(column, int):
            columns.append(values * column)
        else:
            columns.append(list(map(values.__getitem__, column)))
    rows = []
    for cells in zip(*columns):
        row: Any = object.__new__(kind)
        row.__dict__.update(zip(names, cells))
        rows.append(row)
    return tuple(rows)


class FormParts:
    """The tables of a quick form, each read when it is asked for."""

    def __init__(self, lines: dict[str, str], platforms: list[str], facts: dict[str, str]) -> None:
        self._lines = lines
        self._platforms = platforms
        self._facts = facts

    def part(self, name: str) -> object:
        """One table of a `Matrix`."""
        if name in self._facts:
            return self._facts[name]
        if name == "builds":
            found = [row for each in self._platforms for row in self.builds_for(each)]
            return tuple(sorted(found, key=lambda build: build.torch, reverse=True))
        if name == "pci":
            return {
                device: (chip, tuple(capability), title)
                for device, chip, capability, title in json.loads(self._lines[name])
            }
        return unpack(json.loads(self._lines[name]), _TABLES[name])

    def builds_for(self, platform: str) -> tuple[Build, ...]:
        if platform not in self._platforms:
            return ()
        return unpack(json.loads(self._lines[f"builds {platform}"]), Build)


def form_text(matrix: Matrix, stamp: dict[str, Any]) -> str:
    """A matrix in the quick form. `stamp` tells the YAML that it was made of."""
    platforms = sorted({build.platform for build in matrix.builds})
    parts: dict[str, Any] = {
        f"builds {platform}": pack(newest_first(matrix.builds, platform), Build)
        for platform in platforms
    }
    parts.update({name: pack(getattr(matrix, name), kind) for name, kind in _TABLES.items()})
    parts["pci"] = [[device, *facts] for device, facts in matrix.pci.items()]
    facts = {name: getattr(matrix, name) for name in ("updated", "minimum_gpusetup")}
    head = {
        "form": FORM,
        "fields": known_fields(),
        **stamp,
        "facts": facts,
        "platforms": platforms,
        "parts": list(parts),
    }
    lines = [head, *parts.values()]
    return "\n".join(json.dumps(line, separators=(",", ":")) for line in lines) + "\n"


def known_fields() -> str:
    """The fields that this version knows: a form written by another one may lack some."""
    kinds = (Build, *_TABLES.values())
    return " ".join(field.name for kind in kinds for field in fields(kind))


def stamp_of(folder: Path) -> dict[str, Any]:
    """What tells whether a form was made of a folder's files: sizes, times, contents."""
    import hashlib  # only where times do not tell

    states = _states(str(folder))
    digest = hashlib.sha256()
    for name in sorted(states):
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return {"files": states, "digest": digest.hexdigest()}


def write_form(matrix: Matrix, form: Path, folder: Path) -> bool:
    """Write the quick form, whole or not at all. False where that is not possible."""
    text = form_text(matrix, stamp_of(folder))
    try:
        form.parent.mkdir(exist_ok=True)
        temporary = form.with_name(f"{form.name}.{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(form)
    except OSError:
        return False  # a checkout that is not ours to write in: slower, not wrong
    return True


def fresh_form(form: Path, folder: Path, *, by_time: bool) -> Matrix | None:
    """The matrix of a form that matches its YAML; None where there is none.

    `by_time` False is for an installed package: times mean nothing there, sizes are enough.
    """
    try:
        head, *lines = form.read_text(encoding="utf-8").split("\n")
        facts = json.loads(head)
        ours = facts["form"] == FORM and facts["fields"] == known_fields()
        if not ours or not _matches(facts, folder, by_time):
            return None
        named = dict(zip(facts["parts"], lines))
        return Matrix.lazy(FormParts(named, facts["platforms"], facts["facts"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _matches(facts: dict[str, Any], folder: Path, by_time: bool) -> bool:
    known: dict[str, list[int]] = facts["files"]
    now = _states(str(folder))
    if not by_time:
        return {name: size for name, (size, _) in now.items()} == {
            name: size for name, (size, _) in known.items()
        }
    return now == known or bool(stamp_of(folder)["digest"] == facts["digest"])
