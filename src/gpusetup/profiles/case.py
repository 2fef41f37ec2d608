"""The doctor's part of a profile: the keys `surroundings` and `environment` beside the machine's.

Their fields are those of the dataclasses in `environment.py`, named and typed as there; a field
that is left out is not known.
"""

from __future__ import annotations

import dataclasses
import re
from enum import Enum
from typing import Any, Mapping

from gpusetup.basics.errors import Problem, UsageError
from gpusetup.basics.tree import Branch, parse_tree
from gpusetup.environments import facts as values
from gpusetup.environments.facts import Environment, Surroundings
from gpusetup.machine import Absence, Machine, Reading, Status
from gpusetup.profiles.reading import read_machine

_CLASSES: Mapping[str, Any] = {
    **{
        name: value
        for name, value in vars(values).items()
        if dataclasses.is_dataclass(value) and value.__module__ == values.__name__
    },
    "Reading": Reading,
}
_ENUMS: Mapping[str, type[Enum]] = {"Kind": values.Kind, "Status": Status}


def case_from_text(text: str, name: str) -> tuple[Machine, Surroundings, Environment | None]:
    """A profile with what the doctor knows beside the machine. `name` is the file's.

    Raises:
        UsageError: with every mistake of the text, as for a machine profile.
    """
    problems: list[Problem] = []
    root = parse_tree(text, problems)
    machine = None if root is None else read_machine(root)
    parts = {} if root is None else _parts(root)
    if problems or machine is None:
        problems.sort(key=lambda each: each.line or 0)
        raise UsageError("profile.unreadable", name=name, problems=tuple(problems))
    surroundings, environment = parts.get("surroundings"), parts.get("environment")
    found = Surroundings() if surroundings is None else _object(surroundings, Surroundings)
    looked = None if environment is None else _object(environment, Environment)
    if problems:
        raise UsageError("profile.unreadable", name=name, problems=tuple(problems))
    return machine, found, looked


def _parts(root: Branch) -> dict[str, Branch]:
    found = {}
    for key, value in root.node.value if root.shape == "mapping" else ():
        if key.value in ("surroundings", "environment"):
            branch = Branch(value, str(key.value), root.problems)
            if not branch.is_null:
                found[str(key.value)] = branch
    return found


def _object(branch: Branch, kind: Any) -> Any:
    """One dataclass. Where a key is missing that it needs, the mistake is noted."""
    types = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    given = branch.fields(tuple(types))
    found = {name: _value(each, types[name]) for name, each in given.items()}
    for field in dataclasses.fields(kind):
        if field.default is dataclasses.MISSING and field.name not in found:
            branch.wrong("profile.missing-key", key=field.name)
            found[field.name] = None
    return kind(**found)


def _value(branch: Branch, kind: str) -> Any:
    """A value of the type that stands in the dataclass: "tuple[Library, ...]", "bool | None"."""
    options = [each.strip() for each in kind.split(" | ")]
    if branch.is_null:
        return Absence.NOT_THERE if "Absence" in options else None
    plain = next(each for each in options if each not in ("None", "Absence"))
    several = re.fullmatch(r"tuple\[(.+), \.\.\.\]", plain)
    if several:
        return tuple(_value(each, several[1]) for each in branch.items())
    pair = re.fullmatch(r"tuple\[(.+)\]", plain)
    if pair:
        kinds = pair[1].split(", ")
        return tuple(_value(each, inner) for each, inner in zip(branch.items(), kinds))
    return _scalar(branch, plain)


def _scalar(branch: Branch, kind: str) -> Any:
    if kind in _CLASSES:
        return _object(branch, _CLASSES[kind])
    if kind in _ENUMS:
        word = branch.one_of(tuple(each.value for each in _ENUMS[kind]))
        return None if word is None else _ENUMS[kind](word)
    readers = {"str": Branch.text, "int": Branch.whole_number, "bool": Branch.flag}
    read = Branch.version if kind == "Version" else readers[kind]
    return read(branch)
