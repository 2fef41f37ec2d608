"""Values that only this machine knows: its environments, and the runs that can be taken back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Iterator, Mapping, Sequence

from gpusetup.cli.completing.words import Candidate
from gpusetup.effects.home_folder import home_to_read
from gpusetup.effects.places import environments_folder, state_folder

ENVIRONMENTS = "environments"
RUNS = "runs"
_MOST = 50


def values(kind: str) -> Sequence[Candidate]:
    """The candidates of one kind; nothing that takes long is asked for them."""
    if kind == ENVIRONMENTS:
        return list(_environments(os.environ))[:_MOST]
    if kind == RUNS:
        return list(_runs(os.environ))[:_MOST]
    return ()


def _environments(environ: Mapping[str, str]) -> Iterator[Candidate]:
    """Names as `--env` takes them: ours, and conda's."""
    from gpusetup.effects.targets import environment_folders, listed_by_conda

    folders = [environments_folder(environ, home=home_to_read), *environment_folders(environ)]
    places = [place for folder in folders for place in _folders_in(folder)]
    seen: set[str] = set()
    for place in (*places, *map(Path, listed_by_conda())):
        if place.name not in seen and _is_environment(place):
            seen.add(place.name)
            yield Candidate(place.name, _short(place))


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            return sorted(Path(each.path) for each in found if not each.name.startswith("."))
    except OSError:
        return []


def _is_environment(place: Path) -> bool:
    names = ("pyvenv.cfg", "conda-meta")
    return any(os.path.lexists(place / name) for name in names)


def _runs(environ: Mapping[str, str]) -> Iterator[Candidate]:
    """Newest first, told from the names and first lines alone."""
    folder = state_folder(environ, home_to_read) / "runs"
    for place in reversed(_folders_in(folder)):
        try:
            with (place / "journal.jsonl").open(encoding="utf-8") as stream:
                first = json.loads(stream.readline())
        except (OSError, ValueError):
            continue
        prefix = first.get("facts", first).get("prefix") if isinstance(first, dict) else None
        yield Candidate(place.name, _short(Path(prefix)) if isinstance(prefix, str) else "")


def _short(path: Path) -> str:
    home, text = str(home_to_read()), str(path)
    return "~" + text[len(home) :] if text.startswith(home + os.sep) else text
