"""A conda channel whose `python` is the interpreter of a real environment with torch.

Environments made from it are real ones on disk; only what lies in their packages is short.
"""

from __future__ import annotations

from pathlib import Path

from tests.lab.channel import Stub, write_channel


def write_working_channels(folder: Path, torch_python: str, torch: str, minor: str) -> str:
    """conda-forge and pytorch below `folder`. Returns the base for GPUSETUP_CHANNELS."""
    start = f'#!/bin/sh\nexec "{torch_python}" "$@"\n'
    site = f"lib/python{minor}/site-packages"
    short = minor.replace(".", "")
    forge = [
        Stub(
            "python", f"{minor}.9", "h0_cpython",
            files={"bin/python": (start, 0o755), f"{site}/README.txt": ("stub\n", 0o644)},
        ),
        Stub("python", "3.6.1", "h0_cpython", files={"bin/python": (start, 0o755)}),
        Stub("pip", "25.3", "pyh0_0", ("python",), subdir="noarch", files={"share/pip": ("x", 0o644)}),
        Stub("numpy", "2.3.1", f"py{short}h0_0", files={"share/numpy": ("x", 0o644)}),
        Stub("rich", "14.0.0", "pyh0_0", subdir="noarch", files={"share/rich": ("x", 0o644)}),
        _torch(torch, f"cpu_generic_py{short}_h0_1", minor, ()),
        _torch(torch, f"cuda129_mkl_py{short}_h0_301", minor, ("__cuda", "cuda-version >=12.9,<13")),
        Stub("cuda-version", "12.9", "h_3", constrains=("__cuda >=12",), subdir="noarch"),
    ]  # fmt: skip
    write_channel(folder / "conda-forge", forge, packages=True)
    write_channel(folder / "pytorch", [], packages=True)
    return folder.as_uri()


def _torch(version: str, build: str, minor: str, needs: tuple[str, ...]) -> Stub:
    files = {f"lib/python{minor}/site-packages/torch-{version}.txt": (build, 0o644)}
    return Stub("pytorch", version, build, (f"python {minor}.*", *needs), files=files)
