"""Channels that hold exactly what rows say, in the form in which the real ones say it.

Other than `torch_channels`, without decoys: what stands here is what a check should find.
"""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, Iterator

from gpusetup.basics.versions import Version
from gpusetup.indexes.conda_records import SUBDIRS
from gpusetup.matrix.rows import Build
from gpusetup.request import Origin
from tests.lab.channel import Stub, write_channel
from tests.lab.torch_channels import torch_build

V = Version.parse


def write_exact(folder: Path, rows: Iterable[Build], more: Iterable[Stub] = ()) -> str:
    """One channel of the rows (of one origin) and of what else it shall hold; its URL."""
    stubs: list[Stub] = []
    for row in rows:
        makers = (_pytorch_torch, _pytorch_companions)
        if row.origin is Origin.CONDA_FORGE:
            makers = (_forge_torch, _forge_companions)
        stubs += [stub for make in makers for stub in make(row)]
    unique = {(each.subdir, each.filename): each for each in (*stubs, *more)}
    return write_channel(folder, unique.values())


def _pytorch_torch(row: Build) -> Iterator[Stub]:
    subdir, runtime, torch = SUBDIRS[row.platform], row.cuda_runtime, str(row.torch)
    is_separate = row.is_cpu and row.torch <= V("1.1.0")
    for python in row.pythons:
        build = f"py{python}_cpu_0" if row.is_cpu else torch_build(row, python)
        needs = (_python(python), "numpy", *_pytorch_toolkit(row))
        yield Stub("pytorch-cpu" if is_separate else "pytorch", torch, build, needs, subdir=subdir)
    if row.toolkit == "pytorch-cuda":
        yield Stub("pytorch-cuda", str(runtime), "ha16c6d3_6", subdir=subdir)


def _pytorch_toolkit(row: Build) -> tuple[str, ...]:
    runtime = row.cuda_runtime
    if runtime is None or row.toolkit not in ("pytorch-cuda", "cudatoolkit"):
        return ()  # 1.0.0 has features, CPU builds a mutex
    return (f"{row.toolkit} >={runtime},<{runtime.major}.{runtime.numbers[1] + 1}",)


def _pytorch_companions(row: Build) -> Iterator[Stub]:
    subdir, torch = SUBDIRS[row.platform], f"pytorch {row.torch}"
    separate = row.is_cpu and row.torch <= V("1.1.0")
    label = "cpu" if row.is_cpu else f"cu{_digits(row)}"
    for name, version in (("torchvision", row.torchvision), ("torchaudio", row.torchaudio)):
        if version is None:
            continue
        if name == "torchvision" and version < V("0.3"):
            yield Stub(name, str(version), "py_2", ("pytorch >=1.0",), subdir="noarch")
            continue
        for python in row.pythons:
            build = f"py{_short(python)}_{label}"
            if name == "torchaudio" and version < V("0.10"):
                build = f"py{_short(python)}"
            needs = (_python(python), f"pytorch-cpu {row.torch}" if separate else torch)
            yield Stub(name + "-cpu" * separate, str(version), build, needs, subdir=subdir)


def _forge_torch(row: Build) -> Iterator[Stub]:
    for python in row.pythons:
        needs = (
            _python(python), f"python_abi {python}.* *_cp{_short(python)}", *_forge_needs(row),
        )  # fmt: skip
        start = "cpu_generic" if row.is_cpu else f"cuda{_digits(row)}_mkl"
        tegra = "_tegra" if row.platform.endswith("tegra") else ""
        build = f"{start}_py{_short(python)}_h0a1b2c3{tegra}_301"
        torch = str(row.torch)
        yield Stub("pytorch", torch, build, needs, subdir=SUBDIRS[row.platform], number=301)


def _forge_needs(row: Build) -> Iterator[str]:
    if row.glibc:
        yield f"__glibc >={row.glibc},<3.0.a0"
    if row.platform.startswith("linux-aarch64") and not row.is_cpu:
        yield f"arm-variant * {'tegra' if row.platform.endswith('tegra') else 'sbsa'}"
    if row.cuda_runtime:
        yield f"cuda-version >={row.cuda_runtime},<{row.cuda_runtime.major + 1}"


def _forge_companions(row: Build) -> Iterator[Stub]:
    label = "cpu" if row.is_cpu else f"cuda{_digits(row)}"
    for name, version in (("torchvision", row.torchvision), ("torchaudio", row.torchaudio)):
        for python in row.pythons if version else ():
            pin = f"pytorch >={row.torch},<{row.torch.major}.{row.torch.numbers[1] + 1}.0a0"
            needs = (_python(python), pin, f"pytorch * {label}*")
            build = f"{label}_py{_short(python)}_h{_digits_of(row.torch)}_0"
            yield Stub(name, str(version), build, needs, subdir=SUBDIRS[row.platform])


def _python(python: Version) -> str:
    return f"python >={python},<{python.major}.{python.numbers[1] + 1}.0a0"


def _short(python: Version) -> str:
    return "".join(map(str, python.numbers[:2]))


def _digits(row: Build) -> str:
    return "".join(map(str, row.cuda_runtime.numbers[:2])) if row.cuda_runtime else ""


def _digits_of(version: Version) -> str:
    return "".join(map(str, version.numbers))
