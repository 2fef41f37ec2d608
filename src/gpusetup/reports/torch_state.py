"""Which torch a text speaks of, what it was built for, and how it ran.

PyTorch version: 2.1.0+cu118
>>> torch.__version__
'1.13.1+cu117'
- PyTorch version (GPU?): 2.1.0+cu118 (True)
Ultralytics YOLOv8.0.20 Python-3.10.6 torch-2.0.1+cu118 CUDA:0 (Tesla T4, 15102MiB)
"""

from __future__ import annotations

import re

from gpusetup.basics.versions import Version
from gpusetup.environments.facts import Distribution, TorchFacts, TorchRun
from gpusetup.machine import Absence

_NUMBER = (
    r"(?P<version>\d{1,2}\.\d{1,3}(?:\.\d{1,3})?(?:\.?(?:a|b|rc|post|dev)\d{1,8})?"
    r"(?:\+[\w.]{1,30})?)"
)
_SAYS = tuple(
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"\(you have {_NUMBER}\)",
        rf"^[ \t>*-]{{0,12}}PyTorch version(?: \(GPU\?\))?[ ]{{0,20}}: ?{_NUMBER}",
        rf"^[ \t>*-]{{0,12}}(?:PyTorch|pytorch\.version|pytorch version"
        rf"|torch version)[ ]{{0,30}}[:=]? ?{_NUMBER}",
        rf"torch\.__version__[^\n]{{0,40}}\n(?:[^\n]{{0,60}}\n){{0,2}}?[ >\"']{{0,24}}{_NUMBER}",
        rf"torch\.__version__[^\n\d]{{0,30}}{_NUMBER}",
        rf"\btorch-{_NUMBER}(?: (?:CUDA|CPU|MPS)|-cp3)",
        rf"\bversion of (?:py)?torch[^\n\d]{{0,20}}{_NUMBER}",
        rf"\b(?:torch|pytorch)(?:[ ]version)?[ :=]{{1,4}}(?:is )?v?{_NUMBER}(?![\w.]{{0,6}}[ ]?"
        rf"(?:which|requires))",
    )
)
_NONE = re.compile(
    r"^[ \t>*-]{0,12}PyTorch version(?: \(GPU\?\))?[ ]{0,20}: ?(?:N/A|None|not installed)",
    re.M | re.I,
)
_CUDA = re.compile(
    r"CUDA used to build PyTorch[ ]{0,20}: ?(?P<built>\d{1,2}\.\d{1,2}(?:\.\d{1,4})?|None)"
    r"|torch\.version\.cuda[^\n\d]{0,20}\n?[ >\"']{0,8}(?P<said>\d{1,2}\.\d{1,2}(?:\.\d{1,4})?"
    r"|None)\b"
    r"|PyTorch compiling details[^\n]{0,100}?CUDA (?P<mm>\d{1,2}\.\d)",
    re.I,
)
_ROCM = re.compile(r"(?:ROCM|HIP) used to build PyTorch[ ]{0,20}: ?(\d[\w.-]{1,20})", re.I)
_AVAILABLE = re.compile(
    r"(?:Is CUDA available|CUDA available|GPU available|cuda_available"
    r"|pytorch\.cuda)[ ]{0,20}[:= ]{1,3}"
    r"(?P<flag>True|False|Yes|No|available|not available)\b"
    r"|PyTorch version \(GPU\?\): ?\S{3,40} \((?P<paren>True|False)\)"
    r"|\bcuda\.is_available\(\)[ )'\"`]{0,4}[ \n]{0,8}(?:always |一直|总是?)?"
    r"(?:should be True,? (?:but|and) )?(?:it )?"
    r"(?:#|->|=|:|is|returns?|returned|returning|gives|shows|prints|返回|为|是|输出|显示)?"
    r"[ \n>#]{0,8}"
    r"[`'\"]{0,2}(?P<call>True|False)\b",
    re.I,
)
_COUNT = re.compile(r"torch\.cuda\.device_count\(\)[)'\"]{0,4}[ \n>#:=]{0,8}(\d{1,3})\b")
_ARCHES = re.compile(
    r"(?:supports CUDA capabilities|get_arch_list\(\)[^\n]{0,20}\n?)(?P<list>[ \[\]'\",\n]{0,8}"
    r"(?:(?:sm|compute)_\d{2,3}[a-z]?[ ,'\"\]\n.]{0,6}){1,30})"
)
_FLAGS = re.compile(r"code=(sm_\d{2,3})\b")
_TAG = re.compile(r"cu(\d{2})(\d)")
_BUILT = re.compile(r"cuda_?(\d{1,2})\.?(\d)(?!\d{3})")


