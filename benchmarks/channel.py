"""A conda channel for a solver to work on: the torch builds of the matrix among other packages.

The torch packages need what conda-forge's need: a Python and its ABI, the CUDA libraries of their
CUDA, BLAS, and some small Python packages, each there in several versions. The real channel has
twenty times as many records.
"""

from __future__ import annotations

import json
from pathlib import Path

from gpusetup.basics.versions import Version
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.request import Origin

BUILD_NUMBERS = 3  # conda-forge builds most releases again
OTHER_PACKAGES, OTHER_VERSIONS = 2000, 10
CUDA_LIBRARIES = (
    "cuda-cudart", "cuda-cupti", "cuda-nvrtc", "cuda-nvtx", "libcublas", "libcudss", "libcufft",
    "libcufile", "libcurand", "libcusolver", "libcusparse", "libnvjitlink", "nccl", "cudnn",
)  # fmt: skip
LIBRARIES = (
    "libblas", "libcblas", "liblapack", "mkl", "libabseil", "libprotobuf", "libuv", "sleef",
    "libstdcxx", "libgcc", "libzlib", "openssl", "libffi", "sqlite", "bzip2", "liblzma",
)  # fmt: skip
PURE = ("filelock", "fsspec", "jinja2", "networkx", "sympy", "typing_extensions", "setuptools")
VERSIONS = 12


def make_channel(matrix: Matrix, folder: Path) -> Path:
    """Write repodata for linux-64 and noarch; the folder."""
    records: dict[str, dict[str, object]] = {}
    builds = [b for b in matrix.builds_for("linux-x86_64") if b.origin is Origin.CONDA_FORGE]
    for build in builds:
        for python in build.pythons:
            _add_torch(records, build, python)
    for runtime in sorted({b.cuda_runtime for b in builds if b.cuda_runtime}):
        _add_cuda(records, runtime)
    for minor in range(6, 16):
        _add_python(records, minor)
    for name in LIBRARIES:
        for version in range(VERSIONS):
            _add(records, name, f"3.{version}", "h0")
    for name in PURE:
        for version in range(VERSIONS):
            _add(records, name, f"3.{version}", "py_0", "python >=3.6")
    for package in range(OTHER_PACKAGES):
        for version in range(OTHER_VERSIONS):
            _add(records, f"package-{package}", f"1.{version}", "h0", "python >=3.8")
    for subdir in ("linux-64", "noarch"):
        (folder / subdir).mkdir()
        packages = records if subdir == "linux-64" else {}
        text = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages}
        (folder / subdir / "repodata.json").write_text(json.dumps(text), encoding="utf-8")
    return folder


def _add(
    records: dict[str, dict[str, object]],
    name: str,
    version: str,
    build: str,
    *depends: str,
    number: int = 0,
) -> None:
    count = len(records)
    records[f"{name}-{version}-{build}.conda"] = {
        "name": name, "version": version, "build": build, "build_number": number,
        "depends": list(depends), "subdir": "linux-64", "md5": f"{count:032x}",
        "sha256": f"{count:064x}", "size": 1000 + count, "timestamp": 1700000000000 + count,
    }  # fmt: skip


def _add_torch(records: dict[str, dict[str, object]], build: Build, python: Version) -> None:
    minor = python.numbers[1]
    needs = [f"python >=3.{minor},<3.{minor + 1}", f"python_abi 3.{minor}.* *_cp3{minor}", "numpy"]
    needs += [f"{name} >=3.1" for name in (*LIBRARIES[:11], *PURE)]
    if build.glibc:
        needs.append(f"__glibc >={build.glibc}")
    if build.cuda_runtime:
        needs += ["__cuda", _cuda_range(build.cuda_runtime), *CUDA_LIBRARIES]
    for number in range(BUILD_NUMBERS):
        tag = f"{build.build}_py3{minor}_{number}"
        _add(records, "pytorch", str(build.torch), tag, *needs, number=number)


def _cuda_range(runtime: Version) -> str:
    return f"cuda-version >={runtime},<{runtime.major + 1}"


def _add_cuda(records: dict[str, dict[str, object]], runtime: Version) -> None:
    _add(records, "cuda-version", str(runtime), "h0", f"__cuda >={runtime.major}")
    for name in CUDA_LIBRARIES:
        for patch in range(5):
            _add(records, name, f"{runtime}.{patch}", f"h{patch}", _cuda_range(runtime))


def _add_python(records: dict[str, dict[str, object]], minor: int) -> None:
    _add(records, "python_abi", f"3.{minor}", f"5_cp3{minor}", f"python 3.{minor}.*")
    for patch in range(12):
        _add(records, "python", f"3.{minor}.{patch}", "h0", *LIBRARIES[11:])
    for version in range(VERSIONS):
        needs = (f"python >=3.{minor},<3.{minor + 1}", "libblas", "libcblas", "liblapack")
        _add(records, "numpy", f"2.{version}", f"py3{minor}", *needs)
