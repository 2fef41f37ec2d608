"""Environments that are really broken, of stub wheels, and an index with what repairs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from tests.fixtures.torch_env import bare_environment, interpreter, uv
from tests.lab.wheels import make_wheel

VERSION = """\
__version__ = {version!r}
debug = False
cuda: Optional[str] = {cuda!r}
git_version = '0000'
hip: Optional[str] = None
"""


def torch_wheel(folder: Path, version: str, cuda: str | None) -> Path:
    """A torch that can be imported and has a version, and nothing else."""
    text = VERSION.format(version=version, cuda=cuda)
    head = "from torch import version\n__version__ = version.__version__\n"
    return make_wheel(
        folder, "torch", version, files={"torch/version.py": text, "torch/__init__.py": head}
    )


@dataclass(frozen=True)
class Broken:
    """An environment, and the home folder that goes with it."""

    prefix: Path | None  # None: only the home folder
    home: Path
    environ: Mapping[str, str]

    @property
    def python(self) -> str:
        assert self.prefix is not None
        return str(interpreter(self.prefix))

    def doctor(self, *words: str) -> dict[str, Any]:
        """`gpusetup doctor --json`, on this environment if there is one."""
        which = ("--python", self.python) if self.prefix else ()
        return self.run("doctor", *which, "--json", *words)

    def run(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "gpusetup", *words], env={**os.environ, **self.environ},
            capture_output=True, text=True, timeout=120, check=False, cwd=self.home,
        )  # fmt: skip
        assert done.stdout.startswith("{"), done.stdout + done.stderr
        document = json.loads(done.stdout)
        assert isinstance(document, dict)
        return document

    def undo(self) -> dict[str, Any]:
        return self.run("undo", "--yes", "--json")

    def installed(self) -> dict[str, str]:
        """What uv finds in the environment."""
        lines = uv("pip", "list", "--python", self.python, "--format", "freeze").splitlines()
        return dict(line.split("==") for line in lines)


def only_home(home: Path, **environ: str) -> Broken:
    """A home folder without an environment."""
    return Broken(None, home, {"HOME": str(home), "GPUSETUP_LANG": "en", **environ})


def like_conda(prefix: Path) -> Path:
    """An environment that looks for personal packages first, as conda's do: a Python of its own
    with its own site-packages. Returns those."""
    stdlib = Path(sysconfig.get_path("stdlib"))
    library = prefix / "lib" / stdlib.name
    site = library / "site-packages"
    site.mkdir(parents=True)
    for each in stdlib.iterdir():
        if each.name != "site-packages":
            (library / each.name).symlink_to(each)
    (prefix / "bin").mkdir()
    (prefix / "conda-meta").mkdir()
    shutil.copy2(Path(sys.executable).resolve(), prefix / "bin" / "python")
    for each in Path(sys.base_prefix, "lib").glob("libpython*"):
        (prefix / "lib" / each.name).symlink_to(each)
    return site


def put(folder: Path, wheel: Path) -> None:
    """Unpack a wheel into a folder of packages."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)


def broken(prefix: Path, home: Path, wheels: list[Path], **environ: str) -> Broken:
    """An environment with these wheels."""
    bare_environment(prefix)
    if wheels:
        words = [str(each) for each in wheels]
        uv("pip", "install", "--no-deps", "--python", str(interpreter(prefix)), *words)
    return Broken(prefix, home, {"HOME": str(home), "GPUSETUP_LANG": "en", **environ})


def ids(document: Mapping[str, Any]) -> list[str]:
    return [each["id"] for each in document["findings"]]


def outcomes(document: Mapping[str, Any]) -> dict[str, str]:
    return {each["id"]: each["outcome"] for each in document["fixes"]}
