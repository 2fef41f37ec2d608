"""Which files make a torch whole, and when a library ends too early."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gpusetup.environments.torch_files import core_of, is_cut, wanted_of_conda, wanted_of_record

RECORD = """\
torch/__init__.py,sha256=a,900
torch/lib/libtorch_cpu.so,sha256=b,400000000
torch/lib/libgomp.so.1,sha256=b,9000
torch/nn/modules/linear.py,sha256=c,9
torch/nn/__pycache__/x.cpython-311.pyc,,
torchgen/model.py,sha256=d,9
../../../bin/torchrun,sha256=e,9
torch-2.7.1.dist-info/RECORD,,
"""


def test_two_levels_of_folders_are_looked_at() -> None:
    wanted = wanted_of_record(RECORD)
    assert wanted.names == {
        "torch": ("__init__.py", "lib", "nn"),
        "torch/lib": ("libtorch_cpu.so", "libgomp.so.1"),
        "torch/nn": ("modules",),
    }
    assert wanted.sizes == {"torch/lib/libtorch_cpu.so": 400000000, "torch/lib/libgomp.so.1": 9000}


def test_condas_list_counts_from_the_prefix() -> None:
    site = "lib/python3.11/site-packages/torch"
    wanted = wanted_of_conda([f"{site}/__init__.py", "lib/libtorch_cpu.so", "lib/libssl.so"])
    assert wanted.names == {site: ("__init__.py",), "lib": ("libtorch_cpu.so",)}


@pytest.mark.parametrize(
    ("system", "build", "names"),
    [
        ("posix", "cpu", ("libc10.so", "libtorch_cpu.so", "libtorch_python.so")),
        ("nt", "cpu", ("c10.dll", "torch_cpu.dll", "torch_python.dll")),
        ("mac", "cpu", ("libc10.dylib", "libtorch_cpu.dylib", "libtorch_python.dylib")),
    ],
)
def test_without_any_list_the_core_is_looked_for(
    system: str, build: str, names: tuple[str, ...]
) -> None:
    assert core_of(system, build).names["torch/lib"] == names
    assert "libtorch_cuda.so" in core_of("posix", "cu126").names["torch/lib"]


def elf(end: int) -> bytes:
    """The head of a library whose last table ends there."""
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<Q", head, 0x28, end - 640)
    struct.pack_into("<HH", head, 0x3A, 64, 10)
    return bytes(head)


def test_a_library_that_ends_before_its_last_table_is_cut() -> None:
    assert is_cut(5000, 9000, elf(9000))
    assert is_cut(0, 9000, b"")


def test_a_library_that_was_stripped_is_whole() -> None:
    assert not is_cut(5000, 9000, elf(5000))
    assert not is_cut(9000, 9000, elf(9000))


def test_a_real_library_is_whole_and_half_of_it_is_not() -> None:
    library = next(Path("/usr/lib").glob("*-linux-gnu/libc.so.6"), None)
    if library is None:
        pytest.skip("no glibc at its usual place")
    whole = library.read_bytes()
    assert not is_cut(len(whole), len(whole) + 1, whole[:64])
    assert is_cut(len(whole) // 2, len(whole), whole[:64])
