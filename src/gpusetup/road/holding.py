"""What a conda environment on this machine holds, from its own records."""

from __future__ import annotations

from pathlib import Path

from gpusetup.basics.errors import Refused
from gpusetup.engines.held import Held, read_held


def read_environment(prefix: Path) -> Held:
    """The packages of a conda environment.

    Raises:
        Refused: a record, the pins or the history cannot be read.
    """
    folder = prefix / "conda-meta"
    path = folder
    try:
        texts = []
        for path in sorted(folder.glob("*.json")):
            texts.append(path.read_text(encoding="utf-8"))
        path = folder / "pinned"
        pinned = path.read_text(encoding="utf-8") if path.is_file() else ""
        path = folder / "history"
        history = path.read_text(encoding="utf-8") if path.is_file() else ""
        return read_held(texts, pinned, history)
    except (OSError, ValueError) as error:
        cause = f"{path}: {error}"
        raise Refused("plan.into-unreadable", prefix=str(prefix), output=cause) from error
