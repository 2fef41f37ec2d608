"""Which index counts, without its name standing anywhere in the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.indexes.default import package_index, parse_uv_log
from gpusetup.machine import Installers


def uv() -> str:
    import uv as package

    return str(package.find_uv_bin())


def test_the_index_that_pip_is_configured_for_comes_first() -> None:
    configured = Installers(index_url="https://me:word@mirror.example/simple")
    assert package_index(configured, uv()) == "https://me:word@mirror.example/simple"


def test_no_index_means_none() -> None:
    configured = Installers(index_url="https://mirror.example/simple", no_index=True)
    assert package_index(configured, uv()) is None


def test_uv_tells_the_index_that_it_is_set_to(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mirror.example/pypi/simple")
    assert package_index(Installers(), uv()) == "https://mirror.example/pypi/simple"


def test_uv_and_pip_have_the_same_index_built_in(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    told = package_index(Installers(), uv())
    assert told is not None
    assert told.startswith("https://")
    assert told == package_index(Installers(), None)


def test_a_log_without_a_request_tells_nothing() -> None:
    assert parse_uv_log("DEBUG uv 0.13.8\nerror: No solution found\n") is None
