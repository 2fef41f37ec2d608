"""What a run added to the caches is named with its size, and nothing that was there is touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gpusetup.effects.journal import start_run
from gpusetup.road.left_behind import growths
from tests.fixtures.torch_env import bare_environment, uv
from tests.lab.wheels import make_wheel


def test_only_what_the_run_itself_brought_to_uvs_cache_is_counted(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, wheels = tmp_path / "cache", tmp_path / "wheels"
    monkeypatch.setenv("UV_CACHE_DIR", str(cache))
    for name, size in (("before", 70_000), ("mine", 300_000), ("after", 90_000)):
        make_wheel(wheels, name, "1.0", files={f"{name}/filling": "x" * size})
    first, second = tmp_path / "first", tmp_path / "second"
    bare_environment(first)
    bare_environment(second)

    def install(name: str, prefix: Path) -> None:
        python = str(prefix / "bin" / "python")
        uv("pip", "install", "--no-index", "--find-links", str(wheels), "--python", python, name)

    install("before", first)
    time.sleep(1.5)  # more than the times are trusted to
    run = start_run(tmp_path / "state", "torch")
    install("before", second)  # from the cache: links renew the times of its files
    install("mine", second)
    run.record("finished")
    time.sleep(1.5)
    install("after", second)

    [growth] = growths(run, os.environ)
    assert growth.path == str(cache)
    assert 300_000 < growth.added < 360_000
    assert growth.added_mib == pytest.approx(0.3, abs=0.05)


def test_packages_of_conda_and_rattler_are_counted_too(tmp_path: Path, home: Path) -> None:
    environ = {
        "HOME": str(home), "PATH": "", "CONDA_PKGS_DIRS": str(tmp_path / "pkgs"),
        "RATTLER_CACHE_DIR": str(tmp_path / "rattler"), "UV_CACHE_DIR": str(tmp_path / "none"),
    }  # fmt: skip
    run = start_run(tmp_path / "state", "torch")
    for folder in (tmp_path / "pkgs", tmp_path / "rattler" / "pkgs"):
        (folder / "torch-2.8.0-0" / "lib").mkdir(parents=True)
        (folder / "torch-2.8.0-0" / "lib" / "torch.so").write_bytes(bytes(2 << 20))
    run.record("finished")
    found = {each.path: each.added_mib for each in growths(run, environ)}
    assert found == {str(tmp_path / "rattler"): 2.0, str(tmp_path / "pkgs"): 2.0}
