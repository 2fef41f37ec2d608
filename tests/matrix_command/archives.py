"""Newer data of the matrix as people send them, and what `gpusetup matrix` said."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gpusetup.cli.main import run
from gpusetup.compat_files import compat_folder, packaged_or_configured

MACHINES = Path(__file__).parent.parent / "machines"
OWN = """\
schema: gpusetup.compat/1
minimum_gpusetup: "0.1.0"
updated: "2026-11-22"
sources:
  mine: "A note of mine"
releases:
  "9.1.0":
    date: "2030-01-02"
    builds:
      - build: cu126
        origin: wheel-index
        cuda_runtime: "12.6"
        local: cu126
        pythons: ["3.13", "3.14"]
        glibc: "2.28"
        architectures: sm_80 sm_90
        source: [mine]
        checked: "2030-01-03"
        platforms:
          linux-x86_64: {}
"""


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["matrix", *words])
    out, err = capsys.readouterr()
    return code, out, err


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    _code, out, _err = said(capsys, *words, "--json")
    found = json.loads(out)
    assert isinstance(found, dict)
    assert found["schema"] in ("gpusetup.matrix/1", "gpusetup.error/1")
    return found


def copied(tmp_path: Path, **replacements: str) -> Path:
    """A copy of the packaged data with words of wheels-2.yaml replaced."""
    folder = tmp_path / "data" / "compat"
    shutil.copytree(compat_folder(), folder)
    path = folder / "pytorch" / "wheels-2.yaml"
    text = path.read_text(encoding="utf-8")
    for before, after in replacements.items():
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return folder


def changed(tmp_path: Path) -> Path:
    """A copy in which torch 2.15.0 came a day later."""
    return copied(tmp_path, **{'date: "2026-10-28"': 'date: "2026-10-29"'})


def tarred(folder: Path) -> Path:
    path = folder.parent / "compat.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, "compat")
    return path


def zipped(folder: Path) -> Path:
    path = folder.parent / "compat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each in folder.rglob("*.yaml"):
            archive.write(each, f"gpusetup-main/compat/{each.relative_to(folder).as_posix()}")
        archive.writestr("gpusetup-main/.ci/tools.yaml", "no: matrix")
    return path


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def released(torch: str = "2.15.0") -> str:
    matrix = packaged_or_configured({})
    return next(row.released for row in matrix.builds if str(row.torch) == torch)
