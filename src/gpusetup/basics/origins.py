"""Where the origins lie on the network. Facts, not rows: they change with mirrors, not releases."""

from __future__ import annotations

WHEEL_INDEX = "https://download.pytorch.org/whl"
"""The PyTorch wheel index; a folder per build below it (`/cu126`, `/cpu`).
Source: https://pytorch.org/get-started/locally/"""

PYTHON_DOWNLOADS = "https://github.com/astral-sh/python-build-standalone/releases"
"""Where uv takes interpreters from. Source: https://docs.astral.sh/uv/guides/install-python/"""


def wheel_index_folder(base: str, build: str) -> str:
    """The index of one build: `https://download.pytorch.org/whl/cu126`."""
    return f"{base.rstrip('/')}/{build}"
