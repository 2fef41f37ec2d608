"""The wheel of torch that this machine needs, recognised by its file name. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gpusetup.choosing.choice import Choice

_ARCH = {"x86_64": ("x86_64", "amd64"), "aarch64": ("aarch64",), "arm64": ("arm64",)}
_OS = {"linux": ("linux",), "windows": ("win",), "macos": ("macosx",)}


@dataclass(frozen=True)
class WantedWheel:
    """One file name, but for what may differ: manylinux_2_28 or linux."""

    version: str  # "2.14.1+cu126"; without the local part on the package index
    build: str  # the folder of the wheel index
    python: str  # "cp312"
    platform: str  # the matrix's key, "linux-x86_64"

    def fits(self, filename: str) -> bool:
        """Whether this is the file.

        >>> wheel = WantedWheel("2.14.1+cu126", "cu126", "cp312", "linux-x86_64")
        >>> wheel.fits("torch-2.14.1+cu126-cp312-cp312-manylinux_2_28_x86_64.whl")
        True
        """
        parts = filename.removesuffix(".whl").split("-")
        if not filename.endswith(".whl") or len(parts) < 5 or parts[0].lower() != "torch":
            return False
        version, pythons, tag = parts[1], parts[2].split("."), parts[-1]
        return version == self.version and self.python in pythons and self._runs(tag)

    def _runs(self, tag: str) -> bool:
        system, _, arch = self.platform.partition("-")
        on_system = any(tag.startswith(each) or f"many{each}" in tag for each in _OS[system])
        return on_system and tag.endswith(_ARCH[arch])


def wanted_wheel(choice: Choice, platform: str) -> WantedWheel:
    """The wheel of a choice."""
    build = choice.build
    local = f"+{build.local}" if build.local else ""
    python = "cp" + "".join(map(str, choice.python.numbers[:2]))
    return WantedWheel(f"{build.torch}{local}", build.build, python, platform)
