"""A conda `environment.yml`: channels, packages, and a list for pip inside. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Iterator

from gpusetup.basics.errors import Problem, UsageError
from gpusetup.basics.tree import Branch, parse_tree
from gpusetup.basics.versions import Version
from gpusetup.requirement_files import COMPANIONS, LeftOut, Read, Requirements, joined
from gpusetup.requirement_files.pip_file import read_pip_lines
from gpusetup.requirement_files.torch_family import (
    TORCH_CHANNELS,
    canonical,
    part_of_torch,
    picks_a_cuda,
)

_OURS = frozenset(("defaults", "nodefaults", "conda-forge", "main", "r"))
_SPEC = re.compile(r"(?:\w[\w./:-]*::)?(\w[\w.-]*)\s*(.*)")
_PYTHON = re.compile(r"[ =]*(3\.\d+)")


@dataclass
class _Found:
    specs: list[str] = field(default_factory=list)
    torch: str = ""
    torch_place: str = ""
    companions: list[str] = field(default_factory=list)
    python: Version | None = None
    left_out: list[LeftOut] = field(default_factory=list)
    pip: list[tuple[int, str]] = field(default_factory=list)


def read_environment(path: str, read: Read) -> Requirements:
    """The file; its packages from conda without torch, and its list for pip.

    Raises:
        UsageError: it is no environment file, with every mistake and its line.
    """
    problems: list[Problem] = []
    root = parse_tree(read(path), problems)
    found, channels = _Found(), tuple[str, ...]()
    if root is not None:
        fields = root.fields(_keys(root))
        channels = tuple(_channels(fields.get("channels"), path, found))
        for item in fields["dependencies"].items() if "dependencies" in fields else ():
            _dependency(item, path, found)
    if problems:
        raise UsageError("requirements.no-environment", path=path, problems=tuple(problems))
    pip = read_pip_lines(path, iter(found.pip), read, (path,))
    own = Requirements(
        path, specs=tuple(found.specs), channels=channels, torch=found.torch or None,
        torch_place=found.torch_place, companions=tuple(found.companions), python=found.python,
        left_out=tuple(found.left_out),
    )  # fmt: skip
    return replace(joined(own, (pip,)), path=path)


def _keys(root: Branch) -> tuple[str, ...]:
    """All of them: conda passes over those that it does not know."""
    pairs = root.node.value if root.shape == "mapping" else ()
    return tuple(str(key.value) for key, _ in pairs)


def _channels(branch: Branch | None, path: str, found: _Found) -> Iterator[str]:
    """The channels that are none of ours, which stay; torch's own come with the choice."""
    for item in branch.items() if branch else ():
        name = item.text()
        if name is None or name in _OURS:
            continue
        if name.startswith("-") or not name.isprintable():
            found.left_out.append(LeftOut(name, _place(item, path), "option"))
        elif name in TORCH_CHANNELS:
            found.left_out.append(LeftOut(name, _place(item, path), "channel"))
        else:
            yield name


def _dependency(item: Branch, path: str, found: _Found) -> None:
    if item.shape == "mapping":
        for line in _pip_list(item):
            found.pip.append(line)
        return
    text = item.text()
    spec = _SPEC.fullmatch(text.strip()) if text else None
    if spec:
        _package(spec[1].lower(), spec[2], text or "", _place(item, path), found)
    elif text:  # `--prefix=/` would be an option of conda's
        found.left_out.append(LeftOut(text.strip(), _place(item, path), "option"))


def _package(name: str, rest: str, text: str, place: str, found: _Found) -> None:
    if name == "python":
        minor = _PYTHON.match(rest)
        found.python = Version.parse(minor[1]) if minor else None
    elif name == "pip":
        return
    elif name in ("pytorch", "torch", "pytorch-gpu"):
        found.torch, found.torch_place = found.torch or _pip_specifier(rest), place
        found.left_out.append(LeftOut(text, place, "torch"))
    elif name in COMPANIONS or part_of_torch(canonical(name)):
        found.companions += [name] if name in COMPANIONS else []
        found.left_out.append(LeftOut(text, place, "torch"))
    elif picks_a_cuda(name):
        found.left_out.append(LeftOut(text, place, "toolkit"))
    else:
        found.specs.append(text.strip())


def _pip_specifier(rest: str) -> str:
    """conda's version as pip writes it: "=1.13.1=py3.10_cuda11.7*" -> "==1.13.1".

    >>> _pip_specifier("=1.13"), _pip_specifier("==2.1.0"), _pip_specifier(">=1.8,<2")
    ('==1.13.*', '==2.1.0', '>=1.8,<2')
    """
    version = re.split(r"(?<=[\w*])[ =]", rest.strip())[0].strip()
    fuzzy = re.fullmatch(r"=?(\d+(?:\.\d+)*)(\.\*)?", version)
    if fuzzy:
        whole = fuzzy[1].count(".") >= 2 and not fuzzy[2]
        return f"=={fuzzy[1]}" if whole else f"=={fuzzy[1]}.*"
    return version if re.fullmatch(r"(?:[=<>!~]=?\d[\w.*]*,?)+", version) else ""


def _pip_list(branch: Branch) -> Iterator[tuple[int, str]]:
    for item in branch.fields(("pip",)).get("pip", branch).items():
        line = item.text()
        for each in (line or "").splitlines():  # an option behind a line break is one, too
            yield item.node.start_mark.line + 1, each.strip()


def _place(item: Branch, path: str) -> str:
    return f"{PurePath(path).name}:{item.node.start_mark.line + 1}"
