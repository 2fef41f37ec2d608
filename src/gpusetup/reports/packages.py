"""Installed packages as pip, uv, conda and bug reports list them.

[pip3] torch==2.1.0+cu118
pytorch                   1.11.0              py3.8_cpu_0    pytorch
Successfully installed torch-2.3.0+cu121 torchvision-0.18.0
"""

from __future__ import annotations

import re
from typing import Iterator

from gpusetup.environments.facts import Distribution

_NAMES = (
    r"torch|pytorch(?:-cuda|-mutex|-gpu|-cpu)?|torchvision|torchaudio|torchtext|triton"
    r"|numpy(?:-base)?"
    r"|xformers|flash[-_]attn|bitsandbytes|sgl[-_]kernel|vllm|mkl|cpuonly|cudatoolkit|libtorch"
    r"|cuda-version|tensorflow|nvidia-[a-z]{3,12}(?:-[a-z]{2,8})?(?:-cu\d\d)?"
)
_LINE = re.compile(
    rf"^[ \t>*+-]{{0,12}}(?:\[(?P<tool>pip|conda)\d?\][ ]{{1,4}})?(?P<name>{_NAMES})"
    r"(?:[ ]?==[ ]?|[ ]?:[ ]{0,20}|[ ]{1,40}\(|[ ]{1,60})"
    r"(?P<version>\d{1,4}(?:\.\w{1,12}){1,5}(?:\+[\w.]{1,30})?)\)?"
    r"(?:[ ]{1,40}(?P<build>[\w.*]{1,60})(?:[ ]{1,40}(?P<channel>[\w./:-]{1,60}))?)?[ ]{0,60}$",
    re.M,
)
_SHOWN = re.compile(
    rf"^Name: (?P<name>{_NAMES})\nVersion: (?P<version>\d[\w.+]{{1,40}})", re.M | re.I
)
_INSTALLED = re.compile(r"Successfully installed (?P<all>[^\n]{3,4000})")
_ONE = re.compile(
    rf"\b(?P<name>{_NAMES})-(?P<version>\d{{1,4}}(?:\.\w{{1,12}}){{1,5}}(?:\+[\w.]{{1,30}})?)"
)
_PLANNED = re.compile(
    r"(?:^|::|[ ])(?P<name>pytorch|pytorch-mutex|torchvision)-(?P<version>\d[\d.]{1,12})"
    r"(?:-|[ ]{1,20}\|[ ]{1,20})(?P<build>[\w.]{0,30}(?:cpu|cuda)[\w.]{0,40})\b",
    re.M,
)
_PLACE = re.compile(r"(?:[A-Za-z]:)?[\\/][^\n\"']{0,120}?(?:site|dist)-packages(?=[\\/]torch[\\/])")
_LONGEST = 2_000_000


def packages_in(text: str) -> tuple[Distribution, ...]:
    """What is named as installed: each name once per tool, as it was met first."""
    found: dict[tuple[str, str | None], Distribution] = {}
    for one in _each(text[:_LONGEST]):
        found.setdefault((one.name, one.installer), one)
    return tuple(found.values())


def torch_places(text: str) -> tuple[str, ...]:
    """The folders that torch was imported from, by the paths of tracebacks and warnings."""
    found = (match[0] for match in _PLACE.finditer(text[:_LONGEST]))
    return tuple(dict.fromkeys(found))


def _each(text: str) -> Iterator[Distribution]:
    for match in _LINE.finditer(text):
        yield _distribution(match)
    for match in _PLANNED.finditer(text):
        version, build = match["version"].rstrip("."), match["build"]
        yield Distribution(_normal(match["name"]), version, installer="conda", build=build)
    for match in _SHOWN.finditer(text):
        yield Distribution(_normal(match["name"]), match["version"], installer="pip")
    for line in _INSTALLED.finditer(text):
        for match in _ONE.finditer(line["all"]):
            yield Distribution(_normal(match["name"]), match["version"], installer="pip")


def _distribution(match: re.Match[str]) -> Distribution:
    build, channel = match["build"], match["channel"]
    is_conda = match["tool"] == "conda" or bool(build and _is_build_string(build))
    from_pip = channel == "pypi" or build in ("<pip>", "pypi_0")
    installer = "pip" if from_pip or not is_conda else "conda"
    return Distribution(
        name=_normal(match["name"]),
        version=match["version"],
        installer=installer,
        build=build if is_conda and not from_pip else None,
        channel=channel if is_conda and not from_pip else None,
    )


def _is_build_string(word: str) -> bool:
    return bool(
        re.fullmatch(
            r"(?:py\d|cuda|cpu|h[0-9a-f]{6}|[\w.]{0,40}_)\w{0,50}(?:[\w.]{0,40})|\d{1,3}", word
        )
    )


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")
