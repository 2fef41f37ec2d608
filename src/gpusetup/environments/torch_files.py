"""Which files make a torch whole, by what its installer has written down. Pure.

>>> wanted_of_record("torch/__init__.py,sha256=x,9\\ntorch/lib/libc10.so,sha256=x,7\\n").sizes
{'torch/lib/libc10.so': 7}
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Iterable, Mapping

_LIBRARY = re.compile(r"torch/(?:lib/)?[^/]+\.(?:so|dll|dylib|pyd)(?:\.\d+)?")
_OWN_OF_CONDA = re.compile(r"(?:lib|Library/bin|Library/lib)/(?:lib)?(?:torch|c10)[^/]*")
_OF_SITE = re.compile(r"(?:lib/python3\.\d+t?|Lib)/site-packages/")
_NAMES = {"posix": "lib{}.so", "mac": "lib{}.dylib", "nt": "{}.dll"}


@dataclass(frozen=True)
class Wanted:
    """`names`: what must lie in a folder, by its path. `sizes`: of libraries, where known."""

    names: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]


def wanted_of_record(record: str) -> Wanted:
    """From a wheel's RECORD: two levels of folders, because each one costs a look at the disk."""
    rows = [line.rsplit(",", 2) for line in record.splitlines()]
    known = {row[0].strip('"').replace("\\", "/"): row[-1] for row in rows if len(row) == 3}
    sizes = {path: int(size) for path, size in known.items() if _is_library(path) and size}
    return Wanted(_by_folder(known), sizes)


def wanted_of_conda(files: Iterable[str]) -> Wanted:
    """From the file list of conda's records of pytorch and libtorch; paths begin at the prefix."""
    return Wanted(_by_folder(files), {})


def core_of(system: str, build: str) -> Wanted:
    """Where nothing is written down: what no torch starts without.

    Args:
        system: "posix", "mac" or "nt".
        build: "cpu", "cu126" ...
    """
    libraries = ["c10", "torch_cpu", "torch_python"]
    libraries += ["c10_cuda", "torch_cuda"] if build.startswith("cu") else []
    names = tuple(_NAMES[system].format(each) for each in libraries)
    return Wanted({"torch": ("__init__.py",), "torch/lib": names}, dict.fromkeys(_in_lib(names), 0))


def is_cut(size: int, wanted: int, head: bytes) -> bool:
    """Whether a library ends too early. One that was stripped is smaller, and whole.

    Args:
        head: its first 64 bytes; an ELF file says there where its last table ends.
    """
    if size == 0:
        return True
    if size >= wanted or head[:6] != b"\x7fELF\x02\x01" or len(head) < 64:
        return False
    table = int(struct.unpack_from("<Q", head, 0x28)[0])
    entry, count = map(int, struct.unpack_from("<HH", head, 0x3A))
    return size < table + entry * count


def _in_lib(names: Iterable[str]) -> list[str]:
    return [f"torch/lib/{each}" for each in names]


def _is_library(path: str) -> bool:
    return _LIBRARY.fullmatch(path) is not None


def _by_folder(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for path in paths:
        for folder, name in _places(path):
            found.setdefault(folder, {})[name] = None
    return {folder: tuple(names) for folder, names in found.items()}


def _places(path: str) -> Iterable[tuple[str, str]]:
    """Where to look for a file, or for the folder that holds it if that lies deeper."""
    if path.endswith(".pyc"):
        return
    if _OWN_OF_CONDA.fullmatch(path):
        folder, _, name = path.rpartition("/")
        yield folder, name
        return
    site = _OF_SITE.match(path)
    base = site[0] if site else ""
    parts = path[len(base) :].split("/")
    if parts[0] == "torch" and len(parts) > 1:
        yield f"{base}torch", parts[1]
        if len(parts) > 2:
            yield f"{base}torch/{parts[1]}", parts[2]
