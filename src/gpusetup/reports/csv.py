"""`nvidia-smi --query-gpu=... --format=csv`, with or without its header line and its units.

    index, name, driver_version, memory.total [MiB]
    0, NVIDIA GeForce RTX 3090, 535.161.08, 24576 MiB

Without a header the command above it names the fields, if it was pasted too; else each value is
known by its look, and what could be two things is left unknown.
"""

from __future__ import annotations

import re

from gpusetup.basics.versions import Version, parse_capability
from gpusetup.machine import Gpu, GpuState, Mig, Reading, Status
from gpusetup.reports.part import (
    UUID,
    Part,
    bus_id,
    known,
    looks_like_gpu,
    mib_in,
    state_of,
    version_in,
)
from gpusetup.reports.text import squeeze

KIND = "nvidia-smi-csv"

_COMMAND = re.compile(r"--query-gpu[= ]\s*\"?([\w.,]+)")
_FIELD = re.compile(r"([a-z][a-z0-9_.]{1,60})(?: \[[\w/%]{1,8}\])?")
_ALIASES = {"gpu_name": "name", "gpu_uuid": "uuid", "gpu_bus_id": "pci.bus_id"}
_TELLING = ("index", "name", "uuid", "pci.bus_id", "driver_version", "kmd_version", "memory.total")
_DRIVER_LOOK = re.compile(r"[345678]\d\d\.\d{1,3}(?:\.\d{1,3})?")
_FAILED = ("[Unknown Error]", "[GPU is lost]", "[GPU requires reset]")
_CAPABILITY_LOOK = re.compile(r"\d{1,2}\.\d")

_BARE = re.compile(r"(?:(?P<index>\d{1,3}), )?(?P<name>[^,]{4,80})")
_MOST_GPUS = 64

_Row = dict[str, str]


def read_csv(text: str) -> Part | None:
    """The GPUs of all rows that look like rows of this tool."""
    rows = _rows(text) or _bare_rows(text)
    gpus = tuple(map(_gpu, rows))
    if not gpus:
        return None
    driver = _first_version(rows, "kmd_version", "driver_version")
    detail = squeeze(", ".join(rows[0].values()))
    return Part(
        kind=KIND,
        driver_version=driver,
        cuda_version=_first_version(rows, "cuda_umd_version", "cuda_version"),
        gpus=gpus,
        # this output has no field for the CUDA version, so it is never the whole answer
        readings=(Reading("nvidia-smi", Status.PARTIAL, detail),),
    )


def _rows(text: str) -> list[_Row]:
    rows: list[_Row] = []
    header: tuple[str, ...] = ()
    for line in text.split("\n"):
        command = _COMMAND.search(line)
        if command:
            header = _canonical(command[1].split(","))
            continue
        cells = [cell.strip().strip('"').strip() for cell in line[:2000].split(",")]
        named = _header(cells)
        if named:
            header = named
        elif header and len(cells) == len(header):
            rows += _checked(dict(zip(header, cells)))
        elif not header and len(cells) > 1:
            rows += _guessed(cells)
    return rows


def _bare_rows(text: str) -> list[_Row]:
    """Nothing but names, with or without indices: the answer to --query-gpu=name without header."""
    found = [_BARE.fullmatch(line.strip()) for line in text.split("\n") if line.strip()]
    rows = [{"index": each["index"] or "", "name": each["name"]} for each in found if each]
    is_answer = len(rows) == len(found) <= _MOST_GPUS
    return (
        rows if is_answer and all(looks_like_gpu(row["name"], branded=True) for row in rows) else []
    )


def _canonical(fields: list[str]) -> tuple[str, ...]:
    return tuple(_ALIASES.get(field, field) for field in fields)


def _header(cells: list[str]) -> tuple[str, ...]:
    """The fields, if this line is a header; a list of processes is one too, but not of GPUs."""
    found = [_FIELD.fullmatch(cell) for cell in cells]
    names = _canonical([each[1] for each in found if each])
    if len(names) < len(cells) or not any(name in (*_TELLING, "pid") for name in names):
        return ()
    return names


