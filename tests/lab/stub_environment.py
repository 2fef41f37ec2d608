"""A conda channel whose `python` leads to a real interpreter, and whose `pytorch` to a real torch.

Environments made from it are real ones on disk, and prove themselves; only their packages are short.
"""

from __future__ import annotations

from pathlib import Path

from tests.lab.channel import Stub, write_channel


def write_working_channels(
    folder: Path, torch_python: str, torch: str, minor: str, older: str | None = None
) -> str:
    """conda-forge and pytorch below `folder`. Returns the base for GPUSETUP_CHANNELS.

    `older`: another torch for the CPU, and what an environment of that time holds beside it.
    """
    short = minor.replace(".", "")
    forge = [
        _python(minor, torch_python),
        Stub("python", "3.6.1", "h0_cpython", files={"bin/python": ("#!/bin/false\n", 0o755)}),
        Stub("pip", "25.3", "pyh0_0", ("python",), subdir="noarch", files={"share/pip": ("x", 0o644)}),
        Stub("numpy", "2.3.1", f"py{short}h0_0", files={"share/numpy": ("x", 0o644)}),
        Stub("rich", "14.0.0", "pyh0_0", subdir="noarch", files={"share/rich": ("x", 0o644)}),
        _torch(torch, f"cpu_generic_py{short}_h0_1", minor, (), torch_python),
        _torch(
            torch, f"cuda129_mkl_py{short}_h0_301", minor, ("__cuda", "cuda-version >=12.9,<13"),
            torch_python,
        ),
        Stub("cuda-version", "12.9", "h_3", constrains=("__cuda >=12",), subdir="noarch"),
    ]  # fmt: skip
    if older:
        forge += [
            _torch(older, f"cpu_generic_py{short}_h0_0", minor, (), torch_python),
            Stub("numpy", "2.3.0", f"py{short}h0_0", files={"share/numpy": ("old", 0o644)}),
            Stub("oldfriend", "1.0", "h0_0", (f"pytorch {older}",)),
            *_visions(short, torch, older),
        ]
    write_channel(folder / "conda-forge", forge, packages=True)
    write_channel(folder / "pytorch", [], packages=True)
    return folder.as_uri()


def _visions(short: str, torch: str, older: str) -> list[Stub]:
    """The torchvision of each torch: it goes with no other."""
    return [
        Stub("torchvision", "0.22.1", f"cpu_py{short}_h0_0", (f"pytorch {older}",)),
        Stub("torchvision", "0.23.0", f"cpu_py{short}_h0_0", (f"pytorch {torch} cpu*",)),
        Stub("torchvision", "0.23.0", f"cuda129_py{short}_h0_0", (f"pytorch {torch} cuda*",)),
    ]


# The real torch, under the version of the stub: a proof looks at it.
_RENAMED = """
import importlib.machinery, sys


class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "torch.version":
            return None
        spec = super().find_spec(name, path, target)
        load = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (load(module), vars(module).update(VERSION))
        return spec


VERSION = {{"__version__": "{version}"}}
sys.meta_path.insert(0, Finder)
"""


def _python(minor: str, torch_python: str) -> Stub:
    """An interpreter of its own, as a virtual environment has it: a link and a `pyvenv.cfg`."""
    real = Path(torch_python).resolve()
    return Stub(
        "python", f"{minor}.9", "h0_cpython",
        files={
            "pyvenv.cfg": (f"home = {real.parent}\ninclude-system-site-packages = false\n", 0o644),
            f"lib/python{minor}/site-packages/README.txt": ("stub\n", 0o644),
        },
        links={"bin/python": str(real), f"bin/python{minor}": "python"},
    )  # fmt: skip


def _torch(version: str, build: str, minor: str, needs: tuple[str, ...], torch_python: str) -> Stub:
    site = Path(torch_python).parent.parent / "lib" / f"python{minor}" / "site-packages"
    own = f"lib/python{minor}/site-packages"
    # in the line itself: a module would leave byte code in an environment that is only looked at
    renamed = _RENAMED.format(version=version)
    files = {
        f"{own}/torch-stub.pth": (f"{site}\nimport sys; exec({renamed!r}, {{}})\n", 0o644),
        f"{own}/torch-{version}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n", 0o644,
        ),
    }  # fmt: skip
    return Stub("pytorch", version, build, (f"python {minor}.*", *needs), files=files)
