"""The tables of NVIDIA: CUDA runtimes, toolkits, driver branches, GPUs, PCI ids."""

from __future__ import annotations

from gpusetup.basics.versions import Version
from gpusetup.compat_files.document import Document
from gpusetup.compat_files.fields import elements, entries, needs_quotes, parse_device_id, record
from gpusetup.compat_files.nodes import Node
from gpusetup.matrix.rows import (
    Chip,
    CudaFamily,
    CudaToolkit,
    DriverBranch,
    Generation,
    GpuModel,
    PciRange,
)

STATES = ("current", "long-term", "superseded", "end-of-life", "legacy")
FIGURES = (
    *("bandwidth_gb_s", "fp32_tflops", "tf32_tflops"),
    *("fp16_tflops", "bf16_tflops", "fp8_tflops"),
)
_ROW = ("source", "checked")


def read_cuda(document: Document, node: Node, path: str) -> None:
    """cuda: one row per CUDA runtime with the drivers that it needs."""
    required = ("cuda_runtime", "minimum_linux", "minimum_windows", *_ROW)
    optional = ("exact", "ptx_minimum_linux", "ptx_minimum_windows", "note")
    for item, place in elements(document.errors, node, path):
        row = record(document.errors, item, place, required, optional)
        if row is None:
            continue
        names = ("cuda_runtime", "minimum_linux", "minimum_windows")
        runtime, linux, windows = (row.version(name) for name in names)
        origin = document.origin_of(row)
        if runtime is None or linux is None or windows is None:
            continue
        if document.is_new(row, "cuda", runtime):
            document.tables.cuda[runtime] = CudaFamily(
                cuda_runtime=runtime,
                minimum_linux=linux,
                minimum_windows=windows,
                exact=row.flag("exact"),
                ptx_minimum_linux=row.version("ptx_minimum_linux"),
                ptx_minimum_windows=row.version("ptx_minimum_windows"),
                note=row.text("note") or "",
                **origin,
            )


def read_toolkits(document: Document, node: Node, path: str) -> None:
    """toolkits: version -> the driver that NVIDIA names for it."""
    for key, value, place in entries(document.errors, node, path):
        row = record(
            document.errors, value, place, ("branch", *_ROW), ("minimum_linux", "minimum_windows")
        )
        try:
            version = Version.parse(key)
        except ValueError:
            document.errors.add(value.line, place, "matrix.no-version", value=key)
            continue
        if row is not None:
            document.tables.toolkits[version] = CudaToolkit(
                version=version,
                branch=row.integer("branch") or 0,
                minimum_linux=row.version("minimum_linux"),
                minimum_windows=row.version("minimum_windows"),
                **document.origin_of(row),
            )


def read_branches(document: Document, node: Node, path: str) -> None:
    """branches: number -> the state of a driver branch."""
    optional = ("cuda_version", "end_of_life", "note")
    for key, value, place in entries(document.errors, node, path):
        row = record(document.errors, value, place, ("state", *_ROW), optional)
        if not key.isdigit():
            document.errors.add(value.line, place, "matrix.no-number", value=key)
        elif row is not None:
            document.tables.branches[int(key)] = DriverBranch(
                branch=int(key),
                cuda_version=row.version("cuda_version"),
                state=row.one_of("state", STATES) or "",
                end_of_life=row.date("end_of_life"),
                note=row.text("note") or "",
                **document.origin_of(row),
            )


def read_architectures(document: Document, node: Node, path: str) -> None:
    """architectures: which driver branches drive a generation of GPUs."""
    required = ("name", "capabilities", "open_module", *_ROW)
    optional = ("first_branch", "last_branch", "jetson", "note")
    for item, place in elements(document.errors, node, path):
        row = record(document.errors, item, place, required, optional)
        if row is None:
            continue
        capabilities = row.capabilities("capabilities")
        for capability in capabilities:
            document.is_new(row, "architecture", capability)
        document.tables.generations[capabilities] = Generation(
            name=row.text("name") or "",
            capabilities=capabilities,
            first_branch=row.integer("first_branch"),
            last_branch=row.integer("last_branch"),
            open_module=row.one_of("open_module", ("required", "works", "no")) or "",
            jetson=row.flag("jetson"),
            note=row.text("note") or "",
            **document.origin_of(row),
        )


def read_chips(document: Document, node: Node, path: str) -> None:
    """chips: name -> architecture and compute capability."""
    required = ("architecture", "compute_capability", *_ROW)
    for key, value, place in entries(document.errors, node, path):
        row = record(document.errors, value, place, required)
        if row is None:
            continue
        capability, origin = row.capability("compute_capability"), document.origin_of(row)
        if capability is not None:
            name = row.text("architecture") or ""
            text = f"{capability[0]}.{capability[1]}"
            document.refer(row, "compute_capability", "architectures", text)
            document.tables.chips[key] = Chip(key, name, capability, **origin)


def read_gpus(document: Document, node: Node, path: str) -> None:
    """gpus: name as nvidia-smi prints it -> chips and figures."""
    optional = ("memory_gb", "power_w", *FIGURES)
    for key, value, place in entries(document.errors, node, path):
        row = record(document.errors, value, place, ("chips", *_ROW), optional)
        if row is None:
            continue
        chips, origin = row.texts("chips"), document.origin_of(row)
        for chip in chips:
            document.refer(row, "chips", "chips", chip)
        memory = tuple(sorted(row.numbers("memory_gb")))
        figures = {name: row.number(name) for name in FIGURES}
        document.tables.gpus[key] = GpuModel(
            name=key,
            chip=chips[0] if chips else None,
            chips=chips,
            memory_gb=memory[0] if memory else None,
            memory_options=memory,
            power_w=row.integer("power_w"),
            figures={name: number for name, number in figures.items() if number is not None},
            source=origin["source"],
            checked=origin["checked"],
        )


def read_devices(document: Document, node: Node, path: str) -> None:
    """devices: chip -> PCI device ids with names."""
    for chip, value, place in entries(document.errors, node, path):
        row = record(document.errors, value, place, ("ids", *_ROW))
        if row is None:
            continue
        document.origin_of(row)
        document.refer(row, "ids", "chips", chip)
        ids = row.fields.get("ids")
        for key, name, where in entries(document.errors, ids, f"{place}.ids") if ids else ():
            if not _is_device_id(key):
                document.errors.add(name.line, where, "matrix.no-device-id", value=key)
            elif name.kind != "scalar" or needs_quotes(name):
                document.errors.add(name.line, where, "matrix.unquoted", value=name.text)
            elif document.is_new(row, "device", key):
                document.tables.pci[key] = (chip, name.text)


def read_ranges(document: Document, node: Node, path: str) -> None:
    """ranges: first id -> last id and the chips there."""
    optional = ("compute_capability",)
    for key, value, place in entries(document.errors, node, path):
        row = record(document.errors, value, place, ("end", "chips", *_ROW), optional)
        if row is None:
            continue
        if not _is_device_id(key):
            document.errors.add(value.line, place, "matrix.no-device-id", value=key)
            continue
        for chip in row.texts("chips"):
            document.refer(row, "chips", "chips", chip)
        start = parse_device_id(key)
        document.tables.pci_ranges[start] = PciRange(
            start=start,
            end=row.identifier("end") or start,
            chips=row.texts("chips"),
            compute_capability=row.capability("compute_capability"),
            **document.origin_of(row),
        )


def _is_device_id(text: str) -> bool:
    try:
        parse_device_id(text)
    except ValueError:
        return False
    return True
