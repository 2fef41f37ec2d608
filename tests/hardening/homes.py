"""A home folder with things of the user's in it, what belongs to it, and runs inside it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Mapping

STATE = ".local/state/gpusetup"
CACHES = (".cache/uv", ".cache/rattler", ".conda/pkgs", ".local/share/uv")


def furnish(home: Path) -> None:
    """What a user has: settings, work, a link, an empty folder, a file that only they may read."""
    (home / ".bashrc").write_text("export EDITOR=vi\n")
    (home / "gpu-envs").mkdir()
    (home / "gpu-envs" / "notes.txt").write_text("mine\n")
    (home / "work" / "empty").mkdir(parents=True)
    (home / "work" / "link").symlink_to("nowhere")
    secret = home / "work" / "key"
    secret.write_bytes(bytes(range(256)))
    secret.chmod(0o600)


def belongings(home: Path) -> dict[str, str]:
    """Every path with kind, permissions and content, outside our state and the installers' caches."""
    found = {}
    for folder, folders, files in os.walk(home):
        here = Path(folder)
        inside = here.relative_to(home).as_posix()
        if inside in (STATE, *CACHES):
            folders.clear()
            continue
        for name in (*folders, *files):
            path = here / name
            found[path.relative_to(home).as_posix()] = _described(path)
    for shell in (STATE, *CACHES):  # the folders above those, if they hold nothing else
        for above in (shell, *map(str, Path(shell).parents)):
            found.pop(above, None)
    return found


def _described(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    mode = oct(path.stat().st_mode)
    return mode if path.is_dir() else f"{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def start(*words: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """gpusetup in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "gpusetup", *words], text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, env=environ,
    )  # fmt: skip


def run(*words: str, environ: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit code and everything that was said."""
    process = start(*words, environ=environ)
    said, _ = process.communicate(timeout=300)
    return process.returncode, said


def end_stragglers(place: Path, patience_s: float = 20.0) -> None:
    """Wait for programs that a killed gpusetup has left behind at a place."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and _at_work(place):
        time.sleep(0.05)


def _at_work(place: Path) -> bool:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return any(str(place) in line for line in listed.stdout.splitlines())
