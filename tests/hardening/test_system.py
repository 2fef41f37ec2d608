"""Systems as people have them. Each condition stands in docs/reference/conditions.md with the same name.

All of them end as if nothing were odd: the same plan, and an environment that is made and taken back.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Mapping, Optional

import pytest

from tests.hardening.homes import belongings, furnish
from tests.integration.test_hostile import NOWHERE, STUB, Place, chosen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")

Changes = Mapping[str, Optional[str]]
TRAP = "raise SystemExit('a file of the user was imported')"

CONDITIONS: Mapping[str, Changes] = {
    "home-not-named": {"HOME": None, "GPUSETUP_ENVS": "{home}/envs", "GPUSETUP_STATE": "{home}/state"},
    "home-missing": {"HOME": "{home}/nobody"},
    "path-without-system-folders": {"PATH": "/nowhere"},
    "path-not-set": {"PATH": None},
    "locale-c": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "locale-unheard-of": {"LANG": "xx_YY.unheard-of", "LC_ALL": None},
    "locale-gbk": {"LANG": "zh_CN.GBK", "LC_ALL": None, "PYTHONIOENCODING": "gbk"},
    "terminal-without-size": {"COLUMNS": "0", "TERM": ""},
    "another-environment-activated": {"VIRTUAL_ENV": "/nowhere/venv", "CONDA_PREFIX": "/nowhere/conda"},
    "pythonpath-with-another-torch": {"PYTHONPATH": "{trap}"},
    "ld-library-path-of-another": {"LD_LIBRARY_PATH": "/nowhere/cuda/lib64:{trap}"},
    "pip-variables": {
        "PIP_TARGET": "/nowhere", "PIP_USER": "1", "PIP_PREFIX": "/nowhere", "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_CACHE_DIR": "1", "PIP_CONSTRAINT": "/nowhere.txt",
    },
    "uv-variables": {
        "UV_OFFLINE": "1", "UV_INDEX": NOWHERE, "UV_PYTHON": "/nope", "UV_NO_CACHE": "1",
        "UV_CONFIG_FILE": "/nope.toml", "UV_EXCLUDE_NEWER": "2001-01-01", "UV_TARGET": "/x",
        "UV_SYSTEM_PYTHON": "1", "UV_REQUIRE_HASHES": "1", "UV_PROJECT_ENVIRONMENT": "/x",
    },
    "conda-variables": {
        "CONDA_EXE": "/nowhere/conda", "CONDA_ENVS_PATH": "/nowhere", "CONDA_CHANNELS": NOWHERE,
        "CONDA_PKGS_DIRS": "/nowhere", "CONDA_SHLVL": "3", "CONDA_OVERRIDE_CUDA": "99",
    },
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    furnish(made.home)
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("torch", "numpy", "sitecustomize_torch"):
        (trap / f"{name}.py").write_text(TRAP)
    return made


def set_up(place: Place, changes: Changes) -> None:
    folders = {"home": str(place.home), "trap": str(place.home.parent / "trap")}
    for name, value in changes.items():
        place.environ.pop(name, None)
        if value is not None:
            place.environ[name] = value.format(**folders)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_of_the_system_changes_nothing(name: str, place: Place) -> None:
    set_up(place, CONDITIONS[name])
    trap = place.home.parent / "trap"
    assert chosen(place.document("init", "--dry-run", cwd=trap)) == STUB
    ended = place.run("init", "--yes", "--no-bench", cwd=trap)
    said = ended.stdout.decode("gb18030" if "gbk" in name else "utf-8")
    assert ended.returncode == 1, said  # the stub's proof fails: all before it went well
    assert place.run("undo", "--yes", cwd=trap).returncode == 0


def test_a_folder_with_another_torch_in_it_is_no_hindrance(place: Place) -> None:
    """`current-folder-with-torch-py`."""
    trap = place.home.parent / "trap"
    before = belongings(place.home)
    ended = place.run("init", "--yes", "--no-bench", cwd=trap)
    assert "imported" not in (ended.stdout + ended.stderr).decode()
    assert place.run("undo", "--yes", cwd=trap).returncode == 0
    assert belongings(place.home) == before


def test_a_current_folder_that_is_gone_is_no_hindrance(place: Place, tmp_path: Path) -> None:
    """`current-folder-gone`."""
    gone = tmp_path / "gone"
    gone.mkdir()
    argv = [sys.executable, "-m", "gpusetup", "init", "--dry-run", "--json"]
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    ended = subprocess.run(
        ["sh", "-c", script, "sh", str(gone), *argv], env=place.environ, capture_output=True,
        stdin=subprocess.DEVNULL, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_what_is_made_under_a_strict_umask_is_the_users_alone(place: Place) -> None:
    """`umask-077`."""
    old = os.umask(0o077)
    try:
        place.run("init", "--yes", "--no-bench")
    finally:
        os.umask(old)
    assert (place.home / "gpu-envs" / "torch").stat().st_mode & 0o077 == 0
    assert place.run("undo", "--yes").returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act in another's home")
def test_root_in_the_home_of_another_is_told(place: Place) -> None:
    """`root-in-the-home-of-another`: `sudo gpusetup` makes what its user cannot change."""
    for path in (place.home, *place.home.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    ended = place.run("init", "--dry-run")
    assert "belongs to" in ended.stderr.decode()
    assert (
        place.run("init", "--dry-run", "--prefix", "/srv/somewhere").stderr.count(b"belongs") == 0
    )


def test_every_condition_is_in_the_documentation() -> None:
    own = Path(__file__).read_text(encoding="utf-8")
    names = [*CONDITIONS, *re.findall(r'^    """`([\w-]+)`', own, re.MULTILINE)]
    for page in ("conditions.md", "conditions.zh-CN.md"):
        text = (Path(__file__).parents[2] / "docs" / "reference" / page).read_text(encoding="utf-8")
        table = text[text.index("<!-- system -->") :].split("\n\n")[0]
        assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == names
