"""Lines of the shell's start files that change what torch loads or sees."""

from __future__ import annotations

import re
from typing import Iterator, Mapping

from gpusetup.environments.facts import ShellLine
from gpusetup.probe.world import World, join

_FILES = (".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".zprofile")
_NAMES = (
    "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH", "PYTHONHOME", "CUDA_VISIBLE_DEVICES",
    "CUDA_HOME", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX",
)  # fmt: skip
_LINE = re.compile(
    rf"^\s*(?:export\s+|declare\s+-x\s+|typeset\s+-x\s+)?({'|'.join(_NAMES)})=(.*?)\s*$"
)


def read_shell_lines(world: World) -> tuple[ShellLine, ...]:
    """Those of the user's own files; the system's are not his to change."""
    found: list[ShellLine] = []
    for name in _FILES:
        path = join(world.home, name)
        # as it stands: a lone carriage return ends no line for a shell
        text = world.exact(path)
        found += shell_lines(world.text(path) or "" if text is None else text, path, world)
    return tuple(found)


def read_shell_texts(world: World, lines: tuple[ShellLine, ...]) -> tuple[tuple[str, str], ...]:
    """The whole text of the files of some lines, for repairs. None that is not plain UTF-8."""
    paths = dict.fromkeys(each.path for each in lines)
    texts = ((path, world.exact(path)) for path in paths)
    return tuple((path, text) for path, text in texts if text is not None)


def shell_lines(text: str, path: str, world: World) -> Iterator[ShellLine]:
    """The lines that set one of the variables, except in comments."""
    known: Mapping[str, str] = {"HOME": world.home}
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line)
        if match is None:
            continue
        name, value = match[1], _value(match[2])
        yield ShellLine(
            path=path,
            number=number,
            text=line.strip(),
            variable=name,
            overwrites=not re.search(rf"\$\{{?{name}\b", value),
            points_to_nothing=_is_dead(value, name, known, world),
        )


def _value(text: str) -> str:
    """The value without quotes, and without a comment behind it."""
    quoted = re.match(r"""(["'])(.*?)\1""", text)
    return quoted[2] if quoted else re.split(r"\s#|;|\s", text, maxsplit=1)[0]


def _is_dead(value: str, name: str, known: Mapping[str, str], world: World) -> bool:
    """Whether every folder that it names is missing. What holds other variables is not judged."""
    if name not in ("LD_LIBRARY_PATH", "CUDA_HOME", "PYTHONPATH"):
        return False
    parts = [each for each in value.split(":") if each and f"${name}" not in each.replace("{", "")]
    for key, place in known.items():
        parts = [each.replace(f"${{{key}}}", place).replace(f"${key}", place) for each in parts]
    folders = [world.expanded(each) for each in parts]
    if not folders or any("$" in each for each in folders):
        return False
    return not any(world.exists(each) for each in folders)
