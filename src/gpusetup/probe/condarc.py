"""conda's settings files on this machine, read as conda reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from gpusetup.engines.condarc import Condarc, Unreadable, read_condarc
from gpusetup.probe.search_paths import condarc_paths
from gpusetup.probe.world import World


def conda_settings(environ: Mapping[str, str]) -> Condarc:
    """What the files and variables say together.

    Raises:
        Unreadable: a file is broken; conda would not start either.
    """
    files = []
    for path in condarc_paths(World(environ), _root(environ)):
        try:
            files.append((path, Path(path).read_text(encoding="utf-8-sig")))
        except UnicodeDecodeError as error:
            raise Unreadable(path, None, "not UTF-8") from error
        except OSError:  # not there, or not for us
            continue
    return read_condarc(files, environ)


def _root(environ: Mapping[str, str]) -> str | None:
    """The base installation of the conda that would be called."""
    program = environ.get("CONDA_EXE") or World(environ).which("conda")
    return str(Path(program).resolve().parent.parent) if program else None