def torch_in(text: str, packages: tuple[Distribution, ...]) -> TorchFacts | Absence | None:
    """The torch of the report: what it says itself counts before what a list says."""
    said = next((match for each in _SAYS if (match := each.search(text))), None)
    listed = _listed(packages)
    if said is None and _NONE.search(text):
        return Absence.NOT_THERE
    written = said["version"] if said else listed.version if listed else None
    if written is None:
        return None
    build = next((each.build for each in packages if each.name == "pytorch" and each.build), None)
    rocm = _ROCM.search(text)
    local = written.partition("+")[2] or None
    hip = rocm[1] if rocm else local if local and local.startswith("rocm") else None
    return TorchFacts(
        version=Distribution("torch", written).number,
        local=local,
        cuda=_cuda(text, local, build, packages),
        hip=hip,
        build=build,
    )


def is_made_by_others(written: str | None) -> bool:
    """A build that is in no index: from source ("2.1.0a0+git...") or NVIDIA's own."""
    return bool(written and re.search(r"a0|\+git|\.nv|\+[0-9a-f]{7,}|\.dev|\.post", written))


def run_in(text: str) -> TorchRun | None:
    """What the text says about torch running; None where it says nothing."""
    answers = {_flag(match) for match in _AVAILABLE.finditer(text)}
    available = answers.pop() if len(answers) == 1 else None
    count = _COUNT.search(text)
    arches = _architectures(text)
    if available is None and count is None and arches is None:
        return None
    return TorchRun(
        cuda_available=available,
        device_count=int(count[1]) if count else None,
        architectures=arches,
    )


def contradicts_itself(text: str) -> bool:
    """Whether CUDA is available in one place of the text and not in another."""
    return len({_flag(match) for match in _AVAILABLE.finditer(text)}) > 1


def written_version(text: str, packages: tuple[Distribution, ...]) -> str | None:
    """The version as it is written, with its suffixes."""
    said = next((match for each in _SAYS if (match := each.search(text))), None)
    listed = _listed(packages)
    return said["version"] if said else listed.version if listed else None


def _listed(packages: tuple[Distribution, ...]) -> Distribution | None:
    by_name = {each.name: each for each in reversed(packages)}
    return by_name.get("pytorch") or by_name.get("torch")


def _flag(match: re.Match[str]) -> bool:
    word = (match["flag"] or match["paren"] or match["call"]).lower()
    return word in ("true", "yes", "available")


def _architectures(text: str) -> tuple[str, ...] | None:
    said = _ARCHES.search(text)
    if said:
        return tuple(dict.fromkeys(re.findall(r"(?:sm|compute)_\d{2,3}", said["list"])))
    flags = (
        _FLAGS.findall(text) if "PyTorch built with" in text or "NVCC architecture" in text else []
    )
    return tuple(dict.fromkeys(flags)) or None


def _cuda(
    text: str, local: str | None, build: str | None, packages: tuple[Distribution, ...]
) -> Version | Absence | None:
    """The CUDA of the build, by its suffix, by its own words, by conda's build string."""
    tag = _TAG.fullmatch(local or "")
    if tag:
        return Version.parse(f"{tag[1]}.{tag[2]}")
    if local == "cpu" or (local or "").startswith("rocm"):
        return Absence.NOT_THERE
    said = _CUDA.search(text)
    word = (said["built"] or said["said"] or said["mm"]) if said else None
    if word:
        return Absence.NOT_THERE if word.lower() == "none" else Version.parse(word)
    return _cuda_of_conda(build, packages)


def _cuda_of_conda(
    build: str | None, packages: tuple[Distribution, ...]
) -> Version | Absence | None:
    if build is None:
        return None
    found = _BUILT.search(build)
    if found:
        return Version.parse(f"{found[1]}.{found[2]}")
    names = {each.name for each in packages}
    mutex = next((each.build for each in packages if each.name == "pytorch-mutex"), None)
    if re.search(r"(?:^|_)cpu(?:_|$)", build) or "cpuonly" in names or mutex == "cpu":
        return Absence.NOT_THERE
    return None
