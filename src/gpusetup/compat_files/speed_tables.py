"""The tables of speeds: what cards were measured at, and what their multiprocessors can do."""

from __future__ import annotations

from gpusetup.compat_files.document import Document
from gpusetup.compat_files.fields import elements, record
from gpusetup.compat_files.nodes import Node
from gpusetup.matrix.rows import Rate, Reference

MEASURED = (
    *("matmul_float64", "matmul_float32", "matmul_tf32", "matmul_float16", "matmul_bfloat16"),
    *("matmul_float8", "copy_device"),
)
_ROW = ("source", "checked")


def read_references(document: Document, node: Node, path: str) -> None:
    """references: a card with what it was measured at, by one source."""
    for item, place in elements(document.errors, node, path):
        row = record(document.errors, item, place, ("gpu", *_ROW), ("reports", *MEASURED))
        if row is None:
            continue
        gpu, origin = row.text("gpu") or "", document.origin_of(row)
        document.refer(row, "gpu", "gpus", gpu)
        for name in MEASURED:
            value = row.number(name)
            figure = name.replace("_", "-")
            if value is not None and document.is_new(row, "reference", gpu, figure):
                document.tables.references[gpu, figure] = Reference(
                    gpu, figure, value, row.integer("reports"), **origin
                )


def read_rates(document: Document, node: Node, path: str) -> None:
    """rates: what a multiprocessor of a generation does in a clock."""
    required = ("capabilities", "cores", *_ROW)
    for item, place in elements(document.errors, node, path):
        row = record(document.errors, item, place, required, ("cards", "tensor"))
        if row is None:
            continue
        cards, origin = row.text("cards") or "", document.origin_of(row)
        for capability in row.capabilities("capabilities"):
            text = f"{capability[0]}.{capability[1]}"
            document.refer(row, "capabilities", "architectures", text)
            if document.is_new(row, "rate", capability, cards):
                document.tables.rates[capability, cards] = Rate(
                    capability, cards, row.integer("cores") or 0, row.integer("tensor"), **origin
                )
