"""conda's settings files on this machine, in the order in which conda reads them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Iterator, Mapping

from gpusetup.engines.condarc import Condarc, Unreadable, read_condarc

_NAMES = (".condarc", "condarc", "condarc.d")


def conda_settings(environ: Mapping[str, str]) -> Condarc:
    """What the files and variables say together.

    Raises:
        Unreadable: a file is broken; conda would not start either.
    """
    files = []
    for path in _files(environ):
        try:
            files.append((str(path), path.read_text(encoding="utf-8-sig")))
        except UnicodeDecodeError as error:
            raise Unreadable(str(path), None, "not UTF-8") from error
        except OSError:  # not there, or not for us
            continue
    return read_condarc(files, environ)


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """The one that counts least first."""
    for folder in _folders(environ):
        for name in _NAMES:
            path = folder / name
            if name.endswith(".d"):
                yield from sorted(p for p in path.glob("*") if p.suffix in (".yml", ".yaml"))
            else:
                yield path
    if environ.get("CONDARC"):
        yield Path(environ["CONDARC"])


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path("C:/ProgramData/conda")
    else:
        yield from (Path("/etc/conda"), Path("/var/lib/conda"))
    root = _root(environ)
    if root:
        yield root
    if environ.get("XDG_CONFIG_HOME"):
        yield Path(environ["XDG_CONFIG_HOME"], "conda")
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() can raise
    yield from (home / ".config" / "conda", home / ".conda", home)
    if environ.get("CONDA_PREFIX"):
        yield Path(environ["CONDA_PREFIX"])


def _root(environ: Mapping[str, str]) -> Path | None:
    """The base installation of the conda that would be called."""
    program = environ.get("CONDA_EXE") or shutil.which("conda", path=environ.get("PATH"))
    return Path(program).resolve().parent.parent if program else None
