"""Which package index counts: the one that pip is configured for, else the client's own."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from gpusetup.effects.runner import run
from gpusetup.machine import Installers

_PATIENCE_S = 20.0
_UV_SETTINGS = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")


def package_index(installers: Installers, uv: str | None) -> str | None:
    """The address of the index. Credentials stay in it; None where no client tells one.

    Without a configured one, uv is asked for the index that it would use (its configuration and
    UV_* variables count), then pip for the one that it has built in.
    """
    if installers.no_index:
        return None
    return installers.index_url or _uv_index(uv) or _pip_index()


def built_in_index(uv: str | None) -> str | None:
    """The index of clients that nobody configured."""
    told = parse_uv_log(uv_log(uv, configured=False)) if uv else None
    return told or _pip_index()


def _uv_index(uv: str | None) -> str | None:
    return parse_uv_log(uv_log(uv)) if uv else None


def uv_log(uv: str, *, configured: bool = True) -> str:
    """uv says in its log what it would ask: offline, with an empty cache, nothing is sent.

    Not `configured`: neither its files nor its variables count.
    """
    asked = {name: os.environ.get(name) if configured else None for name in _UV_SETTINGS}
    with tempfile.TemporaryDirectory(prefix="gpusetup-") as folder:
        cache = str(Path(folder, "cache"))  # uv refuses to work inside it
        ended = run(
            (
                uv, "pip", "compile", "--offline", "--verbose", "--cache-dir", cache,
                "--no-python-downloads", "--color", "never",
                *(() if configured else ("--no-config",)), "-",
            ),
            # the runner keeps UV_* settings from installations; here they are what is asked for
            env={"RUST_LOG": None, **asked},
            timeout_s=_PATIENCE_S, cwd=folder, stdin="torch\n",
        )  # fmt: skip
    return ended.output


def parse_uv_log(text: str) -> str | None:
    """The index in uv's log.

    >>> parse_uv_log("DEBUG Sending fresh GET request for: https://mirror.example/simple/torch/")
    'https://mirror.example/simple'
    """
    found = re.search(r"request for: (https?://\S+?)/torch/", text)
    return found[1] if found else None


def _pip_index() -> str | None:
    """pip's built-in index. The name is private, but has stood there for ten years."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return None
    return str(PyPI.simple_url)
