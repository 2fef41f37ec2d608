"""What every test gets: a home of its own and an environment without the tester's settings."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gpusetup.messages import use_language

# Started in the background of a script (`pytest &`), tests and their children would ignore Ctrl-C;
# under `nohup`, the end of a terminal.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if os.name == "posix" and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

pytest_plugins = [
    "tests.fixtures.counts",
    "tests.fixtures.drivers",
    "tests.fixtures.mirror_lab",
    "tests.fixtures.slurm",
    "tests.fixtures.torch_env",
]

# A tester's activated environment, locale or GPU settings must not decide a test.
_LEAKING = (
    "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_EXE", "CONDA_DEFAULT_ENV", "PYTHONPATH", "PYTHONHOME",
    "PYTHONDONTWRITEBYTECODE", "CUDA_VISIBLE_DEVICES", "LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES",
    "GPUSETUP_LANG", "GPUSETUP_COMPAT", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "UV_CACHE_DIR",
    "GPUSETUP_DATA",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _LEAKING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    use_language("en")  # a test before may have spoken another


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder that this process and its children use."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in list(os.environ):
        if name.startswith("XDG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder
