"""`nvidia-smi -L`, and the same lines inside other reports.

GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f)
  MIG 3g.20gb     Device  0: (UUID: MIG-...)
"""

from __future__ import annotations

import re
from dataclasses import replace

from gpusetup.machine import Gpu, Mig, MigInstance, Reading, Status
from gpusetup.reports.part import Part, looks_like_gpu
from gpusetup.reports.text import squeeze

KIND = "nvidia-smi-list"

_LINE = re.compile(
    r"\bGPU (?P<index>\d{1,3}) ?: (?P<name>[^\n(:]{1,80}(?:\([^U\n]{1,30}\))?)[ ]*"
    r"(?P<tail>\(UUID ?: ?(?P<uuid>GPU-[0-9A-Fa-f-]{4,40})?\)?)?"
    r"|^[ ]*(?P<slice>MIG [\w.+]{1,30})[ ]+Device[ ]+\d{1,3} ?: ?\(UUID ?: ?(?P<mig>MIG-[^)\s]+)",
    re.M,
)


def read_listing(text: str) -> Part | None:
    """GPUs listed one per line with their UUIDs."""
    gpus = listed_gpus(text)
    if not any(gpu.uuid for gpu in gpus):
        return None
    first = next(found[0] for found in _LINE.finditer(text) if found["uuid"])
    return Part(
        kind=KIND, gpus=gpus, readings=(Reading("nvidia-smi", Status.PARTIAL, squeeze(first)),)
    )


def listed_gpus(text: str) -> tuple[Gpu, ...]:
    """The GPUs of lines "GPU 0: name", with or without a UUID; one per index."""
    gpus: dict[int, Gpu] = {}
    last: int | None = None
    for found in _LINE.finditer(text):
        if found["slice"]:
            if last is not None:
                gpus[last] = _with_slice(gpus[last], found["slice"], found["mig"])
            continue
        name = found["name"].strip()
        if not (found["uuid"] or looks_like_gpu(name)):
            continue
        last = int(found["index"])
        if last not in gpus or (found["uuid"] and not gpus[last].uuid):
            gpus[last] = Gpu(index=last, name=name, uuid=found["uuid"])
    return tuple(gpus.values())


def _with_slice(gpu: Gpu, name: str, uuid: str) -> Gpu:
    known = gpu.mig.instances if gpu.mig else ()
    if any(each.uuid == uuid for each in known):
        return gpu
    return replace(gpu, mig=Mig(True, (*known, MigInstance(name=name, uuid=uuid))))
