"""`nvidia-smi -q -x`, whole or cut off.

    <driver_version>535.86.05</driver_version> <gpu id="00000000:01:00.0"> ...

A scanner of our own instead of an XML parser: a paste is often cut, and what is never expanded
(entities, document types) can do no harm.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace

from gpusetup.basics.versions import parse_capability
from gpusetup.machine import Gpu, Mig, MigInstance, PciGpu, Reading, Status
from gpusetup.reports.part import (
    Part,
    bus_id,
    host_of,
    known,
    mib_in,
    pci_gpu_of,
    state_of,
    version_in,
    virtualization_in,
)

KIND = "nvidia-smi-xml"

_TAG = re.compile(r"<(/?)([A-Za-z_][\w.-]{0,80})([^<>]{0,200})>([^<]{0,500})")
_BROKEN_TAG = re.compile(r"</?[\w\n]{1,80}>")  # a narrow window broke it in two
_ID = re.compile(r'id\s*=\s*["\']([^"\']+)')
_DEEPEST = 40


@dataclass
class _Element:
    """A GPU or a MIG device: its values by path, the first of each."""

    bus: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    slices: list[_Element] = field(default_factory=list)

    def get(self, *paths: str) -> str | None:
        return next((value for path in paths if (value := known(self.values.get(path)))), None)


def read_xml(text: str) -> Part | None:
    """The first XML log of a text."""
    begin = text.find("<nvidia_smi_log")
    if begin < 0:
        return None
    end = text.find("</nvidia_smi_log>", begin)
    log, elements = _scan(text[begin : end if end > 0 else None])
    attached = known(log.get("attached_gpus"))
    counted = attached is not None and attached == str(len(elements))
    gpus = tuple(_gpu(each, at if counted else None) for at, each in enumerate(elements))
    part = Part(
        kind=KIND,
        driver_version=version_in(log.get("kmd_version") or log.get("driver_version")),
        cuda_version=version_in(log.get("cuda_umd_version") or log.get("cuda_version")),
        gpus=gpus if gpus or counted else None,
        pci_gpus=tuple(card for card in map(_pci_gpu, elements) if card is not None),
        host=host_of(each.get("driver_model/current_dm") for each in elements),
    )
    whole = end > 0 and counted and part.driver_version is not None
    detail = log.get("driver_version")
    return replace(
        part,
        readings=(Reading("nvidia-smi", Status.OK if whole else Status.PARTIAL, detail),),
    )


def _scan(text: str) -> tuple[dict[str, str], list[_Element]]:
    """The values above the GPUs, and the GPUs."""
    log: dict[str, str] = {}
    gpus: list[_Element] = []
    path: list[str] = []
    text = _BROKEN_TAG.sub(lambda found: found[0].replace("\n", ""), text)
    for closing, tag, attributes, content in _TAG.findall(text):
        if closing:
            _leave(path, tag)
            continue
        if tag == "gpu" and "gpu" not in path:
            found = _ID.search(attributes)
            gpus.append(_Element(bus=bus_id(found[1]) if found else None))
        elif tag == "mig_device" and gpus:
            gpus[-1].slices.append(_Element())
        if attributes.endswith("/") or len(path) >= _DEEPEST:
            continue
        path.append(tag)
        if content.strip():
            _values(log, gpus, path).setdefault(_below(path), html.unescape(content.strip()))
    return log, gpus


def _leave(path: list[str], tag: str) -> None:
    if tag in path:
        while path.pop() != tag:
            pass


def _values(log: dict[str, str], gpus: list[_Element], path: list[str]) -> dict[str, str]:
    if not gpus or "gpu" not in path:
        return log
    slices = gpus[-1].slices
    return slices[-1].values if "mig_device" in path and slices else gpus[-1].values


def _below(path: list[str]) -> str:
    """The path below the element that owns the value."""
    for owner in ("mig_device", "gpu", "nvidia_smi_log"):
        if owner in path:
            return "/".join(path[path.index(owner) + 1 :])
    return "/".join(path)


def _gpu(element: _Element, index: int | None) -> Gpu:
    total = element.values.get("fb_memory_usage/total", "")
    capability = element.get("compute_cap", "cuda_compute_capability")
    name = element.get("product_name")
    parsed = re.fullmatch(r"\d{1,2}\.\d", capability or "")
    return Gpu(
        index=index,
        name=name or element.values.get("product_name"),
        compute_capability=parse_capability(parsed[0]) if parsed else None,
        capability_source="nvidia-smi" if parsed else None,
        memory_mib=mib_in(total),
        memory_used_mib=mib_in(element.values.get("fb_memory_usage/used")),
        uuid=element.get("uuid"),
        pci_bus_id=bus_id(element.get("pci/pci_bus_id")) or element.bus,
        mig=_mig(element),
        state=state_of(" ".join((element.values.get("product_name", ""), total))),
        unified_memory=True if "not supported" in total.lower() else None,
        virtualization=virtualization_in(
            element.get("gpu_virtualization_mode/virtualization_mode")
        ),
    )


def _mig(element: _Element) -> Mig | None:
    mode = element.get("mig_mode/current_mig")
    if mode is None:
        return None
    return Mig(mode == "Enabled", tuple(map(_mig_instance, element.slices)))


def _mig_instance(element: _Element) -> MigInstance:
    instance = element.get("gpu_instance_id") or "?"
    compute = element.get("compute_instance_id") or "?"
    return MigInstance(
        name=element.get("product_name", "name") or f"gi{instance}/ci{compute}",
        uuid=element.get("uuid"),
        memory_mib=mib_in(element.values.get("fb_memory_usage/total")),
    )


def _pci_gpu(element: _Element) -> PciGpu | None:
    return pci_gpu_of(
        element.get("pci/pci_device_id"),
        element.get("product_architecture"),
        element.get("product_name"),
        bus_id(element.get("pci/pci_bus_id")) or element.bus,
    )
