"""Which environment is meant by a name or a path."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Sequence

from gpusetup.basics.errors import UsageError
from gpusetup.effects.spelling import place_key
from gpusetup.environments.inventory import Environment


def named(word: str, known: tuple[Environment, ...]) -> Environment:
    """The environment of a name, or at a path.

    Raises:
        UsageError: there is none, or several have that name.
    """
    if os.sep in word or word.startswith("~") or word in (".", ".."):
        return _at(Path(word).expanduser(), word)
    found = [each for each in known if word in (each.name, Path(each.path).name)]
    found = found or [each for each in known if _is_spelled(word, Path(each.path))]
    exact = [each for each in found if each.name == word] or found
    if len(exact) > 1:
        raise UsageError("envs.ambiguous", name=word, paths=tuple(each.path for each in exact))
    if exact:
        return exact[0]
    if Path(word).is_dir():
        return _at(Path(word), word)
    near = get_close_matches(word, [each.name for each in known], n=1)
    if near:
        raise UsageError("envs.unknown-near", name=word, near=near[0])
    raise UsageError("envs.unknown", name=word)


def doctor_of(each: Environment, known: Sequence[Environment]) -> tuple[str, ...]:
    """The command that looks into an environment; by its name where no other has that."""
    from gpusetup.effects.home_folder import home_to_read
    from gpusetup.effects.places import environments_folder

    folder = environments_folder(os.environ, home=home_to_read)
    same = [other for other in known if Path(other.path).name == Path(each.path).name]
    by_name = Path(each.path).parent == folder and len(same) == 1
    return ("gpusetup", "doctor", "--env", Path(each.path).name if by_name else each.path)


def _is_spelled(word: str, path: Path) -> bool:
    """Whether it is the folder's name too, on a disk that does not tell the cases apart."""
    alike = word.casefold() == path.name.casefold()
    return alike and place_key(str(path.with_name(word))) == place_key(str(path))


def _at(path: Path, word: str) -> Environment:
    from gpusetup.probe.installed import is_environment
    from gpusetup.road.inventory import describe

    whole = Path(os.path.abspath(path))  # noqa: PTH100 - links stay: they are what was named
    if not is_environment(whole):
        raise UsageError("envs.no-environment", path=word)
    return describe(whole, os.environ)


def known_environments() -> tuple[Environment, ...]:
    """All that can be meant by a name."""
    from gpusetup.messages import say
    from gpusetup.road.inventory import take_stock
    from gpusetup.terminal import show

    with show.awaiting(say("envs.looking")):
        return take_stock(os.environ)[0]
