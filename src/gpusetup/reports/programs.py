"""GPUs and drivers in the reports of programs around torch.

GPU 0,1,2,3: NVIDIA GeForce RTX 5090            (sglang)
CUDA Driver Version: 570.144
GPU 0   Tesla V100-SXM2-16GB (arch=7.0)         (detectron2)
Device: cuda:0 NVIDIA GeForce RTX 4090 : native (ComfyUI)
torch-2.0.1+cu118 CUDA:0 (Tesla T4, 15102MiB)   (Ultralytics)
"""

from __future__ import annotations

import re

from gpusetup.basics.versions import Version, parse_capability
from gpusetup.machine import Gpu, Reading, Status
from gpusetup.reports.part import Part, looks_like_gpu, version_in
from gpusetup.reports.text import squeeze

KIND = "program-report"

_MANY = re.compile(
    r"^[ \t*>-]{0,8}GPU (?P<list>\d{1,2}(?:,\d{1,2}){0,31})(?: ?:"
    r"|[ ]{1,20})[ ]?(?P<name>[A-Z][\w ./-]{2,60}?)"
    r"(?: \(arch=(?P<arch>\d{1,2}\.\d)\))?[ ]{0,10}$",
    re.M,
)
_DEVICE = re.compile(
    r"Device: cuda:(?P<index>\d{1,2}) (?P<name>[A-Z][\w ./-]{2,60}?)[ ]{0,4}(?::|$)"
    r"|\bCUDA:(?P<yolo>\d{1,2}) \((?P<card>[A-Z][\w ./-]{2,60}?), (?P<mib>\d{3,7})Mi?B\)"
    r"|^gpu\.name: {1,20}(?P<info>[A-Z][\w ./-]{2,60}?)$"
    r"|GPU type: {1,8}(?P<type>NVIDIA [\w ./-]{2,60}?)$",
    re.M,
)
_DRIVER = re.compile(
    r"(?:CUDA Driver Version|Nvidia driver version|NVIDIA driver|nvidia[- ]driver(?: version)?"
    r"|[Dd]river [Vv]ersion"
    r"|显卡驱动(?:版本)?|驱动版本)"
    r"[ ]{0,20}[:= ]{1,3}(?:is )?v?(?P<version>\d{3}\.\d{2,3}(?:\.\d{1,3})?)\b"
)
_SHOWN = re.compile(
    r"(?:nvidia-smi[^\n]{0,40}CUDA(?: Version)?"
    r"|CUDA(?: UMD)? Version)[ ]{0,4}[: ]{1,3}(?P<cuda>\d{1,2}\.\d)\b(?!\.)"
)


def read_programs(text: str) -> Part | None:
    """What programs print about the GPUs that they see."""
    gpus = _gpus(text)
    driver, shown = _DRIVER.search(text), _SHOWN.search(text)
    if not gpus and not driver and not shown:
        return None
    first = next(each for each in (_MANY.search(text), _DEVICE.search(text), driver, shown) if each)
    return Part(
        kind=KIND,
        driver_version=version_in(driver["version"]) if driver else None,
        cuda_version=Version.parse(shown["cuda"]) if shown else None,
        gpus=gpus or None,
        readings=(Reading(KIND, Status.PARTIAL, squeeze(first[0])),),
    )


_MENTIONED = re.compile(
    r"\b(?P<geforce>(?P<kind>RTX|GTX|GT|MX) ?(?P<number>\d{3,4}M?)"
    r"(?: ?(?P<more>Ti|SUPER|Super|D)\b)?)(?!\d)\b"
    r"|\bTesla (?P<tesla>[KMPVT]\d{1,3}[a-z]?)\b"
    r"|\b(?P<centre>A100|H100|H200|H800|A800|V100|P100|L40S?|A10G?|B200|K80|H20|GH200|GB10)\b"
    r"|\b(?P<workstation>RTX (?:PRO )?A?\d{4}|Quadro (?:RTX )?[A-Z]{0,2}\d{3,4})\b"
)
_CENTRE = {
    "A100": "NVIDIA A100-SXM4-40GB", "H100": "NVIDIA H100", "V100": "Tesla V100-SXM2-16GB",
    "P100": "Tesla P100-PCIE-16GB", "K80": "Tesla K80",
}  # fmt: skip


def mentioned_gpus(text: str) -> tuple[str, ...]:
    """Names of NVIDIA GPUs anywhere in the text, as nvidia-smi would print them."""
    found = []
    for match in _MENTIONED.finditer(text[:300_000]):
        if match["geforce"]:
            more = f" {match['more']}" if match["more"] else ""
            joined = "" if match["kind"] == "MX" else " "
            found.append(f"NVIDIA GeForce {match['kind']}{joined}{match['number']}{more}")
        elif match["tesla"]:
            found.append(f"Tesla {match['tesla']}")
        elif match["centre"]:
            found.append(_CENTRE.get(match["centre"], f"NVIDIA {match['centre']}"))
        else:
            found.append(f"NVIDIA {match['workstation']}")
    return tuple(dict.fromkeys(found))


def _gpus(text: str) -> tuple[Gpu, ...]:
    found: dict[int, Gpu] = {}
    for match in _MANY.finditer(text):
        name = match["name"].strip()
        if not looks_like_gpu(name):
            continue
        for index in map(int, match["list"].split(",")):
            found.setdefault(index, _gpu(index, name, match["arch"]))
    for match in _DEVICE.finditer(text):
        name = match["name"] or match["card"] or match["info"] or match["type"]
        if looks_like_gpu(name):
            index = int(match["index"] or match["yolo"] or 0)
            found.setdefault(index, _gpu(index, name, None))
    return tuple(found[index] for index in sorted(found))


def _gpu(index: int, name: str, arch: str | None) -> Gpu:
    if arch is None:
        return Gpu(index=index, name=name)
    return Gpu(index, name, parse_capability(arch), capability_source=KIND)
