"""The scripts run in interpreters that gpusetup itself does not support any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gpusetup.inside

SCRIPTS = Path(gpusetup.inside.__file__).parent


def old_pythons() -> list[str]:
    """Interpreters before 3.9 that start."""
    names = [f"python3.{minor}" for minor in (6, 7, 8)]
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    places = [folder / name for folder in folders for name in names]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places += [folder / "bin" / "python" for folder in sorted(pyenv.glob("3.[678].*"))]
    return [str(place) for place in places if place.is_file() and _starts(place)]


def _starts(python: Path) -> bool:
    done = subprocess.run([str(python), "-I", "-c", ""], capture_output=True, check=False)
    return done.returncode == 0


def test_the_scripts_use_no_syntax_or_module_after_python_3_6() -> None:
    words = ["-t=3.6-", "--no-tips", "--violations", str(SCRIPTS)]
    done = subprocess.run(
        [sys.executable, "-c", "import vermin; vermin.main()", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_an_old_python_names_the_error_of_its_torch(tmp_path: Path) -> None:
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no interpreter before Python 3.9 was found")
    subprocess.run([pythons[0], "-m", "venv", "--without-pip", str(tmp_path / "old")], check=True)
    packages = next((tmp_path / "old" / "lib").glob("python3*")) / "site-packages"
    (packages / "torch.py").write_text("raise OSError('libcudnn.so.7: cannot open')\n")
    done = subprocess.run(
        [str(tmp_path / "old/bin/python"), "-I", str(SCRIPTS / "verify.py")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["start", "check", "end"]
    assert (events[1]["id"], events[1]["reason"]) == ("import", "cudnn")
