"""Makes the table out of the help pages, and says which values each option takes."""

from __future__ import annotations

import os
import re
from typing import Any, Iterator, Mapping

import click

from gpusetup.cli.completing import kinds
from gpusetup.cli.completing.words import FILES, FOLDERS
from gpusetup.cli.help_facts import ArgumentHelp, Help, OptionHelp, read_help

_KINDS: Mapping[str, str] = {
    "FILE": FILES, "FILE|URL": FILES, "PATH": FILES, "DIR": FOLDERS,
    "NAME|PATH": kinds.ENVIRONMENTS, "RUN": kinds.RUNS, "CHECK": "checks", "CLIENTS": "clients",
    "NAME|auto|none": "mirrors", "NAME,NAME": "packages", "SPEC": "releases",
    "12.6|cu126|cpu": "builds", "3.12": "pythons", "WHAT": "subjects", "TORCH": "releases",
}  # fmt: skip
"""What stands for a value -> the kind of value."""

_KINDS_OF_OPTIONS: Mapping[str, str] = {
    "--use": "mirrors", "--into": kinds.ENVIRONMENTS, "--gpu": "", "--compare": FILES,
}  # fmt: skip
"""Options whose word would lead elsewhere: NAME can be many things."""

_LISTS = ("--with", "--for")
"""Options that take several values with commas between them."""


def made() -> Mapping[str, Any]:
    """Path of a command -> its page, in the language in use."""
    from gpusetup.cli.app import make_app

    group = make_app()
    context = click.Context(group, info_name="gpusetup")
    return dict(_pages(group, context, _known()))


def _pages(
    command: click.Command, context: click.Context, known: Mapping[str, list[list[str]]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    page = read_help(command, context)
    path = " ".join(page.path.split()[1:])
    whole = getattr(command, "whole", None)
    yield path, _page(read_help(whole, context) if whole else page, page, known)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            if part is not None:
                below = click.Context(part, info_name=name, parent=context)
                yield from _pages(part, below, known)


def _page(page: Help, group: Help, known: Mapping[str, list[list[str]]]) -> Mapping[str, Any]:
    return {
        "commands": [list(each) for each in group.commands],
        "arguments": [_argument(each, known) for each in page.arguments],
        "options": [_option(each, known) for each in page.options],
    }


def _option(option: OptionHelp, known: Mapping[str, list[list[str]]]) -> dict[str, Any]:
    long = next((name for name in option.names if name.startswith("--")), option.names[0])
    kind = _KINDS_OF_OPTIONS.get(long, _KINDS.get(option.kind or "", option.kind or ""))
    choices = [[each, ""] for each in option.choices]
    choices = choices or [*known.get(kind, ()), *_spelled(option.kind)]
    return {
        "names": list(option.names),
        "text": option.text,
        "repeated": option.repeated,
        "value": None if option.kind is None else kind or "word",
        "choices": choices,
        "list": long in _LISTS,
        "files": kind == kinds.ENVIRONMENTS,
    }


def _argument(argument: ArgumentHelp, known: Mapping[str, list[list[str]]]) -> dict[str, Any]:
    kind = _KINDS.get(argument.kind, argument.kind)
    return {
        "repeated": argument.repeated,
        "value": kind,
        "choices": known.get(kind) or _spelled(argument.kind),
        "list": False,
        "files": kind == kinds.ENVIRONMENTS,
    }


def _spelled(kind: str | None) -> list[list[str]]:
    """The choices that stand in the option's own word: "auto|pypi|conda-forge"."""
    words = (kind or "").split("|")
    return [[word, ""] for word in words if len(words) > 1 and re.fullmatch("[a-z-]+", word)]


def _known() -> dict[str, list[list[str]]]:
    """Values that come from our data, and are the same on every machine."""
    from gpusetup.compat_files import packaged_or_configured
    from gpusetup.packages import suggested

    matrix = packaged_or_configured(os.environ)
    releases = sorted({row.torch for row in matrix.builds}, reverse=True)
    builds = sorted({row.build for row in matrix.builds if row.build != "cpu"}, key=_number)
    pythons = sorted({each for row in matrix.builds for each in row.pythons}, reverse=True)
    return {
        "mirrors": _mirrors(),
        "checks": _checks(),
        "clients": [[name, ""] for name in ("conda", "pip", "uv", "pixi")],
        "packages": [[name, ""] for name in suggested()],
        "releases": [[str(each), ""] for each in releases],
        "builds": [*([name, ""] for name in reversed(builds)), ["cpu", ""]],
        "pythons": [[str(each), ""] for each in pythons],
        "subjects": [["torch", ""], ["driver", ""], ["cuda", ""], *([n, ""] for n in builds)],
    }


def _number(build: str) -> tuple[int, str]:
    digits = "".join(each for each in build if each.isdigit())
    return int(digits or 0), build


def _mirrors() -> list[list[str]]:
    from gpusetup.compat_files.mirrors import packaged_or_configured
    from gpusetup.messages import language

    offered = packaged_or_configured(os.environ).offered
    return [[each.id, each.name_zh if language() == "zh" else each.name] for each in offered]


def _checks() -> list[list[str]]:
    from gpusetup.doctor.checks import ALL_CHECKS
    from gpusetup.messages import say

    return [[each.id, say(f"doctor.{each.id}")] for each in ALL_CHECKS]
