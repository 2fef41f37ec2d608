"""A home with environments of all kinds, made by a real uv and by a conda over rattler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import uv

from tests.lab.channel import Stub, write_channel
from tests.lab.conda_shim import write_shim
from tests.lab.wheels import make_wheel

TAG = "cp{0}{1}-cp{0}{1}-manylinux_2_17_{2}".format(*sys.version_info[:2], os.uname().machine)
MINOR = "{}.{}".format(*sys.version_info)
SITE = f"lib/python{MINOR}/site-packages"
PLACEHOLDER = "/opt/placehold" + "_placehold" * 20
CUDA = "__version__ = '2.7.1+cu126'\ndebug = False\ncuda: Optional[str] = '12.6'\nhip: Optional[str] = None\n"
CPU = "__version__ = '2.8.0'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n"
WHOLE = {
    "torch/__init__.py": "", "torch/lib/libtorch_cpu.so": "x" * 99, "torch/nn/modules/linear.py": "",
    "torch/nn/__init__.py": "", "torch/lib/libc10.so": "x",
}  # fmt: skip


class Machine:
    """A home with environments of all kinds, made by a real uv and by a conda over rattler."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        self.root = folder / "miniconda3"
        shim = write_shim(self.root / "bin")
        self.environ = {
            "HOME": str(home), "PATH": f"{shim.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            "RATTLER_CACHE_DIR": str(folder / "cache"), "SHELL": "/bin/bash",
        }  # fmt: skip
        (home / "empty").mkdir()

    def gpusetup(self, *words: str, code: int = 0) -> dict[str, Any]:
        ended = self.run(*words, "--json", code=code)
        found = json.loads(ended.stdout)
        assert isinstance(found, dict)
        return found

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            [sys.executable, "-m", "gpusetup", *words], env=self.environ, text=True,
            cwd=self.home / "empty", stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended

    def listed(self, *words: str) -> dict[str, dict[str, Any]]:
        found = self.gpusetup("envs", "list", *words)["environments"]
        return {each["path"]: each for each in found if each["path"] != sys.prefix}  # our own

    def venv(self, path: Path, version: str = CUDA, prompt: str = "x") -> Path:
        """By uv, with a stub of torch."""
        wheels = self.folder / "wheels"
        found = version.split("'")[1]
        make_wheel(wheels, "torch", found, tag=TAG, files={"torch/version.py": version, **WHOLE})
        tool = {
            "tool/__init__.py": "def main(): print('it runs')\n",
            "tool-1.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n",
        }
        make_wheel(wheels, "tool", "1", files=tool)
        words = ["venv", "-q", "-p", sys.executable, "--prompt", prompt, str(path)]
        subprocess.run([uv.find_uv_bin(), *words], check=True, capture_output=True)
        words = ["pip", "install", "-q", "--no-index", "--find-links", str(wheels), "--python"]
        subprocess.run(
            [uv.find_uv_bin(), *words, str(path / "bin" / "python"), f"torch=={found}", "tool"],
            check=True, capture_output=True,
        )  # fmt: skip
        return path

    def conda(self, *words: str) -> str:
        done = subprocess.run(
            ["conda", *words], env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def conda_environment(self, *where: str) -> None:
        """With a package whose files hold the path: a script, and a compiled file."""
        channel = self.folder / "channel"
        binary = f"\x7fELF{PLACEHOLDER}/lib:{PLACEHOLDER}/lib64\0end"
        stubs = [
            Stub("python", f"{MINOR}.9", "h0_0", files={"pyvenv.cfg": (f"home = {Path(sys.executable).resolve().parent}\n", 0o644)}, links={"bin/python": str(Path(sys.executable).resolve())}),
            Stub("pytorch", "2.8.0", "cuda129_mkl_py0_h0_301", files={f"{SITE}/torch/version.py": ("__version__ = '2.8.0'\ncuda: Optional[str] = '12.9'\n", 0o644), f"{SITE}/torch/extra.py": ("", 0o644)}),
            Stub("prefixed", "1.0", "0", files={"bin/prefixed": (f"#!{PLACEHOLDER}/bin/python\nprint('it runs')\n", 0o755), "lib/libprefixed.so": (binary, 0o755)}, placeholders={"bin/prefixed": "text", "lib/libprefixed.so": "binary"}, placeholder=PLACEHOLDER),
        ]  # fmt: skip
        url = write_channel(channel, stubs, packages=True)
        self.conda("create", "--yes", *where, "-O", "-c", url, "python", "pytorch", "prefixed")


def without_python(path: Path) -> None:
    (path / "bin" / "python").unlink()
    (path / "bin" / "python").symlink_to("/gone/python3.11")
    (path / "bin" / "python3").unlink()


def said(*argv: str) -> str:
    return subprocess.run(
        argv, capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def paths_of(place: Path, old: Path) -> list[str]:
    """The files of a copy that still hold the path of the original."""
    return [
        str(path.relative_to(place))
        for path in place.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and f"{old}/".encode() in path.read_bytes()
        and path.suffix != ".pyc"
        and path.name != "history"
    ]
