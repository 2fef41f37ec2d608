"""The log of a run and of our own bugs: Markdown that can be pasted, without secrets."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path


def state_folder() -> Path:
    """gpusetup's own folder for runs, journals and logs (GPUSETUP_STATE moves it)."""
    wish = os.environ.get("GPUSETUP_STATE")
    if wish:
        return Path(wish)
    from platformdirs import user_state_path

    return user_state_path("gpusetup", appauthor=False)


def write_bug_report(error: Exception) -> Path:
    """Save a traceback where the user can find it. Falls back to the temporary folder."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    for folder in (state_folder() / "logs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "gpusetup-bug.md"
            path.write_text(f"# gpusetup bug report\n\n```\n{text}```\n", encoding="utf-8")
        except OSError:
            continue
        return path
    return Path(os.devnull)
