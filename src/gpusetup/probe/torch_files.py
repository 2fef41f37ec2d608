"""Whether a torch is whole: some folders listed, its libraries' sizes. Nothing is imported."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Iterator

from gpusetup.environments.torch_files import (
    Wanted,
    core_of,
    is_cut,
    wanted_of_conda,
    wanted_of_record,
)

_MOST_BYTES = 8 << 20


def damaged_files(prefix: Path, site: Path, build: str) -> tuple[str, ...]:
    """What is missing of the torch in a site-packages, or cut; paths as its installer names them.

    Raises:
        PermissionError: one may not look.
    """
    info = sorted(site.glob("torch-*.dist-info"))
    by_conda = [*(prefix / "conda-meta").glob("pytorch-*.json")]
    if by_conda:
        by_conda += (prefix / "conda-meta").glob("libtorch-*.json")
        return tuple(_missing(prefix, wanted_of_conda(_files_of(by_conda))))
    if len(info) != 1:
        return ()  # told as another trouble, or nobody's installation
    record = _text(info[0] / "RECORD")
    wanted = core_of(_system(), build) if not record else wanted_of_record(record)
    return tuple(_missing(site, wanted))


def _system() -> str:
    return "mac" if sys.platform == "darwin" else os.name


def _files_of(records: list[Path]) -> Iterator[str]:
    for each in records:
        try:
            files = json.loads(_text(each) or "{}").get("files") or ()
        except (ValueError, AttributeError):  # a damaged record is told by itself
            continue
        yield from (str(name) for name in files)


def _missing(base: Path, wanted: Wanted) -> Iterator[str]:
    for folder, names in wanted.names.items():
        there = _names(base / folder)
        if there is None and folder.rpartition("/")[0] in wanted.names:
            continue  # told as missing from the folder above
        yield from (f"{folder}/{name}" for name in names if name not in (there or ()))
    yield from (path for path, size in wanted.sizes.items() if _is_cut(base / path, size))


def _names(folder: Path) -> frozenset[str] | None:
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208
    except PermissionError:
        raise
    except OSError:
        return None


def _is_cut(path: Path, wanted: int) -> bool:
    """Whether a library that is there ends too early; a link to nothing ends at once."""
    try:
        if not os.path.lexists(path):
            return False  # told already
        size = path.stat().st_size
        if size >= wanted > 0:
            return False
        with path.open("rb") as stream:
            return is_cut(size, wanted, stream.read(64))
    except PermissionError:
        raise
    except OSError:
        return True


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")
    except PermissionError:
        raise
    except OSError:
        return None
