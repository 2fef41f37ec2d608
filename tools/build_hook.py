"""Build hook: compiles the catalogues (.po -> .mo) and the matrix (YAML -> its quick form)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling, for wheels and for editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_catalogues(root / "src" / "gpusetup" / "locale")
        compile_matrix(root)


def compile_catalogues(folder: Path) -> None:
    """Write a .mo beside each .po, with our own few lines: a library would be a 10 MB download."""
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        import catalogue
    finally:
        sys.path.pop(0)
    catalogue.compile_catalogues(folder)


def compile_matrix(root: Path) -> None:
    """Write the quick form of compat/*.yaml. Mistakes in the YAML end the build."""
    sys.path.insert(0, str(root / "src"))  # the loader is part of what is being built
    try:
        from gpusetup.compat_files import load_folder
        from gpusetup.compat_files.compact import write_form
        from gpusetup.compat_files.symptoms import compile_form
    finally:
        sys.path.pop(0)
    compat, form = root / "compat", root / "src" / "gpusetup" / "_generated" / "matrix"
    if not write_form(load_folder(compat), form, compat):
        raise SystemExit(f"cannot write {form}")
    compile_form(compat, form.with_name("symptoms"))
