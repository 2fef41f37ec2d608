"""Warnings of torch that name a GPU, its compute capability or the driver's CUDA version.

NVIDIA GeForce RTX 5080 with CUDA capability sm_120 is not compatible with the current ...
Found GPU0 GeForce GTX 770 which is of cuda capability 3.0.
The NVIDIA driver on your system is too old (found version 11040).
"""

from __future__ import annotations

import re

from gpusetup.basics.versions import parse_capability, parse_cuda_driver_version
from gpusetup.machine import Gpu, Reading, Status
from gpusetup.reports.part import Part, looks_like_gpu
from gpusetup.reports.text import squeeze

KIND = "torch"

_GPU = re.compile(
    r"(?:Found GPU(?P<index>\d{1,2}) )?(?P<name>[A-Z][\w ()./+-]{1,60}?)"
    r"(?: with CUDA capability sm_(?P<major>\d{1,2})(?P<minor>\d)\b"
    r"| which is of cuda capability (?P<dotted>\d{1,2}\.\d))"
)
_TOO_OLD = re.compile(r"driver on your system is too old \(found version (\d{4,5})\)")


def read_torch_texts(text: str) -> Part | None:
    """The GPUs that torch complains about; it may be silent about others."""
    found = [each for each in _GPU.finditer(text) if looks_like_gpu(each["name"])]
    too_old = _TOO_OLD.search(text)
    if not found and not too_old:
        return None
    gpus = _each_once(tuple(map(_gpu, found)))
    lines = [each[0] for each in (*found, too_old) if each]
    return Part(
        kind=KIND,
        cuda_version=parse_cuda_driver_version(int(too_old[1])) if too_old else None,
        gpus=gpus or None,
        readings=(Reading(KIND, Status.PARTIAL, squeeze(lines[0])),),
    )


def _each_once(gpus: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """A second warning about one card does not repeat its index."""
    indexed = {gpu.name for gpu in gpus if gpu.index is not None}
    return tuple(
        gpu for gpu in dict.fromkeys(gpus) if gpu.index is not None or gpu.name not in indexed
    )


def _gpu(found: re.Match[str]) -> Gpu:
    dotted = found["dotted"] or f"{found['major']}.{found['minor']}"
    return Gpu(
        index=int(found["index"]) if found["index"] else None,
        name=found["name"],
        compute_capability=parse_capability(dotted),
        capability_source=KIND,
    )