def _checked(row: _Row) -> list[_Row]:
    """The row, if no value contradicts its field and one confirms it."""
    if "pid" in row:
        return []
    verdicts = [_fits(field, value) for field, value in row.items()]
    return [row] if True in verdicts and False not in verdicts else []


def _fits(field: str, value: str) -> bool | None:
    """Whether a value is of its field's kind; None where that cannot be told."""
    if known(value) is None:
        return None
    if field == "name":
        return looks_like_gpu(value) or None
    if field == "index":
        return None if re.fullmatch(r"\d{1,3}", value) else False
    if field == "pci.bus_id":
        return bus_id(value) is not None
    if field in ("driver_version", "kmd_version"):
        return _DRIVER_LOOK.fullmatch(value) is not None
    if field == "compute_cap":
        return _CAPABILITY_LOOK.fullmatch(value) is not None
    if field.startswith("memory."):
        return mib_in(value) is not None
    return value.startswith(("GPU-", "MIG-")) if field == "uuid" else None


def _guessed(cells: list[str]) -> list[_Row]:
    """A row without header: each value under the field whose look it has, or nowhere.

    Prose has commas too, so a name alone is not enough.
    """
    row: _Row = {"index": cells[0]} if re.fullmatch(r"\d{1,3}", cells[0]) else {}
    for cell in cells:
        field = _field_of(cell)
        if field:
            row.setdefault(field, cell)
    total = _total_memory(cells)
    if total:
        row["memory.total"] = total
    certain = "uuid" in row or "pci.bus_id" in row
    if not certain and not ("name" in row and {"driver_version", "memory.total"} & row.keys()):
        return []
    if "name" not in row:  # a card that no longer answers says so in place of its name
        row["name"] = next((cell for cell in cells if cell in _FAILED), "")
    return [row]


def _field_of(cell: str) -> str | None:
    if re.fullmatch(UUID, cell):
        return "uuid"
    if bus_id(cell):
        return "pci.bus_id"
    if _DRIVER_LOOK.fullmatch(cell):
        return "driver_version"
    if _CAPABILITY_LOOK.fullmatch(cell) and 2 <= int(cell.split(".")[0]) <= 20:
        return "compute_cap"
    return "name" if looks_like_gpu(cell, branded=True) else None


def _total_memory(cells: list[str]) -> str | None:
    """The largest number that can be a card's memory; with units only those count."""
    with_unit = [cell for cell in cells if cell.endswith(("MiB", "MB"))]
    sizes = [mib for cell in (with_unit or cells) if (mib := mib_in(cell)) and "." not in cell]
    largest = max(sizes, default=0)
    return str(largest) if largest >= 1000 else None


def _gpu(row: _Row) -> Gpu:
    name, index = row.get("name", ""), row.get("index", "")
    capability = row.get("compute_cap", "")
    parsed = _CAPABILITY_LOOK.fullmatch(capability)
    mode = known(row.get("mig.mode.current"))
    return Gpu(
        index=int(index) if index.isdecimal() else None,
        name=known(name),
        compute_capability=parse_capability(capability) if parsed else None,
        capability_source="nvidia-smi" if parsed else None,
        memory_mib=mib_in(row.get("memory.total")),
        memory_used_mib=mib_in(row.get("memory.used")),
        uuid=known(row.get("uuid")),
        pci_bus_id=bus_id(row.get("pci.bus_id")),
        mig=Mig(mode == "Enabled") if mode else None,
        state=_state(row),
    )


def _state(row: _Row) -> GpuState:
    """Lost if any value says so; failed if it does not even know its name or memory."""
    if any("GPU is lost" in value for value in row.values()):
        return GpuState.LOST
    return state_of(row.get("name", "") + row.get("memory.total", ""))


def _first_version(rows: list[_Row], *fields: str) -> Version | None:
    found = (version_in(row.get(field)) for field in fields for row in rows)
    return next((version for version in found if version), None)
