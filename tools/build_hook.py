"""Build hook: compiles the catalogues (.po -> .mo) before the wheel or the editable install."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling, for wheels and for editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_catalogues(root / "src" / "gpusetup" / "locale")


def compile_catalogues(folder: Path) -> None:
    """Write a .mo beside each .po."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in folder.rglob("*.po"):
        with source.open("rb") as stream:
            catalogue = read_po(stream)
        with source.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalogue)
