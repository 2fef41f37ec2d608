"""What scripts call in a loop, answered before the framework is imported (it takes half the time).

Only the plain forms with `--json`. Everything else, and whatever could be a mistake, goes the long
way, so that there is one parser for people.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from gpusetup.terminal.session import session

_TAKES_VALUE: Mapping[str, str] = {
    "--torch": "torch", "--cuda": "cuda", "--python": "python", "--origin": "origin",
    "--wheelhouse": "wheelhouse", "--into": "into", "--mirror": "mirror", "--with": "with_",
    "--engine": "engine", "--gpu-policy": "gpu_policy", "--prefix": "prefix",
    "--machine": "machine", "--for-kind": "for_kind",
}  # fmt: skip
_FLAGS: Mapping[str, str] = {"--cpu": "cpu", "--replace": "replace", "--explain": "explain"}


def short_way(argv: Sequence[str]) -> Callable[[], int] | None:
    """What answers a command line; None: the framework shall read it."""
    if _is_bare(argv):
        return _first_screen
    words = [word for word in argv if word != "--json"]
    if len(words) == len(argv) or not words:
        return None
    if words == ["detect"]:
        return _detect
    given = _read(words[1:]) if words[0] == "plan" else None
    return None if given is None else lambda: _plan(given)


def _is_bare(argv: Sequence[str]) -> bool:
    """`gpusetup` alone, perhaps with how it shall speak."""
    words = [word for word in argv if word not in ("--plain", "--lang=en", "--lang=zh")]
    if words[:1] == ["--lang"] and words[1:2] in (["en"], ["zh"]):
        del words[:2]
    return not words


def _first_screen() -> int:
    from gpusetup.cli.first_screen import first_screen

    return first_screen()


def _read(words: Sequence[str]) -> dict[str, Any] | None:
    """The options of `plan` by their names in `read_wishes`; None: not for us to read."""
    given: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        name = _FLAGS.get(word) or _TAKES_VALUE.get(option) or "name"
        if option in _TAKES_VALUE:
            value = value if equals else next(rest, "")
        elif word not in _FLAGS:
            value = word
        if name in given or value.startswith("-") or not (value or word in _FLAGS):
            return None
        given[name] = word in _FLAGS or value
    return _typed(given)


def _typed(given: dict[str, Any]) -> dict[str, Any] | None:
    from pathlib import Path

    from gpusetup.request import Engine, GpuPolicy

    kinds: Mapping[str, Callable[[str], object]] = {
        "engine": Engine, "gpu_policy": GpuPolicy, "prefix": Path, "machine": Path,
    }  # fmt: skip
    try:
        return {name: kinds[name](each) if name in kinds else each for name, each in given.items()}
    except ValueError:  # the framework says what is possible
        return None


def _detect() -> int:
    from gpusetup.cli.detecting import print_document, this_machine
    from gpusetup.probe import DEFAULT_TIMEOUT_S

    session().json = True
    print_document(this_machine(DEFAULT_TIMEOUT_S))
    return 0


def _plan(given: dict[str, Any]) -> int:
    from gpusetup.cli.planning import plan
    from gpusetup.cli.wish_values import read_wishes

    session().json = True
    own = {name: given.pop(name) for name in ("explain", "machine") if name in given}
    return plan(read_wishes(**given), **own)
