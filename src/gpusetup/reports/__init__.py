"""Pasted reports: text that a person copied from somewhere becomes a machine.

`decode()` the bytes, `read_report()` the text. What can be read is read; every reader is pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gpusetup.basics.errors import UsageError
from gpusetup.machine import Machine
from gpusetup.reports.collect_env import read_collect_env
from gpusetup.reports.csv import read_csv
from gpusetup.reports.errors_text import find_failures, lost_gpus
from gpusetup.reports.kernel import read_kernel
from gpusetup.reports.listing import read_listing
from gpusetup.reports.merge import is_partial, merge
from gpusetup.reports.programs import read_programs
from gpusetup.reports.query import read_query, read_versions
from gpusetup.reports.table import read_table
from gpusetup.reports.text import clean, decode, looks_binary, squeeze
from gpusetup.reports.torch_texts import read_torch_texts
from gpusetup.reports.xml import read_xml

__all__ = ["Report", "decode", "read_report"]

# The order is the order of trust: what an earlier one knows, a later one does not change.
_READERS = (
    read_table,
    read_xml,
    read_query,
    read_versions,
    read_csv,
    read_listing,
    read_collect_env,
    read_kernel,
    read_torch_texts,
    read_programs,
)


@dataclass(frozen=True)
class Report:
    """What a paste told. `kind` is the format of its main part."""

    kind: str
    machine: Machine
    partial: bool
    environment: dict[str, str] = field(default_factory=dict)  # collect_env: "torch", "pip:torch"
    findings: tuple[str, ...] = ()  # the doctor's names of the failure texts met


def read_report(text: str) -> Report:
    """Read what can be read.

    Raises:
        UsageError: there is nothing of a machine in it.
    """
    readable = clean(text)
    found = (reader(readable) for reader in _READERS)
    parts = tuple(part for part in found if part is not None)
    failures, lost = find_failures(readable), lost_gpus(readable)
    if not (any(part.tells for part in parts) or failures or lost):
        raise _nothing(text, readable)
    machine = merge(parts, failures, lost)
    return Report(
        kind=next((part.kind for part in parts if part.tells), "failure"),
        machine=machine,
        partial=is_partial(machine),
        environment={key: value for part in parts for key, value in part.environment.items()},
        findings=tuple(dict.fromkeys(failure.known.finding for failure in failures)),
    )


def _nothing(text: str, readable: str) -> UsageError:
    """Why nothing could be read, with what was there instead."""
    if not text.strip():
        return UsageError("report.empty")
    if looks_binary(text):
        return UsageError("report.binary", characters=len(text))
    lines = [line for line in readable.split("\n") if line.strip()]
    first = squeeze(lines[0])[:60] if lines else ""
    return UsageError("report.nothing", lines=len(lines), first=first)
